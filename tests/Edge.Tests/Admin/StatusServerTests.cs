using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Telemetry;

namespace VoltageSoda.Edge.Tests.Admin;

public sealed class StatusServerTests : IAsyncDisposable
{
    private static readonly NodeIdentity Node = new("849373c5-45c1-4c1d-b595-fdeaea6daed8", "3.4.2", "edge-0", 4711);

    private readonly FakeEdgeState _state = new();
    private readonly EdgeMetrics _metrics = new(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [] });
    private readonly HttpClient _client = new();
    private StatusServer? _server;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Status_Get_HasKongsShape()
    {
        _state.ConfigurationHash = "0123456789abcdef0123456789abcdef";
        LoopMetrics loop = _metrics.Loop(0);
        loop.ConnectionAccepted();
        loop.ConnectionAccepted();
        loop.ConnectionOpened();
        loop.RequestStarted();
        loop.ConnectionMoved(ConnectionPhase.Waiting, ConnectionPhase.Reading);

        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/status");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("kong/3.4.2", answer.Headers.Server.ToString());
        JsonElement root = await JsonAsync(answer);
        Assert.Equal(["memory", "server", "configuration_hash"], root.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("0123456789abcdef0123456789abcdef", root.GetProperty("configuration_hash").GetString());
        JsonElement server = root.GetProperty("server");
        Assert.Equal(
            "connections_accepted=2 connections_active=1 connections_handled=1 connections_reading=1 connections_waiting=0 "
            + "connections_writing=0 total_requests=1",
            string.Join(' ', server.EnumerateObject().Select(static member => $"{member.Name}={member.Value.GetInt64()}")));
        JsonElement vm = root.GetProperty("memory").GetProperty("workers_lua_vms")[0];
        Assert.Equal(4711, vm.GetProperty("pid").GetInt32());
        Assert.Matches(@"^\d+\.\d\d MiB$", vm.GetProperty("http_allocated_gc").GetString());
        JsonElement dictionary = root.GetProperty("memory").GetProperty("lua_shared_dicts").GetProperty("kong");
        Assert.Matches(@"^\d+\.\d\d MiB$", dictionary.GetProperty("allocated_slabs").GetString());
        Assert.Matches(@"^\d+\.\d\d MiB$", dictionary.GetProperty("capacity").GetString());
    }

    [Theory]
    [InlineData("unit=k&scale=3", @"^\d+\.\d{3} KiB$")]
    [InlineData("unit=K&scale=0", @"^\d+ KiB$")]
    [InlineData("unit=g", @"^\d+\.\d\d GiB$")]
    [InlineData("scale=1", @"^\d+\.\d MiB$")]
    [InlineData("scale=many", @"^\d+\.\d\d MiB$")]
    [InlineData("unit=k&scale=1000000", @"^\d+\.\d{15} KiB$")]
    public async Task Status_UnitAndScale_ChangeTheMemory(string query, string shape)
    {
        JsonElement root = await JsonAsync(await SendAsync(HttpMethod.Get, "/status?" + query));
        Assert.Matches(shape, root.GetProperty("memory").GetProperty("workers_lua_vms")[0].GetProperty("http_allocated_gc").GetString());
    }

    [Fact]
    public async Task Status_UnitOfBytes_IsANumber()
    {
        JsonElement root = await JsonAsync(await SendAsync(HttpMethod.Get, "/status?unit=b&scale=-1"));
        Assert.True(root.GetProperty("memory").GetProperty("workers_lua_vms")[0].GetProperty("http_allocated_gc").GetInt64() > 0);
    }

    [Theory]
    [InlineData("unit=t", "invalid unit 't' (expected 'k/K', 'm/M', or 'g/G')")]
    [InlineData("scale=-1", "scale must be equal or greater than 0")]
    [InlineData("unit=k&scale=NaN", "scale must be equal or greater than 0")]
    public async Task Status_BadUnitOrScale_Is400(string query, string message)
    {
        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/status?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(message, (await JsonAsync(answer)).GetProperty("message").GetString());
    }

    [Fact]
    public async Task Ready_FollowsTheStateWithItsReason()
    {
        _state.Readiness = new Readiness(false, "no configuration available (empty configuration present)");
        HttpResponseMessage empty = await SendAsync(HttpMethod.Get, "/status/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, empty.StatusCode);
        Assert.Equal(
            "{\"message\":\"no configuration available (empty configuration present)\"}", await empty.Content.ReadAsStringAsync());

        _state.Readiness = new Readiness(true, "");
        HttpResponseMessage ready = await SendAsync(HttpMethod.Get, "/status/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal("{\"message\":\"ready\"}", await ready.Content.ReadAsStringAsync());

        _state.Readiness = new Readiness(false, "draining");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(HttpMethod.Get, "/status/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/status")).StatusCode);
    }

    [Fact]
    public async Task Metrics_Get_IsTheExposition()
    {
        _metrics.Route("backend", "api", RouteMetricSet.StatusCodes).Record(0, 200, ResponseSource.Service, 0, 0, 0, -1, -1, -1);
        _state.Health = static () => [new TargetHealthRow("u", "a:80", "10.0.0.1:80", TargetHealth.Healthy, 100)];

        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/metrics");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain; charset=UTF-8", answer.Content.Headers.GetValues("Content-Type").Single());
        ExpositionParser parsed = ExpositionParser.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Single(parsed.Families["kong_http_requests_total"].Samples);
        Assert.DoesNotContain("kong_upstream_target_health", parsed.Order);

        _state.UpstreamHealthMetrics = true;
        parsed = ExpositionParser.Parse(await (await SendAsync(HttpMethod.Get, "/metrics")).Content.ReadAsStringAsync());
        Assert.Equal(4, parsed.Families["kong_upstream_target_health"].Samples.Count);
    }

    [Theory]
    [InlineData("/status")]
    [InlineData("/status/ready")]
    [InlineData("/metrics")]
    [InlineData("/nothing")]
    public async Task Head_AnyPath_HasTheHeadersOfGetAndNoBody(string path)
    {
        // On one connection: a body after HEAD would break the answer that follows.
        HttpResponseMessage head = await SendAsync(HttpMethod.Head, path);
        HttpResponseMessage get = await SendAsync(HttpMethod.Get, path);

        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal("", await head.Content.ReadAsStringAsync());
        if (path is "/status/ready" or "/nothing")
        {
            Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/nothing")]
    [InlineData("/Status")]
    [InlineData("/status/ready/now")]
    [InlineData("/services")]
    public async Task UnknownPath_OnStatus_Is404(string path)
    {
        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("{\"message\":\"Not found\"}", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("POST", "/status")]
    [InlineData("DELETE", "/metrics")]
    [InlineData("OPTIONS", "/status/ready")]
    public async Task OtherMethod_OnStatus_Is405(string method, string path)
    {
        HttpResponseMessage answer = await SendAsync(new HttpMethod(method), path);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal("{\"message\":\"Method not allowed\"}", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task TrailingSlash_IsTheSamePath() =>
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/status/ready/")).StatusCode);

    [Fact]
    public async Task Admin_Root_TellsWhoIsThere()
    {
        _state.EnabledPlugins = ["cors", "jwt"];
        _state.Settings = new Dictionary<string, object?> { ["database"] = "off", ["admin_listen"] = "0.0.0.0:8001" };

        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/", admin: true);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        JsonElement root = await JsonAsync(answer);
        Assert.Equal("3.4.2", root.GetProperty("version").GetString());
        Assert.Equal("edge-0", root.GetProperty("hostname").GetString());
        Assert.Equal(Node.NodeId, root.GetProperty("node_id").GetString());
        Assert.Equal("off", root.GetProperty("configuration").GetProperty("database").GetString());
        Assert.Equal("jwt", root.GetProperty("plugins").GetProperty("enabled_in_cluster")[1].GetString());
        Assert.Equal(4711, root.GetProperty("pids").GetProperty("workers")[0].GetInt32());
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("true", answer.Headers.GetValues("Access-Control-Allow-Credentials").Single());
        Assert.Matches(@"^\d+$", answer.Headers.GetValues("X-Kong-Admin-Latency").Single());
    }

    [Fact]
    public async Task Admin_ReadsOfStatus_AreTheSame()
    {
        Assert.True((await JsonAsync(await SendAsync(HttpMethod.Get, "/status", admin: true))).TryGetProperty("server", out _));
        HttpResponseMessage metrics = await SendAsync(HttpMethod.Get, "/metrics", admin: true);
        ExpositionParser.Parse(await metrics.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/servicez")]
    [InlineData("/status/ready")]
    [InlineData("/services//routes")]
    [InlineData("/a/b/c/d/e/f/g/h/i/j/k")]
    public async Task Admin_OtherPath_Is404(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, path, admin: true)).StatusCode);

    [Fact]
    public async Task Admin_Options_Is204WithTheMethods()
    {
        HttpResponseMessage answer = await SendAsync(HttpMethod.Options, "/status", admin: true, origin: "https://manager.example");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("GET, HEAD, OPTIONS", answer.Headers.GetValues("Access-Control-Allow-Methods").Single());
        Assert.Equal("https://manager.example", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await SendAsync(HttpMethod.Post, "/", admin: true)).StatusCode);
    }

    [Fact]
    public async Task State_Throws_Is500AndLoggedAndTheServerLivesOn()
    {
        var sink = new MemorySink();
        using var log = new EdgeLog(new EdgeLogOptions(), TimeProvider.System, sink);
        _state.UpstreamHealthMetrics = true;
        _state.Health = static () => throw new InvalidOperationException("torn");
        await StartAsync(log);

        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/metrics");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("{\"message\":\"An unexpected error occurred\"}", await answer.Content.ReadAsStringAsync());
        Assert.True(log.Flush(TimeSpan.FromSeconds(30)));
        Assert.Contains(sink.Lines, static line => line.Contains("[error]", StringComparison.Ordinal) && line.Contains("torn", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/status")).StatusCode);
    }

    [Fact]
    public async Task AccessLogs_OfBothSurfaces_GetTheirRequests()
    {
        var statusSink = new MemorySink();
        var adminSink = new MemorySink();
        var options = new AccessLogOptions { Path = "unused", Loops = 1 };
        using var statusLog = new AccessLog(options, TimeProvider.System, statusSink);
        using var adminLog = new AccessLog(options, TimeProvider.System, adminSink);
        await StartAsync(Quiet, statusLog, adminLog);
        await SendAsync(HttpMethod.Get, "/status/ready?x=1");
        await SendAsync(HttpMethod.Get, "/servicez", admin: true);
        await _server!.StopAsync(CancellationToken.None);

        Assert.True(statusLog.Flush(TimeSpan.FromSeconds(30)));
        Assert.True(adminLog.Flush(TimeSpan.FromSeconds(30)));
        Assert.Matches("^127\\.0\\.0\\.1 - - \\[.*\\] \"GET /status/ready\\?x=1 HTTP/1\\.1\" 200 19 \"-\" \"-\"$", Assert.Single(statusSink.Lines));
        Assert.Matches("^127\\.0\\.0\\.1 - - \\[.*\\] \"GET /servicez HTTP/1\\.1\" 404 23 \"-\" \"-\"$", Assert.Single(adminSink.Lines));
    }

    [Fact]
    public async Task Start_NoAddresses_DoesNothing()
    {
        await using var server = Create(new StatusServerOptions { ServerToken = "x" }, Quiet);
        await server.StartAsync(CancellationToken.None);
        Assert.Empty(server.StatusAddresses);
        Assert.Empty(server.AdminAddresses);
    }

    [Fact]
    public async Task Start_AddressTaken_Throws()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var server = Create(
            new StatusServerOptions { ServerToken = "x", StatusListen = [taken.LocalEndpoint] }, Quiet);
        await Assert.ThrowsAsync<IOException>(() => server.StartAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Start_UnixSocketLeftBehind_IsReplacedButOneInUseIsNot()
    {
        using var folder = new TemporaryFolder();
        var address = new UnixDomainSocketEndPoint(Path.Combine(folder.Path, "status.sock"));
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(address);
        }

        if (!File.Exists(address.ToString()))
        {
            // The runtime removes the file with its socket; a killed process would not have.
            using var link = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            link.Bind(new UnixDomainSocketEndPoint(address + ".orphan"));
            File.Move(address + ".orphan", address.ToString());
        }

        var options = new StatusServerOptions { ServerToken = "", StatusListen = [address] };
        await using var server = Create(options, Quiet);
        await server.StartAsync(CancellationToken.None);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(address);
        await client.SendAsync("GET /status/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(new NetworkStream(client), Encoding.ASCII);
        string answer = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer);
        Assert.DoesNotContain("Server:", answer);

        await using var second = Create(options, Quiet);
        await Assert.ThrowsAsync<IOException>(() => second.StartAsync(CancellationToken.None));
    }

    private static EdgeLog Quiet { get; } = new(new EdgeLogOptions { Path = "off" }, TimeProvider.System);

    private StatusServer Create(StatusServerOptions options, EdgeLog logs) =>
        new(options, _state, new FakePublisher(), _metrics, Node, logs, TimeProvider.System);

    private async Task StartAsync(EdgeLog logs, AccessLog? statusLog = null, AccessLog? adminLog = null)
    {
        _server = Create(
            new StatusServerOptions
            {
                ServerToken = "kong/3.4.2",
                StatusListen = [new IPEndPoint(IPAddress.Loopback, 0)],
                AdminListen = [new IPEndPoint(IPAddress.Loopback, 0)],
                StatusAccessLog = statusLog,
                AdminAccessLog = adminLog,
            },
            logs);
        await _server.StartAsync(CancellationToken.None);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, bool admin = false, string? origin = null)
    {
        if (_server is null)
        {
            await StartAsync(Quiet);
        }

        EndPoint address = (admin ? _server!.AdminAddresses : _server!.StatusAddresses).Single();
        using var request = new HttpRequestMessage(method, $"http://{address}{path}");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await _client.SendAsync(request);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
}
