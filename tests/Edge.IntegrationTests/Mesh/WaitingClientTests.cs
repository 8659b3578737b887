using System.Net;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>A client that goes while nothing of its request is under way gives up its place: the upstream hears nothing of it.</summary>
public sealed class WaitingClientTests
{
    private const string Host = "backend.test.svc.cluster.local";
    private const string Get = "GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gone_FromTheQueue_MakesRoom(bool reset)
    {
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is { } request)
            {
                await first.Task;
                await peer.SendAsync(ScriptedUpstream.Ok(request.Target));
            }
        });
        string documents = MeshText.Plain(
            MeshText.Route(Host),
            MeshText.Service(Host, 80, (upstream.EndPoint, ""))
            + MeshText.Rule(Host, "{connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1}}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient holder = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await holder.SendAsync(Get);
        await upstream.ConnectedAsync(1);
        RawClient waiter = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await waiter.SendAsync("GET /gone HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await Eventually.TrueAsync(() => Live(mesh) == 2, "the second request waits");
        await LeaveAsync(waiter, reset);
        Assert.Equal("0 DC downstream_remote_disconnect", (await mesh.LinesAsync(1))[0]);
        await Eventually.TrueAsync(() => Live(mesh) == 1, "its place is free");
        await using RawClient third = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await third.SendAsync("GET /third HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await Eventually.TrueAsync(() => Live(mesh) == 2, "the third request waits");
        first.SetResult();
        Assert.Equal("/a", (await holder.ReceiveAsync()).Body);
        Assert.Equal("/third", (await third.ReceiveAsync()).Body);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gone_DuringADelay_IsDropped(bool reset)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "fault: {delay: {percentage: {value: 100}, fixedDelay: 600s}}");
        RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.SendAsync(Get);
        await Eventually.TrueAsync(() => Live(mesh) == 1, "the request has come");
        await LeaveAsync(client, reset);
        Assert.Equal("0 DC,DI downstream_remote_disconnect", (await mesh.LinesAsync(1))[0]);
        Assert.Equal(0, upstream.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gone_BeforeAFurtherTry_IsDropped(bool reset)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n");
        await using RunningMesh mesh = await StartAsync(upstream, "retries: {attempts: 3, retryOn: 503, backoff: 3600s}");
        RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.SendAsync(Get);
        await upstream.UntilAsync(() => upstream.Requests.Count == 1, "the first try was made");
        await Eventually.TrueAsync(() => upstream.Requests.Count == 1 && Live(mesh) == 1, "the exchange pauses");
        await LeaveAsync(client, reset);
        Assert.Equal("0 DC downstream_remote_disconnect", (await mesh.LinesAsync(1))[0]);
        Assert.Single(upstream.Requests);
    }

    // http-hardening 1.7: a request that an upstream has is answered, though its client sends nothing more.
    [Fact]
    public async Task HalfClosed_WithARequestUnderWay_IsAnswered()
    {
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await closed.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("delivered"));
        });
        await using RunningMesh mesh = await StartAsync(upstream, "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.SendAsync(Get);
        client.HalfClose();
        await upstream.ConnectedAsync(1);
        closed.SetResult();
        Assert.Equal("delivered", (await client.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task Names_Unanswered_WaitNoLongerThanTheRoute()
    {
        await using SilentNames names = new();
        string documents = MeshText.Plain(
            MeshText.Route("slow.example.org", "timeout: 300ms"),
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: slow, namespace: test}\n"
            + "spec: {hosts: [slow.example.org], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}\n");
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents, null, ("KONG_DNS_RESOLVER", names.Address), ("KONG_DNS_HOSTSFILE", "/dev/null"));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal((504, "upstream request timeout"), (response.Status, response.Body));
        Assert.Equal("504 UT response_timeout", (await mesh.LinesAsync(1))[0]);

        RawClient gone = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await gone.SendAsync("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await Eventually.TrueAsync(() => Live(mesh) == 1, "the request waits for a name");
        gone.Reset();
        Assert.Equal("0 DC downstream_remote_disconnect", (await mesh.LinesAsync(2))[1]);
    }

    private static int Live(RunningMesh mesh) => mesh.Edge.Host.Workers.Sum(static worker => worker.LiveExchanges);

    private static async Task LeaveAsync(RawClient client, bool reset)
    {
        if (reset)
        {
            client.Reset();
        }

        await client.DisposeAsync();
    }

    private static Task<RunningMesh> StartAsync(ScriptedUpstream upstream, string rule) =>
        RunningMesh.StartAsync(MeshText.Plain(MeshText.Route(Host, rule), MeshText.Service(Host, 80, (upstream.EndPoint, ""))));

    /// <summary>A name server that takes every question and answers none.</summary>
    private sealed class SilentNames : IAsyncDisposable
    {
        private readonly System.Net.Sockets.Socket _socket = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);

        public SilentNames() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        public string Address => _socket.LocalEndPoint!.ToString()!;

        public ValueTask DisposeAsync()
        {
            _socket.Dispose();
            return default;
        }
    }
}
