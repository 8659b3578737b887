using System.Text.Json;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>ip-restriction, correlation-id and request-termination over sockets.</summary>
public sealed class AnswerPluginTests
{
    [Theory]
    [InlineData("allow: [127.0.0.0/8]", 200)]
    [InlineData("deny: [127.0.0.1]", 403)]
    [InlineData("allow: [10.0.0.0/8]", 403)]
    [InlineData("deny: [10.0.0.0/8]", 200)]
    public async Task IpRestriction_JudgesTheClientsAddress(string config, int status)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync($"plugins: [{{name: ip-restriction, config: {{{config}}}}}]");

        RawResponse response = await edge.SendAsync("/a", "X-Real-IP: 10.9.9.9");

        Assert.Equal(status, response.Status);
        if (status == 403)
        {
            Assert.StartsWith("{\n  \"message\":\"Your IP address is not allowed\"", response.Body);
        }
    }

    [Fact]
    public async Task IpRestriction_BehindATrustedProxy_JudgesWhoIsBehindIt()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(
            "plugins: [{name: ip-restriction, config: {deny: [10.9.0.0/16], status: 404, message: gone}}]",
            ("KONG_TRUSTED_IPS", "127.0.0.1"), ("KONG_REAL_IP_HEADER", "X-Real-IP"));

        RawResponse refused = await edge.SendAsync("/a", "X-Real-IP: 10.9.9.9");
        RawResponse passed = await edge.SendAsync("/a", "X-Real-IP: 10.8.9.9");

        Assert.Equal((404, 200), (refused.Status, passed.Status));
        Assert.Contains("\"message\":\"gone\"", refused.Body);
    }

    [Theory]
    [InlineData("uuid", "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
    [InlineData("'uuid#counter'", "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}#[0-9]+$")]
    [InlineData("tracker", "^127\\.0\\.0\\.1-[0-9]+-[0-9]+-[0-9]+-1-[0-9]{10}\\.[0-9]{3}$")]
    public async Task CorrelationId_MadeUp_GoesUpAndComesBack(string generator, string pattern)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(
            $"plugins: [{{name: correlation-id, config: {{generator: {generator}, header_name: X-Trace, echo_downstream: true}}}}]");

        RawResponse first = await edge.SendAsync("/a");
        string? up = edge.Sent()!.Header("X-Trace");
        RawResponse second = await edge.SendAsync("/a");

        Assert.Matches(pattern, up);
        Assert.Equal(up, first.Header("X-Trace"));
        Assert.NotEqual(up, second.Header("X-Trace"));
    }

    [Fact]
    public async Task CorrelationId_Counter_CountsTheRequestsOfItsWorker()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("plugins: [{name: correlation-id}]");
        string[] ids = new string[3];
        for (int i = 0; i < ids.Length; i++)
        {
            RawResponse response = await edge.SendAsync("/a");
            Assert.Null(response.Header("Kong-Request-ID"));
            ids[i] = edge.Sent()!.Header("Kong-Request-ID")!;
        }

        Assert.Single(ids.Select(static id => id.Split('#')[0]).Distinct());
        Assert.Equal(["1", "2", "3"], ids.Select(static id => id.Split('#')[1]));
    }

    [Fact]
    public async Task CorrelationId_OfTheClient_IsKeptWhateverItsLength()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("""
            plugins:
            - {name: correlation-id, config: {echo_downstream: true}}
            - {name: request-transformer, config: {remove: {headers: [Kong-Request-ID]}}}
            """);
        string id = new('i', 900);

        RawResponse response = await edge.SendAsync("/a", "kong-request-id: " + id);

        Assert.Equal(id, response.Header("Kong-Request-ID"));
        Assert.Null(edge.Sent()!.Header("Kong-Request-ID"));
        Assert.Matches("#[0-9]+$", (await edge.SendAsync("/a", "Kong-Request-ID:")).Header("Kong-Request-ID"));
    }

    // header_filter of a global plugin runs on answers that no access phase has seen.
    [Fact]
    public async Task CorrelationId_Global_IsOnAnswersWithoutRouteAndOnRefusals()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("""
            routes: [{name: never, hosts: [never.test], methods: [PUT]}]
            plugins: [{name: correlation-id, config: {echo_downstream: true}}, {name: key-auth, service: app}]
            """);
        await using RawClient client = await RawClient.ConnectAsync(edge.Edge.Proxy);

        RawResponse refused = await edge.SendAsync("/a", "Kong-Request-ID: mine");
        RawResponse malformed = await client.ExchangeAsync("GET /a HTTP/1.1\r\nKong-Request-ID: mine\r\nHost: a\r\nHost: b\r\n\r\n");

        Assert.Equal((401, "mine"), (refused.Status, refused.Header("Kong-Request-ID")));
        Assert.Equal(400, malformed.Status);
        Assert.Matches("#[0-9]+$", malformed.Header("Kong-Request-ID"));
    }

    [Theory]
    [InlineData("{}", 503, "{\"message\":\"Service unavailable\"}", "application/json; charset=utf-8")]
    [InlineData("{status_code: 403, message: So long}", 403, "{\"message\":\"So long\"}", "application/json; charset=utf-8")]
    [InlineData("{status_code: 200}", 200, "", null)]
    [InlineData("{status_code: 451, content_type: text/x, body: 'as is'}", 451, "as is", "text/x")]
    [InlineData("{status_code: 451, body: 'as is'}", 451, "as is", null)]
    [InlineData("{status_code: 204, message: nothing}", 204, "", null)]
    public async Task Termination_AnswersInsteadOfTheUpstream(string config, int status, string body, string? contentType)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync($"plugins: [{{name: request-termination, config: {config}}}]");

        RawResponse response = await edge.SendAsync("/a");

        Assert.Equal((status, body, contentType), (response.Status, response.Body, response.Header("Content-Type")));
        Assert.Equal(status == 204 ? null : body.Length.ToString(), response.Header("Content-Length"));
        Assert.NotNull(response.Header("X-Kong-Response-Latency"));
        Assert.Null(edge.Sent());
    }

    [Fact]
    public async Task Termination_WithTrigger_AnswersOnlyWhenItIsThere()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("plugins: [{name: request-termination, config: {trigger: x-stop, status_code: 404}}]");

        Assert.Equal(200, (await edge.SendAsync("/a")).Status);
        Assert.Equal(404, (await edge.SendAsync("/a", "X-Stop: 0")).Status);
        Assert.Equal(404, (await edge.SendAsync("/a?x-stop")).Status);
    }

    [Fact]
    public async Task Termination_RouteWithoutService_AnswersBeforeItIsMissed()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("""
            routes:
            - {name: ended, paths: [/ended], plugins: [{name: request-termination, config: {status_code: 410, message: Gone}}]}
            - {name: bare, paths: [/bare]}
            """);

        RawResponse ended = await edge.SendAsync("/ended");
        RawResponse bare = await edge.SendAsync("/bare");

        Assert.Equal((410, "{\"message\":\"Gone\"}"), (ended.Status, ended.Body));
        Assert.Equal(503, bare.Status);
        Assert.Contains("no Service found with those values", bare.Body);
    }

    // Lowest priority: whatever else may refuse has refused before.
    [Fact]
    public async Task Termination_ComesAfterEverythingElse()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("""
            plugins:
            - {name: request-termination, config: {status_code: 410}}
            - {name: key-auth}
            - {name: response-transformer, config: {add: {headers: ["X-Added:1"]}}}
            consumers: [{username: c, keyauth_credentials: [{key: k}]}]
            """);

        RawResponse refused = await edge.SendAsync("/a");
        RawResponse ended = await edge.SendAsync("/a?apikey=k");

        Assert.Equal((401, "1"), (refused.Status, refused.Header("X-Added")));
        Assert.Equal((410, "1"), (ended.Status, ended.Header("X-Added")));
    }

    [Fact]
    public async Task Termination_Echo_DescribesTheRequest()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("plugins: [{name: request-termination, config: {echo: true, status_code: 404, message: look}}]");

        RawResponse response = await edge.SendAsync(
            "POST /a/b?x=1&x=2&flag&y=%20", "Content-Type: application/json", "X-One: 1", "X-Two: a", "X-Two: b", "body={\"k\":[1]}");

        Assert.Equal(404, response.Status);
        JsonElement answer = JsonDocument.Parse(response.Body).RootElement;
        JsonElement request = answer.GetProperty("request");
        Assert.Equal("look", answer.GetProperty("message").GetString());
        Assert.Equal("POST http shop.test /a/b", $"{request.GetProperty("method")} {request.GetProperty("scheme")} {request.GetProperty("host")} {request.GetProperty("path")}");
        Assert.Equal(edge.Edge.Proxy.Port, request.GetProperty("port").GetInt32());
        Assert.Equal("[\"1\",\"2\"]", request.GetProperty("query").GetProperty("x").GetRawText());
        Assert.Equal("true", request.GetProperty("query").GetProperty("flag").GetRawText());
        Assert.Equal(" ", request.GetProperty("query").GetProperty("y").GetString());
        Assert.Equal("1", request.GetProperty("headers").GetProperty("x-one").GetString());
        Assert.Equal("[\"a\",\"b\"]", request.GetProperty("headers").GetProperty("x-two").GetRawText());
        Assert.Equal("{\"k\":[1]}", request.GetProperty("raw_body").GetString());
        Assert.Equal("{\"k\":[1]}", request.GetProperty("body").GetRawText());
        Assert.Equal("all", answer.GetProperty("matched_route").GetProperty("name").GetString());
        Assert.Equal("app", answer.GetProperty("matched_service").GetProperty("name").GetString());
        Assert.Equal(Environment.ProcessId, answer.GetProperty("kong").GetProperty("worker_pid").GetInt32());
    }

    [Fact]
    public async Task Termination_EchoWithoutItsTrigger_CollectsNothing()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(
            "plugins: [{name: request-termination, config: {echo: true, trigger: stop}}]");

        // More than is ever collected.
        Assert.Equal(200, (await edge.SendAsync("POST /a", "body=" + new string('x', 1_500_000))).Status);
        Assert.Equal(503, (await edge.SendAsync("POST /a?stop", "body=x")).Status);
    }
}
