using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>The answers that a Gateway listener makes itself, row by row of the table that specifies them, from documents.</summary>
public sealed class LocalReplyTests
{
    private const string Before = "upstream connect error or disconnect/reset before headers. ";
    private const string Get = "GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n";

    private static string Host => "backend.test.svc.cluster.local";

    [Fact]
    public async Task Upstream_ClosedBeforeHead_IsUC()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer => await peer.HeadAsync());
        await ExpectAsync(upstream, "retries: {attempts: 0}", Get, 503, Before + "reset reason: connection termination",
            "503 UC upstream_reset_before_response_started{connection_termination}");
    }

    [Fact]
    public async Task Upstream_NoHttp_IsUPE()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("SSH-2.0-OpenSSH\r\n\r\n");
            await peer.ToEndAsync();
        });
        await ExpectAsync(upstream, "retries: {attempts: 0}", Get, 502, Before + "reset reason: protocol error",
            "502 UPE upstream_reset_before_response_started{protocol_error}");
    }

    [Fact]
    public async Task Upstream_ClosedOnRetry_SaysSo()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer => await peer.HeadAsync());
        await ExpectAsync(upstream, "retries: {attempts: 1, retryOn: reset, backoff: 1ms}", Get, 503,
            Before + "retried and the latest reset reason: connection termination",
            "503 URX,UC upstream_reset_before_response_started{connection_termination}");
        await upstream.ConnectedAsync(2);
        Assert.Equal(2, upstream.Connections);
    }

    [Fact]
    public async Task PerTry_Timeout_IsFinalUnlessRetryOnCoversIt()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await ExpectAsync(upstream, "timeout: 20s\nretries: {attempts: 3, perTryTimeout: 50ms, retryOn: \"connect-failure,refused-stream,503\"}", Get, 504,
            "upstream request timeout", "504 UT upstream_per_try_timeout");
        await upstream.ConnectedAsync(1);
        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task PerTry_Timeout_IsRetriedOnReset()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await ExpectAsync(upstream, "retries: {attempts: 2, perTryTimeout: 50ms, retryOn: reset, backoff: 1ms}", Get, 504,
            "upstream request timeout", "504 URX,UT upstream_per_try_timeout");
        await upstream.ConnectedAsync(3);
        Assert.Equal(3, upstream.Connections);
    }

    [Fact]
    public async Task Route_TimeoutWhileConnecting_DoesNotWaitForTheConnect()
    {
        // TEST-NET-1 swallows packets or is unreachable at once; either way the answer comes before the client's patience ends, and the
        // connect's limit is far beyond that.
        string documents = MeshText.Plain(
            MeshText.Route(Host, "timeout: 200ms\nretries: {attempts: 0}"),
            MeshText.Service(Host, 80, (new System.Net.IPEndPoint(System.Net.IPAddress.Parse("192.0.2.1"), 81), ""))
            + MeshText.Rule(Host, "{connectionPool: {tcp: {connectTimeout: 600s}}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Contains((await client.ExchangeAsync(Get)).Status, (int[])[503, 504]);
    }

    // A listener whose queue is full takes no further connection and refuses none.
    [Fact]
    public async Task Connect_Timeout_IsUF()
    {
        using System.Net.Sockets.Socket full = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        full.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        full.Listen(0);
        List<System.Net.Sockets.Socket> fillers = [];
        try
        {
            for (int i = 0; i < 4; i++)
            {
                System.Net.Sockets.Socket filler = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { Blocking = false };
                fillers.Add(filler);
                try
                {
                    filler.Connect(full.LocalEndPoint!);
                }
                catch (System.Net.Sockets.SocketException)
                {
                    // Under way, or waiting for ever.
                }
            }

            string documents = MeshText.Plain(
                MeshText.Route(Host, "retries: {attempts: 1, retryOn: connect-failure, backoff: 1ms}"),
                MeshText.Service(Host, 80, ((System.Net.IPEndPoint)full.LocalEndPoint!, "")) + MeshText.Rule(Host, "{connectionPool: {tcp: {connectTimeout: 200ms}}}"));
            await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
            await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
            RawResponse response = await client.ExchangeAsync(Get);
            Assert.Equal((503, Before + "retried and the latest reset reason: connection timeout"), (response.Status, response.Body));
            Assert.Equal(["503 UF,URX upstream_reset_before_response_started{connection_timeout}"], await mesh.LinesAsync(1));
        }
        finally
        {
            fillers.ForEach(static filler => filler.Dispose());
        }
    }

    [Fact]
    public async Task Upstream_WithoutTls_IsUF()
    {
        await using ScriptedUpstream plain = ScriptedUpstream.Script(static async peer =>
        {
            await peer.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n");
            await peer.ToEndAsync();
        });
        string documents = MeshText.Plain(
            MeshText.Route(Host, "retries: {attempts: 0}"),
            MeshText.Service(Host, 80, (plain.EndPoint, "")) + MeshText.Rule(Host, "{tls: {mode: SIMPLE, sni: a.example}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal(503, response.Status);
        Assert.StartsWith(Before + "reset reason: remote connection failure, transport failure reason: TLS_error:", response.Body, StringComparison.Ordinal);
        Assert.StartsWith("503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:", (await mesh.LinesAsync(1))[0], StringComparison.Ordinal);
    }

    // The whole of a request has its time; a gRPC stream has not. The pause is the client's slowness, beyond that time.
    [Theory]
    [InlineData("text/plain", 408)]
    [InlineData("application/grpc", 200)]
    public async Task Request_ThatTakesTooLong_Is408(string type, int status)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string documents = MeshText.Plain(MeshText.Route(Host), MeshText.Service(Host, 80, (upstream.EndPoint, "")));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents, null, ("EDGE_TIMEOUT_REQUEST", "400ms"));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.SendAsync($"POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Type: {type}\r\nContent-Length: 4\r\n\r\nab");
        await Task.Delay(900);
        if (status == 200)
        {
            await client.SendAsync("cd");
        }

        RawResponse response = await client.ReceiveAsync();
        Assert.Equal((status, status == 200 ? "x" : "stream timeout"), (response.Status, response.Body));
    }

    [Fact]
    public async Task Pool_Overflow_IsUO()
    {
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await first.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("late"));
        });
        string documents = MeshText.Plain(
            MeshText.Route(Host),
            MeshText.Service(Host, 80, (upstream.EndPoint, ""))
            + MeshText.Rule(Host, "{connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1, http2MaxRequests: 1}}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient holder = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await holder.SendAsync(Get);
        await upstream.ConnectedAsync(1);
        await using RawClient waiter = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await waiter.SendAsync(Get);
        await Eventually.TrueAsync(() => mesh.Edge.Host.Workers[0].LiveExchanges == 2, "the second request waits");
        await using RawClient refused = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await refused.ExchangeAsync(Get);
        Assert.Equal((503, Before + "reset reason: overflow", "true"), (response.Status, response.Body, response.Header("x-envoy-overloaded")));
        Assert.Contains("503 UO upstream_reset_before_response_started{overflow}", await mesh.LinesAsync(1));
        first.SetResult();
        Assert.Equal("late", (await holder.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task No_Endpoint_IsUH()
    {
        string documents = MeshText.Plain(
            MeshText.Route(Host),
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: empty, namespace: test}\n"
            + $"spec: {{hosts: [{Host}], resolution: STATIC, ports: [{{number: 80, name: http, protocol: HTTP}}], endpoints: []}}\n");
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal((503, "no healthy upstream"), (response.Status, response.Body));
        Assert.Equal(["503 UH no_healthy_upstream"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Stream_IdleAfterTheRequest_Is504()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await ExpectAsync(upstream, "retries: {attempts: 0}", Get, 504, "stream timeout", "504 SI stream_idle_timeout", ("EDGE_TIMEOUT_STREAM_IDLE", "150ms"));
    }

    [Fact]
    public async Task Stream_IdleInsideTheRequest_Is408()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await ExpectAsync(upstream, "retries: {attempts: 0}", "POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Length: 10\r\n\r\nhalf", 408, "stream timeout",
            "408 SI stream_idle_timeout", ("EDGE_TIMEOUT_STREAM_IDLE", "150ms"));
    }

    [Fact]
    public async Task Head_TooLarge_Is431()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await ExpectAsync(upstream, "", $"GET /a HTTP/1.1\r\nHost: example.com\r\nX-Large: {new string('x', 62 * 1024)}\r\n\r\n", 431, "", "431 - request_headers_too_large");
    }

    [Fact]
    public async Task Client_Gone_IsDC()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        string documents = MeshText.Plain(MeshText.Route(Host), MeshText.Service(Host, 80, (upstream.EndPoint, "")));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using (RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80)))
        {
            await client.SendAsync(Get);
            await upstream.ConnectedAsync(1);
            client.Reset();
        }

        Assert.Equal(["0 DC downstream_remote_disconnect"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Grpc_Abort_IsTrailersOnly()
    {
        string documents = MeshText.Plain(MeshText.Route(Host, "fault: {abort: {percentage: {value: 100}, httpStatus: 403}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("POST /pkg.Svc/Call HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc+proto\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal((200, "7", "fault filter abort"), (response.Status, response.Header("grpc-status"), response.Header("grpc-message")));
        Assert.Equal(["200 FI fault_filter_abort"], await mesh.LinesAsync(1));
    }

    private static async Task ExpectAsync(
        ScriptedUpstream upstream, string rule, string request, int status, string body, string line, params (string Name, string Value)[] settings)
    {
        string documents = MeshText.Plain(MeshText.Route(Host, rule), MeshText.Service(Host, 80, (upstream.EndPoint, "")));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents, null, settings);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(request);
        Assert.Equal((status, body), (response.Status, response.Body));
        Assert.Equal(body.Length == 0 ? null : "text/plain", response.Header("content-type"));
        Assert.Equal("istio-envoy", response.Header("server"));
        Assert.Equal([line], await mesh.LinesAsync(1));
    }
}
