using System.Text.Json.Nodes;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>What a collector gets for each kind of exchange, member for member.</summary>
public sealed class ZipkinSpanTests
{
    private const string Request = "GET /a/b?q=1 HTTP/1.1\r\nHost: Example.com:81\r\n\r\n";

    [Fact]
    public async Task Proxied_Exchange_GivesThreeSpans()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        Assert.Equal(200, (await client.ExchangeAsync(Request)).Status);

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(3);
        string expected = """
            {"traceId":"trace","name":"GET","id":"id of GET","kind":"SERVER","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":{"ipv4":"127.0.0.1","port":"client"},"annotations":[{"timestamp":0,"value":"krs"},{"timestamp":0,"value":"krf"}],"tags":{"lc":"kong","http.method":"GET","http.host":"example.com","http.path":"/a/b","http.protocol":"HTTP/1.1","http.status_code":"200","kong.node.id":"node"}}
            {"traceId":"trace","name":"GET (balancer try 1)","parentId":"id of GET","id":"id of GET (balancer try 1)","kind":"CLIENT","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":{"serviceName":"app","ipv4":"127.0.0.1","port":"upstream"},"tags":{"kong.balancer.try":"1","kong.service":"uuid","kong.service_name":"app","kong.route":"uuid","kong.route_name":"all"}}
            {"traceId":"trace","name":"GET (proxy)","parentId":"id of GET","id":"id of GET (proxy)","kind":"CLIENT","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":{"serviceName":"app","ipv4":"127.0.0.1","port":"upstream"},"annotations":[{"timestamp":0,"value":"kas"},{"timestamp":0,"value":"kaf"},{"timestamp":0,"value":"khs"},{"timestamp":0,"value":"khf"},{"timestamp":0,"value":"kbs"},{"timestamp":0,"value":"kbf"}],"tags":{"peer.hostname":"127.0.0.1","kong.service":"uuid","kong.service_name":"app","kong.route":"uuid","kong.route_name":"all"}}
            """;
        Assert.Equal(expected, SpanText.Of(spans, Known(client, edge, upstream)));
        UpstreamRequest seen = upstream.Requests.Single();
        UpstreamRequest post = collector.Requests.First();
        Assert.Equal("POST /api/v2/spans HTTP/1.1", post.StartLine);
        Assert.Equal("application/json", post.Header("Content-Type"));
        Assert.Matches("^[0-9a-f]{32}$", seen.Header("x-b3-traceid")!);
        Assert.Equal("1", seen.Header("x-b3-sampled"));
    }

    [Fact]
    public async Task Proxied_Exchange_TellsUpstreamTheProxySpan()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nX-B3-TraceId: 463ac35c9f6413ad48485a3953bb6124\r\nX-B3-SpanId: a2fb4a1d1a96d312\r\nX-B3-ParentSpanId: 0020000000000001\r\n\r\n");

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(3);
        UpstreamRequest seen = upstream.Requests.Single();
        JsonObject request = spans.Single(static span => (string)span["kind"]! == "SERVER");
        JsonObject proxy = spans.Single(static span => (string)span["name"]! == "GET (proxy)");
        Assert.Equal(("463ac35c9f6413ad48485a3953bb6124", "a2fb4a1d1a96d312", "0020000000000001"), ((string)request["traceId"]!, (string)request["id"]!, (string)request["parentId"]!));
        Assert.Equal(((string)proxy["id"]!, "a2fb4a1d1a96d312"), (seen.Header("x-b3-spanid"), seen.Header("x-b3-parentspanid")));
    }

    [Fact]
    public async Task Retried_Exchange_HasASpanForEachTry()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream good = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using ScriptedUpstream bad = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            peer.Reset();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single([good.Address, bad.Address], tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        // Round robin: one of two begins at the bad one.
        Assert.Equal(200, (await client.ExchangeAsync(Request)).Status);
        Assert.Equal(200, (await client.ExchangeAsync(Request)).Status);

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(7);
        string trace = (string)spans.Single(static span => (string)span["name"]! == "GET (balancer try 2)")["traceId"]!;
        JsonObject[] tries = [.. spans.Where(span => (string)span["traceId"]! == trace && ((string)span["name"]!).Contains("try", StringComparison.Ordinal))];
        string expected = """
            {"traceId":"trace","name":"GET (balancer try 1)","parentId":"request","id":"id of GET (balancer try 1)","kind":"CLIENT","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":{"serviceName":"app","ipv4":"127.0.0.1","port":"bad"},"tags":{"kong.balancer.try":"1","error":"true","kong.balancer.state":"failed","http.status_code":"502","kong.service":"uuid","kong.service_name":"app","kong.route":"uuid","kong.route_name":"all"}}
            {"traceId":"trace","name":"GET (balancer try 2)","parentId":"request","id":"id of GET (balancer try 2)","kind":"CLIENT","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":{"serviceName":"app","ipv4":"127.0.0.1","port":"good"},"tags":{"kong.balancer.try":"2","kong.service":"uuid","kong.service_name":"app","kong.route":"uuid","kong.route_name":"all"}}
            """;
        string request = (string)spans.Single(span => (string)span["traceId"]! == trace && (string)span["name"]! == "GET")["id"]!;
        Assert.Equal(
            expected,
            SpanText.Of(tries, (request, "request"), (good.EndPoint.Port.ToString(), "good"), (bad.EndPoint.Port.ToString(), "bad")));
    }

    [Fact]
    public async Task Unmatched_Request_GivesRequestAndProxySpan()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, routeExtra: "methods: [POST]", tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        Assert.Equal(404, (await client.ExchangeAsync(Request)).Status);

        string expected = """
            {"traceId":"trace","name":"GET","id":"id of GET","kind":"SERVER","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":{"ipv4":"127.0.0.1","port":"client"},"annotations":[{"timestamp":0,"value":"krs"},{"timestamp":0,"value":"krf"}],"tags":{"lc":"kong","http.method":"GET","http.host":"example.com","http.path":"/a/b","http.protocol":"HTTP/1.1","http.status_code":"404","kong.node.id":"node"}}
            {"traceId":"trace","name":"GET (proxy)","parentId":"id of GET","id":"id of GET (proxy)","kind":"CLIENT","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":null,"annotations":[{"timestamp":0,"value":"kas"},{"timestamp":0,"value":"kaf"},{"timestamp":0,"value":"khs"},{"timestamp":0,"value":"khf"},{"timestamp":0,"value":"kbs"},{"timestamp":0,"value":"kbf"}]}
            """;
        Assert.Equal(expected, SpanText.Of(await collector.SpansAsync(2), Known(client, edge, upstream)));
    }

    [Fact]
    public async Task Unauthorised_Request_HasNoTry()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string plugins = collector.Plugin() + "\n- {name: jwt}";
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: plugins));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        Assert.Equal(401, (await client.ExchangeAsync(Request)).Status);

        string expected = """
            {"traceId":"trace","name":"GET","id":"id of GET","kind":"SERVER","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":{"ipv4":"127.0.0.1","port":"client"},"annotations":[{"timestamp":0,"value":"krs"},{"timestamp":0,"value":"krf"}],"tags":{"lc":"kong","http.method":"GET","http.host":"example.com","http.path":"/a/b","http.protocol":"HTTP/1.1","http.status_code":"401","kong.node.id":"node"}}
            {"traceId":"trace","name":"GET (proxy)","parentId":"id of GET","id":"id of GET (proxy)","kind":"CLIENT","timestamp":0,"duration":0,"localEndpoint":{"serviceName":"kong"},"remoteEndpoint":{"serviceName":"app","port":"port"},"annotations":[{"timestamp":0,"value":"kas"},{"timestamp":0,"value":"kaf"},{"timestamp":0,"value":"khs"},{"timestamp":0,"value":"khf"},{"timestamp":0,"value":"kbs"},{"timestamp":0,"value":"kbf"}],"tags":{"kong.service":"uuid","kong.service_name":"app","kong.route":"uuid","kong.route_name":"all"}}
            """;
        Assert.Equal(expected, SpanText.Of(await collector.SpansAsync(2), Known(client, edge, upstream)));
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Proxied_WithEveryOption_SaysMore()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string options = """
            local_service_name: edge
            default_service_name: somebody
            http_span_name: method_path
            phase_duration_flavor: tags
            traceid_byte_count: 8
            http_response_header_for_traceid: X-Trace
            static_tags: [{name: env, value: test}, {name: changed, value: static}]
            header_tag: http.request.headers.x-request-id
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: collector.Plugin(options)));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        RawResponse response = await client.ExchangeAsync(
            "GET /caf%C3%A9 HTTP/1.1\r\nHost: a\r\nX-Request-ID: r1\r\nZipkin-Tags: user=me; bad; changed=by client\r\nzipkin-tags: more=1\r\n\r\n");

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(3);
        JsonObject request = spans.Single(static span => (string)span["kind"]! == "SERVER");
        JsonObject proxy = spans.Single(static span => ((string)span["name"]!).EndsWith("(proxy)", StringComparison.Ordinal));
        Assert.Equal((string)request["traceId"]!, response.Header("X-Trace"));
        Assert.Matches("^[0-9a-f]{16}$", response.Header("X-Trace")!);
        Assert.StartsWith("GET /caf", (string)request["name"]!, StringComparison.Ordinal);
        Assert.Equal("edge", (string)request["localEndpoint"]!["serviceName"]!);
        Assert.Equal("somebody", (string)request["remoteEndpoint"]!["serviceName"]!);
        Assert.Null(request["annotations"]);
        JsonObject tags = request["tags"]!.AsObject();
        Assert.Equal(
            ("test", "by client", "r1", "me", "1"),
            ((string)tags["env"]!, (string)tags["changed"]!, (string)tags["http.request.headers.x-request-id"]!, (string)tags["user"]!, (string)tags["more"]!));
        Assert.False(tags.ContainsKey("bad"));
        Assert.True(tags.ContainsKey("kong.rewrite.duration_ms"));
        Assert.All(
            (string[])["kong.access.duration_ms", "kong.header_filter.duration_ms", "kong.body_filter.duration_ms"],
            name => Assert.True(int.Parse((string)proxy["tags"]![name]!) >= 0));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public async Task Authenticated_Request_TellsConsumerAndCredential(string include, bool credential)
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string plugins = collector.Plugin("include_credential: " + include) + """

            - {name: jwt}
            consumers:
            - username: me
              jwt_secrets: [{key: k, secret: s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t}]
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: plugins));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        Assert.Equal(200, (await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {Tokens.Hs256("k", "s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t")}\r\n\r\n")).Status);

        JsonObject tags = (await collector.SpansAsync(3)).Single(static span => (string)span["kind"]! == "SERVER")["tags"]!.AsObject();
        Assert.True(Guid.TryParse((string)tags["kong.consumer"]!, out _));
        Assert.Equal(credential, tags.ContainsKey("kong.credential"));
    }

    [Fact]
    public async Task Service_WithoutUpstream_NamesItsHost()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string kong = $"""
            _format_version: "3.0"
            services:
            - url: http://{upstream.Address}
              routes: [{"{"}paths: ["/"]{"}"}]
            {collector.Plugin()}
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(kong);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync(Request);

        JsonObject proxy = (await collector.SpansAsync(3)).Single(static span => (string)span["name"]! == "GET (proxy)");
        Assert.Equal("127.0.0.1", (string)proxy["tags"]!["peer.hostname"]!);
        Assert.Null(proxy["remoteEndpoint"]!["serviceName"]);
        Assert.Null(proxy["tags"]!["kong.route_name"]);
    }

    [Fact]
    public async Task ClientAbort_DuringTheAnswer_StillGivesItsSpans()
    {
        await using SpanCollector collector = new();
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            reached.TrySetResult();
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.SendAsync(Request);
        await reached.Task;
        client.Reset();

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(3);
        Assert.Equal("499", (string)spans.Single(static span => (string)span["kind"]! == "SERVER")["tags"]!["http.status_code"]!);
        JsonObject attempt = spans.Single(static span => (string)span["name"]! == "GET (balancer try 1)");
        Assert.Null(attempt["tags"]!["error"]);
    }

    [Fact]
    public async Task UpstreamTimeout_FailsItsTry()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer => await peer.ToEndAsync());
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address, serviceExtra: "retries: 0\nread_timeout: 100", tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        Assert.Equal(504, (await client.ExchangeAsync(Request)).Status);

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(3);
        JsonObject attempt = spans.Single(static span => (string)span["name"]! == "GET (balancer try 1)");
        Assert.Equal(("true", "504"), ((string)attempt["tags"]!["error"]!, (string)attempt["tags"]!["http.status_code"]!));
        Assert.InRange((long)attempt["duration"]!, 90_000, 30_000_000);
    }

    [Fact]
    public async Task Tunnel_GivesItsSpansWhenItEnds()
    {
        await using SpanCollector collector = new();
        TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
            await end.Task;
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        RawResponse response = await client.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.Equal(101, response.Status);
        Assert.Equal(0, collector.Posts);
        end.SetResult();
        client.Reset();

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(3);
        Assert.Equal("101", (string)spans.Single(static span => (string)span["kind"]! == "SERVER")["tags"]!["http.status_code"]!);
    }

    [Fact]
    public async Task BadRequest_ThatWasUnderstood_IsTraced()
    {
        await using SpanCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: collector.Plugin()));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        Assert.Equal(400, (await client.ExchangeAsync("GET /a/../../b HTTP/1.1\r\nHost: a\r\n\r\n")).Status);

        IReadOnlyList<JsonObject> spans = await collector.SpansAsync(2);
        Assert.Equal("/a/../../b", (string)spans.Single(static span => (string)span["kind"]! == "SERVER")["tags"]!["http.path"]!);
    }

    private static (string, string)[] Known(RawClient client, RunningEdge edge, ScriptedUpstream upstream) =>
    [
        (((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port.ToString(), "client"),
        (upstream.EndPoint.Port.ToString(), "upstream"),
        (edge.Host.Node.NodeId, "node"),
    ];
}
