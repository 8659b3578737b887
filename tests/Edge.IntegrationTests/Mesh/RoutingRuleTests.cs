using System.Text.RegularExpressions;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>What rules do to requests and answers on the wire: headers, rewrites, redirects, CORS, mirrors, hashing, the log.</summary>
public sealed class RoutingRuleTests
{
    private const string Host = "backend.test.svc.cluster.local";
    private const string Sample =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"";

    [Fact]
    public async Task Headers_OfRouteAndDestination_AreEdited()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x", "X-Gone: 1", "X-Kept: 1"));
        string rule =
            $"  - headers: {{request: {{set: {{x-client: \"%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%\"}}, add: {{x-added: a}}, remove: [x-secret]}}, response: {{remove: [x-gone], set: {{x-route: \"%UPSTREAM_CLUSTER%\"}}}}}}\n"
            + $"    route: [{{destination: {{host: {Host}, port: {{number: 80}}}}, headers: {{request: {{set: {{x-added: b}}}}}}}}]\n";
        await using RunningMesh mesh = await StartAsync(rule, upstream);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: example.com\r\nX-Secret: s\r\n\r\n");
        UpstreamRequest request = upstream.Requests.Single();
        Assert.Equal("127.0.0.1", request.Header("x-client"));
        Assert.Null(request.Header("x-secret"));
        Assert.Contains("b", request.Headers("x-added"));
        Assert.Null(response.Header("x-gone"));
        Assert.Equal("1", response.Header("x-kept"));
        Assert.Equal($"outbound|80||{Host}", response.Header("x-route"));
    }

    [Fact]
    public async Task Redirect_Rule_HasItsLocation()
    {
        string rule = "  - match: [{uri: {prefix: /old}}]\n    redirect: {uri: /new, authority: other.example, redirectCode: 308}\n";
        await using RunningMesh mesh = await StartAsync(rule);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("GET /old/x?q=1 HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal((308, ""), (response.Status, response.Body));
        Assert.StartsWith("http://other.example/new", response.Header("location"));
    }

    [Fact]
    public async Task Cors_OtherOrigin_IsForwardedWithoutPermission()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x", "Access-Control-Allow-Origin: mine"));
        string rule = MeshText.Route(Host, "corsPolicy: {allowOrigins: [{exact: \"https://good.example\"}], allowMethods: [GET], exposeHeaders: [X-A, X-B], maxAge: 10m}");
        await using RunningMesh mesh = await StartAsync(rule, upstream);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse other = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: example.com\r\nOrigin: https://bad.example\r\n\r\n");
        RawResponse good = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: example.com\r\nOrigin: https://good.example\r\n\r\n");
        RawResponse preflight = await client.ExchangeAsync(
            "OPTIONS / HTTP/1.1\r\nHost: example.com\r\nOrigin: https://bad.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n");
        Assert.Equal(["mine"], other.Headers("access-control-allow-origin"));
        Assert.Equal(["https://good.example"], good.Headers("access-control-allow-origin"));
        Assert.Equal("X-A,X-B", good.Header("access-control-expose-headers"));
        Assert.Equal((200, "x"), (preflight.Status, preflight.Body));
        Assert.Equal(3, upstream.Requests.Count);
    }

    [Fact]
    public async Task Mirror_Request_IsCopiedAndNeverWaitedFor()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("main"));
        await using ScriptedUpstream silent = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await using ScriptedUpstream shadow = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("shadow"));
        const string Shadow = "shadow.test.svc.cluster.local";
        const string Silent = "silent.test.svc.cluster.local";
        string rule = MeshText.Route(Host, $"mirrors: [{{destination: {{host: {Shadow}, port: {{number: 80}}}}}}, {{destination: {{host: {Silent}, port: {{number: 80}}}}}}]");
        await using RunningMesh mesh = await RunningMesh.StartAsync(MeshText.Plain(
            rule,
            MeshText.Service(Host, 80, (upstream.EndPoint, "")) + MeshText.Service(Shadow, 80, (shadow.EndPoint, "")) + MeshText.Service(Silent, 80, (silent.EndPoint, ""))));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal("main", (await client.ExchangeAsync("POST /a?b HTTP/1.1\r\nHost: example.com:80\r\nContent-Length: 4\r\n\r\nbody")).Body);
        Assert.Equal("main", (await client.ExchangeAsync("GET /c HTTP/1.1\r\nHost: example.com\r\n\r\n")).Body);
        await shadow.UntilAsync(() => shadow.Requests.Count == 2, "both copies have come");
        UpstreamRequest post = shadow.Requests.Single(static request => request.Method == "POST");
        Assert.Equal(("/a?b", "body", "example.com-shadow:80"), (post.Target, post.Body, post.Header("host")));
        Assert.Equal("example.com-shadow", shadow.Requests.Single(static request => request.Method == "GET").Header("host"));
        Assert.Equal(2, upstream.Requests.Count);
        await silent.ConnectedAsync(2);
    }

    [Fact]
    public async Task Mirror_BodyOverTheBound_IsDroppedAndCounted()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(request.Body.Length.ToString()));
        await using ScriptedUpstream shadow = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("shadow"));
        const string Shadow = "shadow.test.svc.cluster.local";
        string rule = MeshText.Route(Host, $"mirror: {{host: {Shadow}, port: {{number: 80}}}}");
        await using RunningMesh mesh = await RunningMesh.StartAsync(MeshText.Plain(
            rule, MeshText.Service(Host, 80, (upstream.EndPoint, "")) + MeshText.Service(Shadow, 80, (shadow.EndPoint, ""))));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        const int Length = 300_000;
        RawResponse response = await client.ExchangeAsync($"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: {Length}\r\n\r\n{new string('b', Length)}");
        Assert.Equal(Length.ToString(), response.Body);
        Assert.Equal(1, await mesh.Edge.CounterAsync("edge_limits_hit_total", "limit=\"mirrors\""));
        Assert.Empty(shadow.Requests);
    }

    [Fact]
    public async Task Retry_BodyOverTheReplayBound_IsNotTriedAgain()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        await using RunningMesh mesh = await StartAsync(MeshText.Route(Host, "retries: {attempts: 2, retryOn: \"503\", backoff: 1ms}"), upstream);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        const int Length = 300_000;
        RawResponse response = await client.ExchangeAsync($"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: {Length}\r\n\r\n{new string('b', Length)}");
        Assert.Equal(503, response.Status);
        Assert.Single(upstream.Requests);
        Assert.Equal(["503 - via_upstream"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Grpc_Timeout_ShortensTheRoutes()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await using RunningMesh mesh = await StartAsync(MeshText.Route(Host, "timeout: 60s\nretries: {attempts: 0}"), upstream);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(
            "POST /s/m HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\ngrpc-timeout: 100m\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal((200, "14", "upstream request timeout"), (response.Status, response.Header("grpc-status"), response.Header("grpc-message")));
        Assert.Equal(["200 UT response_timeout"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task Cookie_OfAHash_IsMadeOnceAndKeepsItsEndpoint()
    {
        await using ScriptedUpstream one = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("one"));
        await using ScriptedUpstream two = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("two"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(MeshText.Plain(
            MeshText.Route(Host),
            MeshText.Service(Host, 80, (one.EndPoint, ""), (two.EndPoint, ""))
            + MeshText.Rule(Host, "{loadBalancer: {consistentHash: {httpCookie: {name: sid, path: /, ttl: 60s}}}}")));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse first = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Match cookie = Regex.Match(first.Header("set-cookie")!, "^sid=\"([0-9a-f]{16})\"; Max-Age=60; Path=/; HttpOnly$");
        Assert.True(cookie.Success, first.Header("set-cookie"));
        for (int i = 0; i < 10; i++)
        {
            RawResponse next = await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: example.com\r\nCookie: sid={cookie.Groups[1].Value}\r\n\r\n");
            Assert.Equal(first.Body, next.Body);
            Assert.Null(next.Header("set-cookie"));
        }
    }

    [Fact]
    public async Task Log_OfTheSamplesFormat_IsExact()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(MeshText.Plain(
            MeshText.Route(Host, "rewrite: {uri: /inner/}"), MeshText.Service(Host, 80, (upstream.EndPoint, "")), Sample));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.ExchangeAsync("POST /outer?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8 \"x\"\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Length: 3\r\n\r\nabc");
        string id = upstream.Requests.Single().Header("x-request-id")!;
        Assert.Matches(
            "^\\[\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\\] \"POST /outer\\?a=b HTTP/1\\.1\" 200 - 3 5 \\d+ \\d+ \"203\\.0\\.113\\.9, 127\\.0\\.0\\.1\" "
            + "\"curl/8 \\\\x22x\\\\x22\" \"" + id + "\" \"example\\.com\" \"" + Regex.Escape(upstream.Address) + "\"$",
            (await mesh.LinesAsync(1))[0]);
    }

    private static Task<RunningMesh> StartAsync(string rule, ScriptedUpstream? upstream = null) =>
        RunningMesh.StartAsync(MeshText.Plain(rule, upstream is null ? "" : MeshText.Service(Host, 80, (upstream.EndPoint, ""))));
}
