using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>What a Gateway listener itself writes into heads, in both directions and byte for byte where spelling counts.</summary>
public sealed class HeadFieldTests
{
    private const string Host = "backend.test.svc.cluster.local";
    private const string Get = "GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n";

    [Fact]
    public async Task Request_OwnFields_AreSpelledAsByEnvoy()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 5s");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.ExchangeAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nX-Mixed: 1\r\nTE: trailers\r\nContent-Length: 1\r\n\r\na");
        await client.ExchangeAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
        string[] counted = Names(upstream.Requests.First().Head);
        Assert.Equal(
            [
                "Host", "X-Mixed", "connection", "content-length", "te", "x-envoy-attempt-count", "x-envoy-expected-rq-timeout-ms", "x-envoy-external-address",
                "x-forwarded-for", "x-forwarded-proto", "x-request-id",
            ],
            counted.Order(StringComparer.Ordinal));
        Assert.Contains("transfer-encoding", Names(upstream.Requests.Last().Head));
    }

    [Fact]
    public async Task Response_OwnFields_AreSpelledAsByEnvoy()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static request => request.Target switch
        {
            "/chunked" => "HTTP/1.1 200 OK\r\nServer: origin\r\nX-Mixed: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            _ => ScriptedUpstream.Ok("x", "Server: origin", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "x-envoy-decorator-operation: backend:80/*", "Keep-Alive: timeout=5", "X-Envoy-Upstream-Service-Time: 99999"),
        });
        await using RunningMesh mesh = await StartAsync(upstream, "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse chunked = await client.ExchangeAsync("GET /chunked HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal(
            ["X-Mixed", "date", "server", "transfer-encoding", "x-envoy-upstream-service-time"],
            chunked.Fields.Select(static field => field.Name).Order(StringComparer.Ordinal));
        Assert.Equal("istio-envoy", chunked.Header("server"));
        RawResponse counted = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n");
        Assert.Equal(["istio-envoy"], counted.Headers("server"));
        Assert.Equal(["Thu, 01 Jan 1970 00:00:00 GMT"], counted.Headers("date"));
        Assert.Equal(["close"], counted.Headers("connection"));
        Assert.True(int.Parse(Assert.Single(counted.Headers("x-envoy-upstream-service-time"))) < 99_999);
        Assert.Null(counted.Header("x-envoy-decorator-operation"));
        Assert.Null(counted.Header("keep-alive"));
        Assert.Contains(counted.Fields, static field => field.Name == "server");
        Assert.Contains(counted.Fields, static field => field.Name == "connection");
    }

    [Fact]
    public async Task HopByHop_Fields_GoNeitherWay()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok(
            "x", "Keep-Alive: timeout=5", "Proxy-Authenticate: Basic", "Proxy-Connection: close", "Upgrade: h2c", "Connection: X-Own", "X-Own: 1", "Trailer: x-t", "X-Kept: 1"));
        await using RunningMesh mesh = await StartAsync(upstream, "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(
            "GET /a HTTP/1.1\r\nHost: example.com\r\nConnection: keep-alive, X-Own, X-Forwarded-For\r\nX-Own: 1\r\nX-Forwarded-For: 9.9.9.9\r\nKeep-Alive: 5\r\n"
            + "Proxy-Authorization: Basic x\r\nProxy-Connection: close\r\nTE: gzip, trailers\r\nTrailer: x-t\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nX-Kept: 1\r\n\r\n");
        Assert.Equal(
            ["X-Kept", "content-length", "date", "server", "x-envoy-upstream-service-time"],
            response.Fields.Select(static field => field.Name).Order(StringComparer.Ordinal));
        UpstreamRequest request = upstream.Requests.Single();
        Assert.Equal(
            ["Host", "X-Kept", "connection", "te", "x-envoy-attempt-count", "x-envoy-external-address", "x-forwarded-for", "x-forwarded-proto", "x-request-id"],
            Names(request.Head).Order(StringComparer.Ordinal));
        Assert.Equal(("127.0.0.1", "trailers", "TE"), (request.Header("x-forwarded-for"), request.Header("te"), request.Header("connection")));
    }

    [Fact]
    public async Task LocalReply_HasNothingElse()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => "");
        await using RunningMesh mesh = await StartAsync(upstream, "fault: {abort: {percentage: {value: 100}, httpStatus: 503}}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse text = await client.ExchangeAsync(Get);
        Assert.Equal(["content-type", "server", "content-length", "date"], text.Fields.Select(static field => field.Name));
        RawResponse empty = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: other.com\r\n\r\n");
        Assert.Equal(["server", "content-length", "date"], empty.Fields.Select(static field => field.Name));
        Assert.Equal("0", empty.Header("content-length"));
        RawResponse head = await client.ExchangeAsync("HEAD /a HTTP/1.1\r\nHost: example.com\r\n\r\n", isHead: true);
        Assert.Equal("18", head.Header("content-length"));
        RawResponse grpc = await client.ExchangeAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(["content-type", "grpc-status", "grpc-message", "server", "content-length", "date"], grpc.Fields.Select(static field => field.Name));
    }

    [Fact]
    public async Task ServiceTime_OfAnAnswerBeforeTheRequestsEnd_IsNotTold()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync(ScriptedUpstream.Ok("early"));
            await peer.ToEndAsync();
        });
        await using RunningMesh mesh = await StartAsync(upstream, "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Length: 10\r\n\r\nhalf");
        Assert.Equal(("early", null), (response.Body, response.Header("x-envoy-upstream-service-time")));
    }

    [Fact]
    public async Task ProxyHeaders_Disabled_AreLeftOut()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x", "Server: origin"));
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 5s\nrewrite: {uri: /b}",
            "proxyHeaders: {server: {disabled: true}, requestId: {disabled: true}, attemptCount: {disabled: true}, envoyDebugHeaders: {disabled: true}}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\nx-request-id: mine\r\n\r\n");
        Assert.Equal(("origin", null), (response.Header("server"), response.Header("x-envoy-upstream-service-time")));
        Assert.Equal(["Host", "x-envoy-external-address", "x-forwarded-for", "x-forwarded-proto"], Names(upstream.Requests.Single().Head).Order(StringComparer.Ordinal));
        Assert.Null((await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: other.com\r\n\r\n")).Header("server"));
    }

    [Fact]
    public async Task ProxyHeaders_RequestIdDisabled_KeepsThatOfATrustedProxy()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "", "gatewayTopology: {numTrustedProxies: 1}\n      proxyHeaders: {requestId: {disabled: true}, server: {value: apache}}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\nx-request-id: mine\r\n\r\n");
        Assert.Equal(("apache", "mine"), (response.Header("server"), upstream.Requests.Single().Header("x-request-id")));
    }

    [Theory]
    [InlineData(0, "", "127.0.0.1", "127.0.0.1")]
    [InlineData(0, "203.0.113.128, 203.0.113.10, 203.0.113.1", "203.0.113.128, 203.0.113.10, 203.0.113.1, 127.0.0.1", "127.0.0.1")]
    [InlineData(1, "203.0.113.128, 203.0.113.10, 203.0.113.1", "203.0.113.128, 203.0.113.10, 203.0.113.1, 127.0.0.1", "203.0.113.1")]
    [InlineData(2, "203.0.113.128, 203.0.113.10, 203.0.113.1", "203.0.113.128, 203.0.113.10, 203.0.113.1, 127.0.0.1", "203.0.113.10")]
    [InlineData(3, "203.0.113.128,203.0.113.10,203.0.113.1", "203.0.113.128,203.0.113.10,203.0.113.1, 127.0.0.1", "203.0.113.128")]
    [InlineData(4, "203.0.113.128, 203.0.113.10, 203.0.113.1", "203.0.113.128, 203.0.113.10, 203.0.113.1, 127.0.0.1", "127.0.0.1")]
    [InlineData(2, "203.0.113.128, unknown, 203.0.113.1", "203.0.113.128, unknown, 203.0.113.1, 127.0.0.1", "127.0.0.1")]
    [InlineData(2, "203.0.113.9|203.0.113.8", "203.0.113.9, 203.0.113.8, 127.0.0.1", "203.0.113.9")]
    [InlineData(1, "2001:db8::7", "2001:db8::7, 127.0.0.1", "2001:db8::7")]
    public async Task ForwardedFor_IsBelievedAsFarAsProxiesAreTrusted(int proxies, string given, string sent, string client)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "", $"gatewayTopology: {{numTrustedProxies: {proxies}}}", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %REQ(X-FORWARDED-FOR)%");
        await using RawClient connection = await RawClient.ConnectAsync(mesh.EndPoint(80));
        string fields = given.Length == 0 ? "" : string.Concat(given.Split('|').Select(static one => $"X-Forwarded-For: {one}\r\n"));
        await connection.ExchangeAsync($"GET /a HTTP/1.1\r\nHost: example.com\r\n{fields}\r\n");
        UpstreamRequest request = upstream.Requests.Single();
        Assert.Equal([sent], request.Headers("x-forwarded-for"));
        Assert.Equal([client], request.Headers("x-envoy-external-address"));
        Assert.Equal([$"{client} {sent}"], await mesh.LinesAsync(1));
    }

    [Theory]
    [InlineData(0, "https", "http")]
    [InlineData(1, "https", "https")]
    [InlineData(1, "HTTPS", "HTTPS")]
    [InlineData(1, "gopher", "http")]
    [InlineData(1, "", "http")]
    public async Task ForwardedProto_IsTheListenersUnlessATrustedProxySaysSo(int proxies, string given, string sent)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "", $"gatewayTopology: {{numTrustedProxies: {proxies}}}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.ExchangeAsync($"GET /a HTTP/1.1\r\nHost: example.com\r\n{(given.Length == 0 ? "" : $"x-forwarded-proto: {given}\r\n")}\r\n");
        Assert.Equal([sent], upstream.Requests.Single().Headers("x-forwarded-proto"));
    }

    [Theory]
    [InlineData("", "", "//a//b", 200, "/a/b")]
    [InlineData("", "", "/a/./b/../%7ec%2d", 200, "/a/~c-")]
    [InlineData("", "", "/a%2Fb?q=%2F", 307, "/a/b?q=%2F")]
    [InlineData("", "", "/a%5cb", 307, "/a/b")]
    [InlineData("", "", "/a/../../b", 400, "")]
    [InlineData("", "", "/a#b", 400, "")]
    [InlineData("", "", "/%2e%2e/b", 400, "")]
    [InlineData("BASE", "", "//a//b", 200, "//a//b")]
    [InlineData("BASE", "", "/a%2fb/./c", 200, "/a%2Fb/c")]
    [InlineData("DEFAULT", "", "/a%2Fb", 200, "/a%2Fb")]
    [InlineData("NONE", "", "/a/./b", 200, "/a/b")]
    [InlineData("MERGE_SLASHES", "", "//a//b%2F/c", 200, "/a/b%2F/c")]
    [InlineData("DECODE_AND_MERGE_SLASHES", "", "/a%2Fb//c%5Cd?x=%2F", 200, "/a/b/c/d?x=%2F")]
    [InlineData("DECODE_AND_MERGE_SLASHES", "", "/a%2F..%2F..%2Fb", 400, "")]
    [InlineData("DECODE_AND_MERGE_SLASHES", "reject", "/a%2Fb", 400, "")]
    [InlineData("BASE", "redirect", "/a%2Fb", 307, "/a/b")]
    [InlineData("", "keep", "/a%2Fb", 200, "/a%2Fb")]
    [InlineData("", "reject", "/a%2Fb", 400, "")]
    public async Task Path_IsNormalisedAsConfigured(string normalization, string setting, string path, int status, string result)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string documents = Documents(upstream, "", "concurrency: 2");
        if (normalization.Length != 0)
        {
            documents = documents.Replace("  meshConfig:\n", $"  meshConfig:\n    pathNormalization: {{normalization: {normalization}}}\n", StringComparison.Ordinal);
        }

        await using RunningMesh mesh = await RunningMesh.StartAsync(documents, null, setting.Length == 0 ? [] : [("EDGE_ESCAPED_SLASHES", setting)]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal(status, response.Status);
        Assert.Equal(result, response.Header("location") ?? upstream.Requests.SingleOrDefault()?.Target ?? "");
    }

    [Fact]
    public async Task Path_WithEscapedSlashes_IsInternalForGrpc()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        foreach (string path in (string[])["/pkg.Svc%2FCall", "/../Call"])
        {
            RawResponse response = await client.ExchangeAsync($"POST {path} HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n");
            Assert.Equal((200, "13", null), (response.Status, response.Header("grpc-status"), response.Header("location")));
            await using RawClient next = await RawClient.ConnectAsync(mesh.EndPoint(80));
        }
    }

    [Fact]
    public async Task RouteFields_ComeBeforeWhatAnAnswerNeeds()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(
            upstream,
            "headers: {response: {set: {content-type: text/html, x-route: \"1\", server: mine, content-length: \"99\", transfer-encoding: gzip, connection: x}}}\n"
            + "fault: {abort: {percentage: {value: 100}, httpStatus: 503}}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal((503, "fault filter abort", "1"), (response.Status, response.Body, response.Header("x-route")));
        Assert.Equal(["text/html"], response.Headers("content-type"));
        Assert.Equal(["istio-envoy"], response.Headers("server"));
        Assert.Equal([], response.Headers("connection"));
        RawResponse grpc = await client.ExchangeAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(["application/grpc"], grpc.Headers("content-type"));
        Assert.Equal("14", grpc.Header("grpc-status"));
    }

    [Fact]
    public async Task Preflight_IsCorsAlone()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(
            upstream, "headers: {response: {set: {x-route: \"1\"}}}\ncorsPolicy: {allowOrigins: [{exact: \"https://a.example\"}], allowMethods: [GET, PUT], maxAge: 60s}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse preflight = await client.ExchangeAsync(
            "OPTIONS /a HTTP/1.1\r\nHost: example.com\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n");
        Assert.Equal(
            [
                ("access-control-allow-origin", "https://a.example"), ("access-control-allow-methods", "GET,PUT"), ("access-control-max-age", "60"),
                ("server", "istio-envoy"), ("content-length", "0"),
            ],
            preflight.Fields.Where(static field => field.Name != "date"));
        RawResponse actual = await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\nOrigin: https://a.example\r\n\r\n");
        Assert.Equal(("1", "https://a.example"), (actual.Header("x-route"), actual.Header("access-control-allow-origin")));
    }

    [Theory]
    [InlineData("TRACE / HTTP/1.1\r\nHost: example.com\r\n\r\n", 405, "Method Not Allowed", true)]
    [InlineData("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", 405, "Method Not Allowed", false)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", 426, "", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "Bad Request", false)]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "Bad Request", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "Bad Request", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n", 417, "Expectation Failed", false)]
    [InlineData("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "HTTP Version Not Supported", false)]
    public async Task Refused_Heads(string request, int status, string body, bool kept)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(request);
        Assert.Equal((status, body, kept ? null : "close"), (response.Status, response.Body, response.Header("connection")));
        Assert.Equal(status == 405, response.Header("allow") is not null);
        Assert.Equal("istio-envoy", response.Header("server"));
        if (kept)
        {
            Assert.Equal("x", (await client.ExchangeAsync(Get)).Body);
        }
        else
        {
            Assert.True(await client.IsClosedAsync());
        }
    }

    // The whole head counts, not its lines; what is too large is no protocol error.
    [Theory]
    [InlineData(99, 100, 200)]
    [InlineData(100, 100, 431)]
    [InlineData(1, 40_000, 200)]
    [InlineData(1, 62_000, 431)]
    public async Task Heads_UpToTheirLimits(int fields, int bytes, int status)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "");
        string lines = string.Concat(Enumerable.Range(0, fields).Select(i => $"x-{i}: {new string('a', bytes / fields)}\r\n"));
        string target = "/" + new string('a', bytes);
        foreach (string request in (string[])[$"GET / HTTP/1.1\r\nHost: example.com\r\n{lines}\r\n", $"GET {target} HTTP/1.1\r\nHost: example.com\r\n\r\n"])
        {
            if (fields != 1 && request.StartsWith("GET /a", StringComparison.Ordinal))
            {
                continue;
            }

            await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
            RawResponse response = await client.ExchangeAsync(request);
            int expected = status == 431 && request.StartsWith("GET /a", StringComparison.Ordinal) ? 414 : status;
            Assert.Equal((expected, status == 200 ? "x" : ""), (response.Status, response.Body));
        }

        Assert.All(await mesh.LinesAsync(fields == 1 ? 2 : 1), line => Assert.Equal(status == 200 ? "- via_upstream" : "- request_headers_too_large", line[4..]));
    }

    [Theory]
    [InlineData("{delay: {percentage: {value: 100}, fixedDelay: 1ms}}", 200, "x", "200 DI via_upstream")]
    [InlineData("{delay: {percentage: {value: 0}, fixedDelay: 600s}}", 200, "x", "200 - via_upstream")]
    [InlineData("{delay: {fixedDelay: 600s}}", 200, "x", "200 - via_upstream")]
    [InlineData("{delay: {percent: 100, fixedDelay: 1ms}}", 200, "x", "200 DI via_upstream")]
    [InlineData("{abort: {percentage: {value: 100}, httpStatus: 599}}", 599, "fault filter abort", "599 FI fault_filter_abort")]
    [InlineData("{abort: {percentage: {value: 100}, grpcStatus: RESOURCE_EXHAUSTED}}", 429, "fault filter abort", "429 FI fault_filter_abort")]
    [InlineData("{abort: {percentage: {value: 0}, httpStatus: 500}}", 200, "x", "200 - via_upstream")]
    [InlineData("{delay: {percentage: {value: 100}, fixedDelay: 1ms}, abort: {percentage: {value: 100}, httpStatus: 418}}", 418, "fault filter abort", "418 DI,FI fault_filter_abort")]
    public async Task Faults_AnswerAndAreFlagged(string fault, int status, string body, string line)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, $"retries: {{attempts: 2, retryOn: 5xx}}\nfault: {fault}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal((status, body), (response.Status, response.Body));
        Assert.Equal([line], await mesh.LinesAsync(1));
        Assert.Equal(body == "x" ? 1 : 0, upstream.Requests.Count);
    }

    [Fact]
    public async Task Continue_OfTheUpstream_GoesDown()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            Assert.Equal("100-continue", new UpstreamRequest((await peer.HeadAsync())!, "").Header("expect"));
            await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await peer.SendAsync(ScriptedUpstream.Ok(await peer.ExactlyAsync(4)));
        });
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 5s");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(100, (await client.ExchangeAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")).Status);
        Assert.Equal("body", (await client.ExchangeAsync("body")).Body);
    }

    [Fact]
    public async Task Client_GoneInsideItsBody_EndsTheUpstreams()
    {
        TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            try
            {
                ended.SetResult(await peer.ToEndAsync());
            }
            catch (System.Net.Sockets.SocketException)
            {
                ended.SetResult("");
            }
        });
        await using RunningMesh mesh = await StartAsync(upstream, "");
        RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.SendAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Length: 10\r\n\r\nhalf");
        await upstream.ConnectedAsync(1);
        client.Reset();
        Assert.True((await ended.Task.WaitAsync(TimeSpan.FromSeconds(20))).Length < 10);
        Assert.Equal(["0 DC downstream_remote_disconnect"], await mesh.LinesAsync(1));
    }

    [Fact]
    public async Task OverMemory_IsOM()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        mesh.Edge.Host.State.Pressure = MemoryPressure.Refuse;
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal((503, "envoy overloaded", "1", "close"), (response.Status, response.Body, response.Header("retry-after"), response.Header("connection")));
        await using RawClient second = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse grpc = await second.ExchangeAsync("POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal((200, "14"), (grpc.Status, grpc.Header("grpc-status")));
        mesh.Edge.Host.State.Pressure = MemoryPressure.None;
        Assert.StartsWith("503 OM overload", (await mesh.LinesAsync(1))[0]);
    }

    [Fact]
    public async Task Draining_AnswersSayClose()
    {
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await answer.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("last"));
        });
        await using RunningMesh mesh = await StartAsync(upstream, "");
        await using RawClient idle = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(404, (await idle.ExchangeAsync("GET /a HTTP/1.1\r\nHost: other.com\r\n\r\n")).Status);
        await using RawClient busy = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await busy.SendAsync(Get);
        await upstream.ConnectedAsync(1);
        Task<int> draining = mesh.Edge.DrainAsync(TimeSpan.FromSeconds(20));
        Assert.True(await idle.IsClosedAsync());
        answer.SetResult();
        RawResponse last = await busy.ReceiveAsync();
        Assert.Equal(("last", "close"), (last.Body, last.Header("connection")));
        Assert.True(await busy.IsClosedAsync());
        Assert.Equal(0, await draining);
    }

    private static string[] Names(string head) => [.. head.Split("\r\n").Skip(1).Select(static line => line.Split(':')[0])];

    private static Task<RunningMesh> StartAsync(ScriptedUpstream upstream, string rule, string proxy = "concurrency: 2", string format = "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%") =>
        RunningMesh.StartAsync(Documents(upstream, rule, proxy, format));

    private static string Documents(ScriptedUpstream upstream, string rule, string proxy, string format = "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%") =>
        MeshText.Plain(MeshText.Route(Host, rule), MeshText.Service(Host, 80, (upstream.EndPoint, "")), format)
            .Replace("  meshConfig:\n", $"  meshConfig:\n    defaultConfig:\n      {proxy}\n", StringComparison.Ordinal);
}
