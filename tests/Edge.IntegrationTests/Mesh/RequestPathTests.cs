using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>The request path of a Gateway listener over real sockets, with plans made by hand.</summary>
public sealed class RequestPathTests
{
    [Fact]
    public async Task Forward_Request_HasEnvoysFields()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello", "Server: origin", "X-Mine: 1"));
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(made.Cluster("outbound|80||a", upstream.EndPoint), timeout: 5000)]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync(
            "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Envoy-Max-Retries: 9\r\n"
            + "X-Request-Id: mine\r\nX-Forwarded-Host: evil\r\nConnection: X-Drop\r\nX-Drop: 1\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("hello", response.Body);
        Assert.Equal("istio-envoy", response.Header("server"));
        Assert.Equal("1", response.Header("x-mine"));
        Assert.NotNull(response.Header("x-envoy-upstream-service-time"));
        UpstreamRequest request = upstream.Requests.Single();
        Assert.Equal("/a?b=c", request.Target);
        Assert.Equal("example.com", request.Header("host"));
        Assert.Equal("203.0.113.7, 127.0.0.1", request.Header("x-forwarded-for"));
        Assert.Equal("http", request.Header("x-forwarded-proto"));
        Assert.Equal("127.0.0.1", request.Header("x-envoy-external-address"));
        Assert.Equal("1", request.Header("x-envoy-attempt-count"));
        Assert.Equal("5000", request.Header("x-envoy-expected-rq-timeout-ms"));
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", request.Header("x-request-id")!);
        Assert.Null(request.Header("x-envoy-max-retries"));
        Assert.Null(request.Header("x-forwarded-host"));
        Assert.Null(request.Header("x-drop"));
        Assert.Null(request.Header("connection"));
        Assert.Null(request.Header("via"));
        Assert.Equal(["200 - via_upstream 1"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Forward_Rewritten_KeepsTheOldPath()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made =>
        [
            HandMadeMesh.Route(made.Cluster("outbound|80||a", upstream.EndPoint), "/api", rewrite: UriRewrite.Replace(TextMatch.Prefix("/api"), "/v2"), authority: "inner.example"),
        ]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        await client.ExchangeAsync("GET /api/x?q=1 HTTP/1.1\r\nHost: example.com\r\n\r\n");
        UpstreamRequest request = upstream.Requests.Single();
        Assert.Equal("/v2/x?q=1", request.Target);
        Assert.Equal("/api/x?q=1", request.Header("x-envoy-original-path"));
        Assert.Equal(["inner.example"], request.Headers("host"));
    }

    [Fact]
    public async Task Retry_ServerError_GoesToTheOtherEndpoint()
    {
        await using ScriptedUpstream bad = ScriptedUpstream.Respond(static _ => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad");
        await using ScriptedUpstream good = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("good"));
        RetrySettings retry = new() { Span = default, Attempts = 2, RetryOn = "503" };
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(made.Cluster("outbound|80||a", bad.EndPoint, good.EndPoint), retry: retry)]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        for (int i = 0; i < 4; i++)
        {
            RawResponse response = await client.ExchangeAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Length: 4\r\n\r\nbody");
            Assert.Equal("good", response.Body);
        }

        Assert.All(good.Requests, static request => Assert.Equal("body", request.Body));
        Assert.Contains(good.Requests, static request => request.Header("x-envoy-attempt-count") == "2");
    }

    [Fact]
    public async Task Retry_Exhausted_PassesTheLastAnswerOn()
    {
        await using ScriptedUpstream bad = ScriptedUpstream.Respond(static _ => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\nX-Mine: 1\r\n\r\nbad");
        RetrySettings retry = new() { Span = default, Attempts = 2, RetryOn = "503" };
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(made.Cluster("outbound|80||a", bad.EndPoint), retry: retry)]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal((503, "bad", "1"), (response.Status, response.Body, response.Header("x-mine")));
        Assert.Equal(3, bad.Requests.Count);
        Assert.Equal(["503 URX via_upstream 3"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Timeout_SilentUpstream_Is504()
    {
        await using ScriptedUpstream silent = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(made.Cluster("outbound|80||a", silent.EndPoint), timeout: 100)]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal((504, "upstream request timeout", "text/plain"), (response.Status, response.Body, response.Header("content-type")));
        Assert.Equal("istio-envoy", response.Header("server"));
        Assert.Equal(["504 UT response_timeout 1"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Refused_Connection_Is503()
    {
        ScriptedUpstream gone = ScriptedUpstream.Respond(static _ => "");
        System.Net.IPEndPoint nobody = gone.EndPoint;
        await gone.DisposeAsync();
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(made.Cluster("outbound|80||a", nobody))]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal(503, response.Status);
        Assert.Equal(
            "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused",
            response.Body);
        Assert.Equal(["503 UF upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused} 1"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Unknown_HostAndRouteAndCluster_AreToldApart()
    {
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(_ => [HandMadeMesh.Route(null, "/none")]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse host = await client.ExchangeAsync("GET /none HTTP/1.1\r\nHost: other.com\r\n\r\n");
        RawResponse route = await client.ExchangeAsync("GET /else HTTP/1.1\r\nHost: example.com\r\n\r\n");
        RawResponse cluster = await client.ExchangeAsync("GET /none HTTP/1.1\r\nHost: example.com:80\r\n\r\n");
        Assert.Equal((404, "", null), (host.Status, host.Body, host.Header("content-type")));
        Assert.Equal((404, ""), (route.Status, route.Body));
        Assert.Equal((503, ""), (cluster.Status, cluster.Body));
        Assert.Equal(["404 NR route_not_found 0", "404 NR route_not_found 0", "503 NC cluster_not_found 0"], await mesh.LinesAsync(3));
    }

    [Fact]
    public async Task Grpc_LocalReply_IsTrailersOnly()
    {
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(made.Cluster("outbound|80||a"))]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync("POST /pkg.Svc/Call HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("application/grpc", response.Header("content-type"));
        Assert.Equal("14", response.Header("grpc-status"));
        Assert.Equal("no healthy upstream", response.Header("grpc-message"));
        Assert.Equal(["200 UH no_healthy_upstream 0"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Fault_Delay_EndsWithTheClient()
    {
        FaultPolicy fault = new() { DelayShare = PerMillion.All, Delay = TimeSpan.FromMinutes(10) };
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(made.Cluster("outbound|80||a", upstream.EndPoint), fault: fault)]);
        await using (RawClient client = await RawClient.ConnectAsync(mesh.EndPoint))
        {
            await client.SendAsync("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
            await Eventually.TrueAsync(() => mesh.Edge.Host.Workers[0].LiveExchanges == 1, "the request has come");
            client.Reset();
        }

        Assert.Equal(["0 DC,DI downstream_remote_disconnect 0"], await mesh.LinesAsync(1));
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Fault_Abort_Answers()
    {
        FaultPolicy fault = new() { AbortShare = PerMillion.All, AbortStatus = 418, DelayShare = PerMillion.All, Delay = TimeSpan.FromMilliseconds(20) };
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(null, fault: fault)]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal((418, "fault filter abort"), (response.Status, response.Body));
        Assert.Equal(["418 DI,FI fault_filter_abort 0"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Direct_Response_HasItsBody()
    {
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(_ => [HandMadeMesh.Route(null, direct: new DirectResponseSettings(202, "made here"u8.ToArray(), default))]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal((202, "made here", "text/plain"), (response.Status, response.Body, response.Header("content-type")));
    }

    [Fact]
    public async Task Truncated_Response_IsCut()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        });
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(made => [HandMadeMesh.Route(made.Cluster("outbound|80||a", upstream.EndPoint))]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        await client.SendAsync("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await Assert.ThrowsAnyAsync<Exception>(() => client.ReceiveAsync());
        Assert.Equal(["200 UC upstream_reset_after_response_started{connection_termination} 1"], await mesh.LinesAsync(1));
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n", 426, "", "low_version")]
    [InlineData("GET / HTTP/1.1\r\nHost: example.com\r\nA_B: 1\r\n\r\n", 400, "Bad Request", "http1.unexpected_underscore")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "Bad Request", "http1.codec_error")]
    [InlineData("GET /a%2Fb?c HTTP/1.1\r\nHost: example.com\r\n\r\n", 307, "", "path_normalization_failed")]
    [InlineData("GET /a/../../b HTTP/1.1\r\nHost: example.com\r\n\r\n", 400, "Bad Request", "path_normalization_failed")]
    public async Task Refused_Request_IsAnsweredAsByEnvoy(string request, int status, string body, string details)
    {
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(_ => [HandMadeMesh.Route(null)]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync(request);
        Assert.Equal((status, body), (response.Status, response.Body));
        Assert.Contains(details, (await mesh.LinesAsync(1))[0]);
        if (status == 307)
        {
            Assert.Equal("/a/b?c", response.Header("location"));
        }
    }

    [Fact]
    public async Task Redirect_ToHttps_KeepsThePort()
    {
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(_ => [HandMadeMesh.Route(null)]);
        await mesh.PublishAsync(_ => [HandMadeMesh.Route(null)], requiresTls: true);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint);
        RawResponse response = await client.ExchangeAsync("GET /a?b HTTP/1.1\r\nHost: example.com:8080\r\nX-Forwarded-Proto: https\r\n\r\n");
        Assert.Equal((301, "", "https://example.com:8080/a?b"), (response.Status, response.Body, response.Header("location")));
        Assert.Equal(["301 - direct_response 0"], await mesh.LinesAsync(1));
    }
}
