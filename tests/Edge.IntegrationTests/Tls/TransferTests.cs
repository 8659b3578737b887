using System.Net;
using System.Net.Sockets;
using System.Text;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tls;

/// <summary>Bytes over TLS on both sides: bodies, pipelining, ends.</summary>
public sealed class TransferTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("epoll")]
    [InlineData("sockets")]
    public async Task LargeBodies_BothDirectionsBothSides_ArriveWhole(string transport)
    {
        using TestAuthority authority = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            static request => ScriptedUpstream.Ok(request.Body), tls: authority.Issue(["127.0.0.1"]).ServerOptions());
        await using RunningEdge edge = await StartAsync(Https(upstream), ("EDGE_TRANSPORT", transport));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        Random random = new(7);
        foreach (int length in (int[])[0, 1, 15_999, 16_000, 16_001, 16_384, 100_000, 3_000_000])
        {
            char[] body = new char[length];
            for (int i = 0; i < length; i++)
            {
                body[i] = (char)('a' + random.Next(26));
            }

            string text = new(body);
            Task sending = client.SendAsync($"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{text}");
            RawResponse response = await client.ReceiveAsync();
            await sending;
            Assert.Equal(200, response.Status);
            Assert.True(text == response.Body, $"A body of {length} bytes came back changed.");
        }

        Assert.Equal(1, upstream.Handshakes);
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("sockets")]
    public async Task Pipelining_ManyRequestsInOneRecord_AreAnsweredInOrder(string transport)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(request.Target));
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address), ("EDGE_TRANSPORT", transport));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.SendAsync(string.Concat(Enumerable.Range(0, 50).Select(static i => $"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n")));
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal($"/{i}", (await client.ReceiveAsync()).Body);
        }
    }

    [Fact]
    public async Task LogEntry_TellsVersionAndCipher()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address, tail: $$"""
            plugins:
            - name: http-log
              config: {http_endpoint: "http://{{collector.EndPoint}}"}
            """));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.ExchangeAsync(Get);

        System.Text.Json.JsonElement tls = (await collector.NextAsync()).Entries().Single().GetProperty("request").GetProperty("tls");
        Assert.Matches("^TLSv1\\.[23]$", tls.GetProperty("version").GetString());
        Assert.NotEmpty(tls.GetProperty("cipher").GetString()!);
        Assert.Equal("NONE", tls.GetProperty("client_verify").GetString());
    }

    [Fact]
    public async Task Chunked_BothWays_KeepsItsFraming()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            UpstreamRequest? request = await peer.RequestAsync();
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{request!.Body}\r\n0\r\n\r\n");
        });
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        Assert.Equal("hello", (await client.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task SlowReader_HoldsTheUpstreamBack()
    {
        TaskCompletionSource<OutgoingBytes> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        const int Length = 64 * 1024 * 1024;
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            OutgoingBytes sent = new((IPEndPoint)peer.Socket.LocalEndPoint!, (IPEndPoint)peer.Socket.RemoteEndPoint!);
            begun.SetResult(sent);
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Length}\r\n\r\n");
            byte[] chunk = new byte[64 * 1024];
            for (int total = 0; total < Length; total += chunk.Length)
            {
                await peer.SendAsync(chunk);
                sent.Sent(chunk.Length);
            }
        });
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address), ("EDGE_MIN_RESPONSE_RATE", "0"));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.SendAsync(Get);
        OutgoingBytes source = await begun.Task;
        Assert.InRange(await source.SettledAsync(), 0, Length / 2);
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(Length, response.Body.Length);
    }

    [Fact]
    public async Task ClosingAlert_OfTheClient_LeavesItsAnswer()
    {
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await answer.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("late"));
        });
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.SendAsync(Get);
        await client.Tls!.ShutdownAsync();
        answer.SetResult();
        Assert.Equal("late", (await client.ReceiveAsync()).Body);
        Assert.Equal("", await client.ToEndAsync());
    }

    [Fact]
    public async Task End_OfAServedConnection_CarriesTheClosingAlert()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("bye"));
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address));
        string said = await OpenSsl.ClientAsync(edge.Proxy, "-tls1_2 -msg", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Contains("bye", said);
        Assert.Contains("<<< TLS 1.2, Alert [length 0002], warning close_notify", said);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UpstreamBodyEndedByClosing_IsWholeOnlyWithTheAlert(bool goodbye)
    {
        using TestAuthority authority = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(
            async peer =>
            {
                await peer.HeadAsync();
                await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\npart");
                if (goodbye)
                {
                    await peer.Tls!.ShutdownAsync();
                }

                peer.Socket.Shutdown(SocketShutdown.Send);
                await peer.ToEndAsync();
            },
            tls: authority.Issue(["127.0.0.1"]).ServerOptions());
        await using RunningEdge edge = await StartAsync(Https(upstream));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.SendAsync(Get);
        bool cut = false;
        try
        {
            RawResponse response = await client.ReceiveAsync();
            Assert.Equal(200, response.Status);
            cut = !response.BodyWasComplete;
            Assert.Equal("part", response.Body[..4]);
        }
        catch (Exception exception) when (exception is IOException or SocketException or EndOfStreamException)
        {
            cut = true;
        }

        Assert.Equal(goodbye, !cut);
    }

    [Fact]
    public async Task Truncation_InsideARequestBody_IsNoRequest()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("whole"));
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        client.Socket.Shutdown(SocketShutdown.Send);
        string rest = await client.ToEndAsync();
        Assert.DoesNotContain("whole", rest);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task BrokenRecord_EndsTheConnection()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        await client.Socket.SendAsync(Encoding.Latin1.GetBytes("\x17\x03\x03\x00\x20" + new string('x', 32)));
        try
        {
            Assert.Equal("", await client.ToEndAsync());
        }
        catch (IOException)
        {
            // An end without the closing alert, or a reset, is as good an end.
        }
    }

    [Fact]
    public async Task SlowBody_OverTls_MeetsTheMinimumRate()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address), ("EDGE_TIMEOUT_STREAM_IDLE", "300ms"));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        Assert.Equal(408, (await client.ReceiveAsync()).Status);
    }

    [Fact]
    public async Task WebSocket_OverTls_CarriesBytesBothWays()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            string? head = await peer.HeadAsync();
            string key = new UpstreamRequest(head!, "").Header("Sec-WebSocket-Key")!;
            string accept = Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(
                Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
            await peer.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
            string said = await peer.ExactlyAsync(5);
            await peer.SendAsync("re:" + said);
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        RawResponse response = await client.ReceiveAsync(isHead: true);
        Assert.Equal(101, response.Status);
        await client.SendAsync("hello");
        byte[] back = new byte[8];
        await client.Tls!.ReadExactlyAsync(back).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("re:hello", Encoding.ASCII.GetString(back));
    }

    internal static string Https(ScriptedUpstream upstream, string extra = "") => $"""
        _format_version: "3.0"
        services:
        - name: app
          url: https://{upstream.Address}
          {extra}
          routes:
          - name: all
            paths: ["/"]
            strip_path: false
        """;

    private static Task<RunningEdge> StartAsync(string kong, params (string, string)[] settings) =>
        RunningEdge.StartAsync(kong, [("KONG_PROXY_LISTEN", "127.0.0.1:0 ssl"), .. settings]);
}
