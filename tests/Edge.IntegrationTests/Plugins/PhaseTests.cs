using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>Which instance of a plugin runs, and in which phases, seen from outside.</summary>
public sealed class PhaseTests
{
    private const string Consumers = """
        consumers:
        - {username: alice, keyauth_credentials: [{key: alices-key}]}
        - {username: bob, keyauth_credentials: [{key: bobs-key}]}
        """;

    // What answered, and the response-transformer that saw the answer: later plugins miss the access phase only.
    [Theory]
    [InlineData("GET /a", "", 401, "service")]
    [InlineData("GET /a?apikey=alices-key", "", 403, "alice")]
    [InlineData("GET /a?apikey=bobs-key", "", 200, "service")]
    [InlineData("OPTIONS /a", "Origin: https://a.test|Access-Control-Request-Method: GET", 200, "service")]
    [InlineData("GET /secure", "", 426, "global")]
    [InlineData("GET /bare", "", 503, "global")]
    [InlineData("PUT /nowhere", "", 404, "global")]
    public async Task Answer_IsSeenByThePluginsOfItsRouteOrTheGlobalOnes(string request, string fields, int status, string seenBy)
    {
        await using PluginEdge edge = await PluginEdge.StartDocumentAsync(address => $$$$"""
            _format_version: "3.0"
            services:
            - name: app
              url: http://{{{{address}}}}
              routes:
              - {name: narrow, paths: [/a], methods: [GET, OPTIONS], strip_path: false}
              - {name: secure, paths: [/secure], protocols: [https]}
            routes:
            - {name: bare, paths: [/bare]}
            {{{{Consumers}}}}
            plugins:
            - {name: cors, config: {origins: ["https://a.test"]}, route: narrow}
            - {name: key-auth, route: narrow}
            - {name: ip-restriction, consumer: alice, config: {deny: [127.0.0.1]}}
            - {name: response-transformer, config: {add: {headers: ["X-Seen-By:global"]}}}
            - {name: response-transformer, service: app, config: {add: {headers: ["X-Seen-By:service"]}}}
            - {name: response-transformer, route: narrow, consumer: alice, config: {add: {headers: ["X-Seen-By:alice"]}}}
            """);

        RawResponse response = await edge.SendAsync(request, fields.Split('|', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((status, seenBy), (response.Status, response.Header("X-Seen-By")));
    }

    // For every plugin that may be set for a consumer: his instance applies after he is known.
    [Theory]
    [InlineData("ip-restriction", "{deny: [10.0.0.0/8]}", "{deny: [127.0.0.1]}", 200, 403)]
    [InlineData("request-size-limiting", "{allowed_payload_size: 1, size_unit: kilobytes}", "{allowed_payload_size: 1, size_unit: bytes}", 200, 413)]
    [InlineData("rate-limiting", "{minute: 1000, policy: local}", "{minute: 1, policy: local, error_code: 420}", 200, 200)]
    [InlineData("request-termination", "{trigger: never}", "{status_code: 418}", 200, 418)]
    public async Task ConsumersOwn_Instance_AppliesToHimAlone(string plugin, string wide, string own, int others, int his)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync($"""
            {Consumers}
            plugins:
            - name: key-auth
            - name: {plugin}
              config: {wide}
            - name: {plugin}
              consumer: alice
              config: {own}
            """);

        RawResponse bob = await edge.SendAsync("POST /a", "apikey: bobs-key", "body=four");
        RawResponse alice = await edge.SendAsync("POST /a", "apikey: alices-key", "body=four");

        Assert.Equal((others, his), (bob.Status, alice.Status));
        if (plugin == "rate-limiting")
        {
            Assert.Equal(("1000", "1"), (bob.Header("X-RateLimit-Limit-Minute"), alice.Header("X-RateLimit-Limit-Minute")));
            Assert.Equal(420, (await edge.SendAsync("POST /a", "apikey: alices-key", "body=four")).Status);
        }
    }

    [Fact]
    public async Task ConsumersOwn_Transformers_ReplaceTheWiderOnes()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + """

            plugins:
            - {name: key-auth}
            - {name: request-transformer, config: {add: {headers: ["X-Wide:1"]}}}
            - {name: request-transformer, consumer: alice, config: {add: {headers: ["X-Own:1"]}}}
            """);

        await edge.SendAsync("/a?apikey=bobs-key");
        UpstreamRequest bob = edge.Sent()!;
        await edge.SendAsync("/a?apikey=alices-key");
        UpstreamRequest alice = edge.Sent()!;

        Assert.Equal(("1", null), (bob.Header("X-Wide"), bob.Header("X-Own")));
        Assert.Equal((null, "1"), (alice.Header("X-Wide"), alice.Header("X-Own")));
    }

    [Fact]
    public async Task ResponseTransformer_EditsTheGatewaysOwnJson()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("""
            plugins:
            - {name: jwt}
            - {name: response-transformer, config: {add: {json: ["code:7"], json_types: [number]}, rename: {json: ["message:error"]}}}
            """);

        RawResponse response = await edge.SendAsync("/a");

        Assert.Equal((401, "{\"error\":\"Unauthorized\",\"code\":7}"), (response.Status, response.Body));
    }

    [Fact]
    public async Task InstanceForHttps_GuardsHttpAsWell()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync("""
            plugins:
            - {name: key-auth, protocols: [https]}
            - {name: response-transformer, config: {add: {headers: ["X-Seen-By:global"]}}}
            - {name: response-transformer, service: app, protocols: [https], config: {add: {headers: ["X-Seen-By:service"]}}}
            """);

        RawResponse response = await edge.SendAsync("/a");

        Assert.Equal((401, "service"), (response.Status, response.Header("X-Seen-By")));
        Assert.Null(edge.Sent());
    }

    [Fact]
    public async Task DisabledInstancesAndServices_AreNotThere()
    {
        await using PluginEdge edge = await PluginEdge.StartDocumentAsync(address => $$$$"""
            _format_version: "3.0"
            services:
            - {name: app, url: "http://{{{{address}}}}", routes: [{name: all, paths: [/], strip_path: false}]}
            - {name: off, host: off.test, enabled: false, routes: [{name: off, paths: [/off], methods: [GET]}]}
            plugins:
            - {name: key-auth, enabled: false}
            - {name: response-transformer, config: {add: {headers: ["X-Seen-By:global"]}}}
            - {name: response-transformer, service: app, enabled: false, config: {add: {headers: ["X-Seen-By:service"]}}}
            """);

        RawResponse response = await edge.SendAsync("/off");

        Assert.Equal((200, "global"), (response.Status, response.Header("X-Seen-By")));
        Assert.Equal("/off", edge.Sent()!.Target);
    }
}
