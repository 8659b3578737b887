using System.Diagnostics;
using System.Net;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>
/// When a route's time begins, what it covers and how it ends. The pauses are a peer's own slowness, longer than the time that must not count there;
/// they synchronise nothing.
/// </summary>
public sealed class TimeoutTests
{
    private const string Host = "backend.test.svc.cluster.local";
    private const string Get = "GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n";
    private const string Format = "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%";

    [Theory]
    [InlineData("")]
    [InlineData("timeout: 0s")]
    public async Task Route_WithoutTimeout_WaitsForTheUpstream(string rule)
    {
        await using ScriptedUpstream upstream = Slow(TimeSpan.FromMilliseconds(700));
        await using RunningMesh mesh = await StartAsync(upstream, rule);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal("late", (await client.ExchangeAsync(Get)).Body);
        Assert.Equal("200 - via_upstream 1", (await mesh.LinesAsync(1))[0]);
    }

    [Fact]
    public async Task Time_BeginsWithTheLastByteOfTheRequest()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 1s");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.SendAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Length: 4\r\n\r\nab");
        await upstream.ConnectedAsync(1);
        await Task.Delay(1500);
        await client.SendAsync("cd");
        Assert.Equal("x", (await client.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task Time_CoversEveryTryAndPause()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n");
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 400ms\nretries: {attempts: 1000, retryOn: 503, backoff: 50ms}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        long start = Stopwatch.GetTimestamp();
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal((504, "upstream request timeout"), (response.Status, response.Body));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 390, 10_000);
        Assert.StartsWith("504 UT response_timeout ", (await mesh.LinesAsync(1))[0]);
        Assert.True(upstream.Requests.Count > 1);
    }

    [Fact]
    public async Task Time_DoesNotCoverAnInjectedDelay()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 300ms\nfault: {delay: {percentage: {value: 100}, fixedDelay: 600ms}}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal("x", (await client.ExchangeAsync(Get)).Body);
        Assert.Equal("200 DI via_upstream 1", (await mesh.LinesAsync(1))[0]);
    }

    [Fact]
    public async Task Time_OverInsideTheAnswer_CutsIt()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            await peer.ToEndAsync();
        });
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 300ms");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.SendAsync(Get);
        await Assert.ThrowsAnyAsync<Exception>(() => client.ReceiveAsync());
        Assert.Equal("200 UT response_timeout 1", (await mesh.LinesAsync(1))[0]);
    }

    [Fact]
    public async Task TryTime_EndsWithTheHead()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
            await Task.Delay(1500);
            await peer.SendAsync("done");
        });
        await using RunningMesh mesh = await StartAsync(upstream, "retries: {attempts: 1, perTryTimeout: 1s, retryOn: 5xx}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal("halfdone", (await client.ExchangeAsync(Get)).Body);
    }

    [Theory]
    [InlineData("timeout: 300ms\nretries: {attempts: 2, perTryTimeout: 300ms, retryOn: 5xx}")]
    [InlineData("timeout: 300ms\nretries: {attempts: 2, perTryTimeout: 5s, retryOn: 5xx}")]
    public async Task TryTime_AsLongAsTheRoute_IsTheRoutes(string rule)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await using RunningMesh mesh = await StartAsync(upstream, rule);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(504, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal("504 UT response_timeout 1", (await mesh.LinesAsync(1))[0]);
    }

    [Fact]
    public async Task Grpc_Timeout_IsAnsweredAsUnavailable()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 0s");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(
            "POST /pkg.Svc/Call HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\ngrpc-timeout: 200m\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal((200, "14", "upstream request timeout"), (response.Status, response.Header("grpc-status"), response.Header("grpc-message")));
        Assert.Equal("200 UT response_timeout 1", (await mesh.LinesAsync(1))[0]);
    }

    // Envoy's clock of a route begins when the request ends, which an upgraded one does with its tunnel.
    [Fact]
    public async Task Tunnel_OutlivesTheRoutesTime()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            string head = (await peer.HeadAsync())!;
            string key = new UpstreamRequest(head, "").Header("sec-websocket-key")!;
            string accept = Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(System.Text.Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
            await Task.Delay(300);
            await peer.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
            string got = await peer.ExactlyAsync(4);
            await peer.SendAsync(got + "pong");
        });
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 200ms\nretries: {attempts: 1, perTryTimeout: 100ms}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(
            "GET /ws HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.Equal(101, response.Status);
        await Task.Delay(400);
        await client.SendAsync("ping");
        Assert.Equal("pingpong", await client.ExactlyAsync(8));
    }

    // The request is received while its connection waits: its last byte starts the clock, whoever has the connection.
    [Fact]
    public async Task Time_BeginsWhileTheRequestWaitsForAConnection()
    {
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await first.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("late"));
            while (await peer.RequestAsync() is { } next)
            {
                await peer.SendAsync(ScriptedUpstream.Ok(next.Body));
            }
        });
        string documents = MeshText.Plain(
            MeshText.Route(Host, "", "/free") + MeshText.Route(Host, "timeout: 300ms"),
            MeshText.Service(Host, 80, (upstream.EndPoint, "")) + MeshText.Rule(Host, "{connectionPool: {tcp: {maxConnections: 1}}}"),
            Format);
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient holder = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await holder.SendAsync("GET /free HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await upstream.ConnectedAsync(1);

        foreach (string framed in (string[])["Content-Length: 4\r\n\r\nab|cd", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n|2\r\ncd\r\n0\r\n\r\n"])
        {
            await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
            await client.SendAsync("POST /a HTTP/1.1\r\nHost: example.com\r\n" + framed.Split('|')[0]);
            await Eventually.TrueAsync(() => mesh.Edge.Host.Workers.Sum(static worker => worker.LiveExchanges) == 2, "the request waits");
            await client.SendAsync(framed.Split('|')[1]);
            RawResponse response = await client.ReceiveAsync();
            Assert.Equal((504, "upstream request timeout"), (response.Status, response.Body));
        }

        // What was received while it waited is sent whole once the connection is there.
        await using RawClient lucky = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await lucky.SendAsync("POST /free HTTP/1.1\r\nHost: example.com\r\nContent-Length: 6\r\n\r\nab");
        await Eventually.TrueAsync(() => mesh.Edge.Host.Workers.Sum(static worker => worker.LiveExchanges) == 2, "the request waits");
        await lucky.SendAsync("cd");
        first.SetResult();
        Assert.Equal("late", (await holder.ReceiveAsync()).Body);
        await lucky.SendAsync("ef");
        Assert.Equal("abcdef", (await lucky.ReceiveAsync()).Body);
        Assert.Equal(["504 UT response_timeout 1", "504 UT response_timeout 1", "200 - via_upstream 1", "200 - via_upstream 1"], await mesh.LinesAsync(4));
    }

    [Fact]
    public async Task Received_WhileItWaited_IsSentWhole()
    {
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await first.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("late"));
            while (await peer.RequestAsync() is { } next)
            {
                await peer.SendAsync(ScriptedUpstream.Ok(next.Body));
            }
        });
        string documents = MeshText.Plain(
            MeshText.Route(Host, "timeout: 20s"),
            MeshText.Service(Host, 80, (upstream.EndPoint, "")) + MeshText.Rule(Host, "{connectionPool: {tcp: {maxConnections: 1}}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient holder = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await holder.SendAsync(Get);
        await upstream.ConnectedAsync(1);
        string large = string.Concat(Enumerable.Range(0, 12_000).Select(static i => $"{i:D8}"));
        (string Body, string Framed)[] bodies =
        [
            ("abcdef", "Content-Length: 6\r\n\r\nab|cd|ef"),
            ("abcdef", "Transfer-Encoding: chunked\r\n\r\n2\r\nab|\r\n4\r\ncd|ef\r\n0\r\n\r\n"),
            ("", "Content-Length: 0\r\n\r\n||"),
            (large, $"Content-Length: {large.Length}\r\n\r\n{large[..100]}|{large[100..70_000]}|{large[70_000..]}"),
        ];
        List<RawClient> clients = [];
        foreach ((_, string framed) in bodies)
        {
            RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
            clients.Add(client);
            await client.SendAsync("POST /a HTTP/1.1\r\nHost: example.com\r\n" + framed.Split('|')[0]);
            await Eventually.TrueAsync(() => mesh.Edge.Host.Workers.Sum(static worker => worker.LiveExchanges) == clients.Count + 1, "the request waits");
            await client.SendAsync(framed.Split('|')[1]);
        }

        first.SetResult();
        Assert.Equal("late", (await holder.ReceiveAsync()).Body);
        for (int i = 0; i < bodies.Length; i++)
        {
            await using RawClient client = clients[i];
            await client.SendAsync(bodies[i].Framed.Split('|')[2]);
            Assert.Equal(bodies[i].Body, (await client.ReceiveAsync()).Body);
        }
    }

    private static ScriptedUpstream Slow(TimeSpan time) => ScriptedUpstream.Script(async peer =>
    {
        await peer.HeadAsync();
        await Task.Delay(time);
        await peer.SendAsync(ScriptedUpstream.Ok("late"));
    });

    private static Task<RunningMesh> StartAsync(ScriptedUpstream upstream, string rule) =>
        RunningMesh.StartAsync(MeshText.Plain(MeshText.Route(Host, rule), MeshText.Service(Host, 80, (upstream.EndPoint, "")), Format));
}
