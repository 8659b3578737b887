using System.Text.RegularExpressions;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>Every accepted head and every refused one has a line in the access log, the refused ones with their reason.</summary>
public sealed partial class AccessLogReasonTests
{
    private const string Host = "Host: a\r\n";

    public static TheoryData<string, int, string> Rows => new()
    {
        { "GET / HTTP/1.1\nHost: a\n\n", 400, "bad_line_end" },
        { $"G(T / HTTP/1.1\r\n{Host}\r\n", 400, "bad_method" },
        { $"TRACE / HTTP/1.1\r\n{Host}\r\n", 405, "bad_method" },
        { $"GET a HTTP/1.1\r\n{Host}\r\n", 400, "bad_target" },
        { $"GET / HTTP/3.0\r\n{Host}\r\n", 505, "bad_version" },
        { $"GET / HTTP/1.1\r\n{Host}X(: 1\r\n\r\n", 400, "bad_header_name" },
        { $"GET / HTTP/1.1\r\n{Host}X: a\u0001b\r\n\r\n", 400, "bad_header_value" },
        { $"GET / HTTP/1.1\r\n{Host}X: 1\r\n 2\r\n\r\n", 400, "obs_fold" },
        { $"GET / HTTP/1.1\r\n{Host}X : 1\r\n\r\n", 400, "space_before_colon" },
        { "GET / HTTP/1.1\r\n\r\n", 400, "host_missing" },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host_duplicate" },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "host_invalid" },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: x\r\n\r\n", 400, "cl_invalid" },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400, "cl_duplicate" },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: identity\r\n\r\n", 400, "te_invalid" },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "te_and_cl" },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "chunk_size" },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n1;a=\"b\u0001c\"\r\nx\r\n", 400, "chunk_ext" },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n", 400, "chunk_end" },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n", 400, "trailer" },
        { $"GET /{new string('x', 9000)} HTTP/1.1\r\n{Host}\r\n", 414, "limit_request_line" },
        { $"GET / HTTP/1.1\r\n{Host}X: {new string('x', 9000)}\r\n\r\n", 494, "limit_header_line" },
        { $"GET / HTTP/1.1\r\n{Host}{string.Concat(Enumerable.Range(0, 101).Select(static i => $"X-{i}: 1\r\n"))}\r\n", 494, "limit_header_count" },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 3\r\n\r\nab", 400, "end_of_input" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Refused_Head_HasALineWithItsReason(string bytes, int status, string reason)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string[] lines = await LoggedEdge.RunAsync(KongText.Single(upstream.Address), async edge =>
        {
            await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
            await client.SendAsync(bytes);
            client.HalfClose();
            Assert.Equal(status, (await client.ReceiveAsync()).Status);
        });
        string line = Assert.Single(lines);
        Assert.Contains($"\" {status} ", line);
        Assert.EndsWith(" reason=" + reason, line);
        bool lineIsRefused = status is 414 or 505 || reason is "bad_line_end" or "bad_target" || (status, reason) == (400, "bad_method");
        Assert.Equal(!lineIsRefused, line.Contains($" HTTP/1.1\" {status} ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static text => text.Any(static letter => letter < ' '));
    }

    [Fact]
    public async Task Accepted_Heads_HaveALineEach()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string[] lines = await LoggedEdge.RunAsync(KongText.Single(upstream.Address), static async edge =>
        {
            await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
            for (int i = 0; i < 5; i++)
            {
                await client.ExchangeAsync($"GET /{i}?token=secret HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer hidden\r\nCookie: s=hidden\r\n\r\n");
            }
        });
        Assert.Equal(5, lines.Length);
        Assert.All(lines, static line => Assert.Contains("\" 200 1 ", line));
        Assert.DoesNotContain(lines, static line => line.Contains("hidden", StringComparison.Ordinal) || line.Contains("reason=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Timeouts_AndVanishedClients_HaveTheirReasons()
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            arrived.TrySetResult();
            try
            {
                await peer.ToEndAsync();
            }
            finally
            {
                cancelled.TrySetResult();
            }
        });
        string[] lines = await LoggedEdge.RunAsync(
            KongText.Single(upstream.Address),
            async edge =>
            {
                await using RawClient slow = await RawClient.ConnectAsync(edge.Proxy);
                await slow.SendAsync("GET / HTTP/1.1\r\nHo");
                Assert.Equal(408, (await slow.ReceiveAsync()).Status);
                RawClient vanishing = await RawClient.ConnectAsync(edge.Proxy);
                await vanishing.SendAsync("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
                await arrived.Task;
                vanishing.Reset();
                // The upstream is told well before any timeout of its own would end the exchange (60 s).
                await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
                await edge.WhenEmptyAsync();
            },
            ("EDGE_TIMEOUT_REQUEST_HEAD", "200ms"));
        Assert.Contains(lines, static line => line.Contains("\" 408 ", StringComparison.Ordinal) && line.EndsWith(" reason=timeout_request_head", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("GET /gone HTTP/1.1\" 499 0 ", StringComparison.Ordinal) && line.EndsWith(" reason=client_gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Flood_OfOneReason_IsFoldedAndNothingIsLost()
    {
        const int Refused = 1500;
        double counted = 0;
        string[] lines = await LoggedEdge.RunAsync(KongText.Single("127.0.0.1:1"), async edge =>
        {
            string[] bad = [.. Enumerable.Repeat("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 50)];
            await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
            for (int i = 0; i < Refused; i += bad.Length)
            {
                await client.SendAsync(string.Concat(bad));
                foreach (string _ in bad)
                {
                    Assert.Equal(405, (await client.ReceiveAsync()).Status);
                }
            }

            counted = await edge.CounterAsync("edge_protocol_errors_total", "kind=\"bad_method\"");
        });
        int folded = lines.Sum(static line => Repeated().Match(line) is { Success: true } match ? int.Parse(match.Groups[1].Value) : 0);
        int single = lines.Count(static line => !Repeated().IsMatch(line));
        Assert.Equal(Refused, single + folded);
        Assert.True(folded > 0 && single < Refused, $"{single} lines, {folded} folded");
        Assert.Equal(Refused, counted);
    }

    [GeneratedRegex(@" repeated=(\d+)$")]
    private static partial Regex Repeated();
}

/// <summary>An edge that writes an access log, and the lines it had written when it was gone.</summary>
internal static class LoggedEdge
{
    public static async Task<string[]> RunAsync(string kong, Func<RunningEdge, Task> use, params (string Name, string Value)[] settings)
    {
        string path = Path.Combine(Path.GetTempPath(), $"edge-access-{Guid.NewGuid():N}.log");
        try
        {
            await using (RunningEdge edge = await RunningEdge.StartAsync(kong, [.. settings, ("KONG_PROXY_ACCESS_LOG", path)]))
            {
                await use(edge);
            }

            return await File.ReadAllLinesAsync(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
