using System.Diagnostics;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>The access log of a running edge, over sockets and real files.</summary>
public sealed partial class AccessLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Refused_Repeatedly_IsFoldedIntoCounts_AndCountedInFull()
    {
        const int Requests = 1000;
        string path = Path.Combine(_folder, "access.log");
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        RunningEdge edge = await RunningEdge.StartAsync(
            new StandingClock(), KongText.Single(upstream.Address, routeExtra: "methods: [GET]"), ("KONG_PROXY_ACCESS_LOG", path));
        RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < Requests; i++)
        {
            Assert.Equal(404, (await client.ExchangeAsync("PUT / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        await client.DisposeAsync();
        await edge.DisposeAsync();
        string[] lines = [.. File.ReadAllLines(path).Where(static line => line.Contains("reason=no_route", StringComparison.Ordinal))];
        Assert.Equal(Requests, lines.Sum(static line => Repeated().Match(line) is { Success: true } match ? int.Parse(match.Groups[1].Value) : 1));
        Assert.InRange(lines.Length, 100, Requests - 1);
    }

    [Fact]
    public async Task Target_ThatNobodyReads_SlowsNoRequest()
    {
        string path = Path.Combine(_folder, "fifo");
        using (Process mkfifo = Process.Start("mkfifo", [path]))
        {
            await mkfifo.WaitForExitAsync();
        }

        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("KONG_PROXY_ACCESS_LOG", path));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        string padding = new('a', 3000);
        TimeSpan slowest = TimeSpan.Zero;
        double dropped = 0;
        for (int i = 0; dropped == 0; i++)
        {
            // Pipe and ring fill up: from then on lines are lost and counted.
            Assert.True(i < 100_000);
            long started = Stopwatch.GetTimestamp();
            RawResponse response = await client.ExchangeAsync($"GET /{padding} HTTP/1.1\r\nHost: a\r\nUser-Agent: {padding}\r\nReferer: {padding}\r\n\r\n");
            TimeSpan took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
            Assert.Equal(200, response.Status);
            dropped = i % 500 == 499 ? Metrics.Value(await Metrics.ReadAsync(edge), "vse_log_lines_dropped_total{log=\"access\"}") : 0;
        }

        Assert.True(slowest < TimeSpan.FromSeconds(5), $"{slowest}");
    }

    [Fact]
    public async Task File_RotatedUnderLoad_LosesNoLine()
    {
        string path = Path.Combine(_folder, "access.log");
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("KONG_PROXY_ACCESS_LOG", path));
        RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        int requests = 0;
        for (int rotation = 0; rotation < 10; rotation++)
        {
            for (int i = 0; i < 100; i++)
            {
                await client.ExchangeAsync($"GET /{requests++}. HTTP/1.1\r\nHost: a\r\n\r\n");
            }

            // As logrotate does: rename, then the signal's work.
            File.Move(path, $"{path}.{rotation}");
            edge.Host.ReopenLogs();
            long deadline = Environment.TickCount64 + 30_000;
            while (!File.Exists(path))
            {
                Assert.True(Environment.TickCount64 < deadline);
                await client.ExchangeAsync($"GET /{requests++}. HTTP/1.1\r\nHost: a\r\n\r\n");
            }
        }

        await client.DisposeAsync();
        await edge.DisposeAsync();
        string[] targets = [.. Directory.GetFiles(_folder).SelectMany(File.ReadAllLines).Select(static line => Target().Match(line).Groups[1].Value)];
        Assert.Equal(requests, targets.Length);
        Assert.Equal(Enumerable.Range(0, requests), targets.Select(int.Parse).Order());
    }

    [GeneratedRegex("repeated=([0-9]+)")]
    private static partial Regex Repeated();

    [GeneratedRegex("\"GET /([0-9]+)\\. HTTP")]
    private static partial Regex Target();
}
