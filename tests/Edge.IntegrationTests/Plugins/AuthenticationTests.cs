using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>jwt, key-auth and basic-auth over sockets, alone and together: statuses, bodies, and what the upstream is told.</summary>
public sealed class AuthenticationTests
{
    private const string Consumers = """
        consumers:
        - username: alice
          custom_id: a-1
          keyauth_credentials: [{id: 11111111-1111-4111-8111-111111111111, key: alices-key}]
          basicauth_credentials: [{username: ali, password: "open:sesame"}]
          jwt_secrets: [{key: alice-iss, secret: 0123456789abcdef0123456789abcdef}]
          acls: [{group: staff}]
        - username: bob
          keyauth_credentials: [{key: bobs-key}]
        - username: guest
          id: 33333333-3333-4333-8333-333333333333
        """;

    private const string Ali = "Authorization: Basic YWxpOm9wZW46c2VzYW1l";

    private static readonly string[] Spoofed =
    [
        "X-Consumer-ID: spoofed", "X-Consumer-Username: spoofed", "X-Consumer-Custom-ID: spoofed", "X-Credential-Identifier: spoofed",
        "X-Anonymous-Consumer: spoofed",
    ];

    private static readonly string AliceToken = "Authorization: Bearer " + TestTokens.Hs256("alice-iss", "0123456789abcdef0123456789abcdef");

    [Theory]
    [InlineData("/a", "No API key found in request", "Key realm=\"kong\"")]
    [InlineData("/a?apikey=wrong", "Invalid authentication credentials", "Key realm=\"kong\"")]
    [InlineData("/a?apikey=alices-key&apikey=alices-key", "Duplicate API key found", "Key realm=\"kong\"")]
    public async Task KeyAuth_Refused_AnswersAsKong(string target, string message, string challenge)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: key-auth}]");

        RawResponse response = await edge.SendAsync(target);

        Assert.Equal((401, challenge), (response.Status, response.Header("WWW-Authenticate")));
        Assert.Equal("application/json; charset=utf-8", response.Header("Content-Type"));
        Assert.StartsWith($"{{\n  \"message\":\"{message}\"", response.Body);
        Assert.Null(edge.Sent());
    }

    [Fact]
    public async Task KeyAuth_Passes_TellsTheUpstreamAndKeepsTheKey()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: key-auth}]");

        RawResponse response = await edge.SendAsync("/a?x=1&apikey=alices-key", Spoofed);

        Assert.Equal(200, response.Status);
        UpstreamRequest sent = edge.Sent()!;
        Assert.Equal("/a?x=1&apikey=alices-key", sent.Target);
        Assert.Equal("alice", sent.Header("X-Consumer-Username"));
        Assert.Equal("a-1", sent.Header("X-Consumer-Custom-ID"));
        Assert.Equal("11111111-1111-4111-8111-111111111111", sent.Header("X-Credential-Identifier"));
        Assert.Null(sent.Header("X-Anonymous-Consumer"));
        Assert.NotEqual("spoofed", sent.Header("X-Consumer-ID"));
    }

    [Fact]
    public async Task KeyAuth_HideCredentials_TakesTheKeyOutOfFieldsQueryAndBody()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(
            Consumers + "\nplugins: [{name: key-auth, config: {hide_credentials: true, key_in_body: true}}]");

        Assert.Equal(200, (await edge.SendAsync("/a?b=2&apikey=alices-key&c=%20")).Status);
        Assert.Equal("/a?b=2&c=%20", edge.Sent()!.Target);
        Assert.Equal(200, (await edge.SendAsync("/a?apikey=alices-key")).Status);
        Assert.Equal("/a", edge.Sent()!.Target);
        Assert.Equal(200, (await edge.SendAsync("/a?apikey=other", "apikey: alices-key")).Status);
        UpstreamRequest sent = edge.Sent()!;
        Assert.Equal(("/a", null), (sent.Target, sent.Header("apikey")));
        Assert.Equal(200, (await edge.SendAsync("POST /a", "Content-Type: application/json", "body={\"x\":1,\"apikey\":\"alices-key\"}")).Status);
        sent = edge.Sent()!;
        Assert.DoesNotContain("alices-key", sent.Body);
        Assert.Contains("\"x\":1", sent.Body);
        Assert.Equal(200, (await edge.SendAsync("POST /a", "Content-Type: application/x-www-form-urlencoded", "body=x=1&apikey=alices-key&y=2")).Status);
        Assert.Equal("x=1&y=2", edge.Sent()!.Body);
    }

    [Theory]
    [InlineData("Content-Length")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task KeyAuth_KeyInBody_IsReadAndTheBodyGoesUpWhole(string framing)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: key-auth, config: {key_in_body: true}}]");
        const string Body = "x=1&apikey=alices-key";
        string[] fields = framing.StartsWith("Transfer", StringComparison.Ordinal)
            ? [framing, "Content-Type: application/x-www-form-urlencoded", $"body={Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"]
            : ["Content-Type: application/x-www-form-urlencoded", "body=" + Body];

        Assert.Equal(200, (await edge.SendAsync("POST /a", fields)).Status);
        UpstreamRequest sent = edge.Sent()!;
        Assert.Equal(("alice", Body), (sent.Header("X-Consumer-Username"), sent.Body));
        Assert.Equal(401, (await edge.SendAsync("POST /a", "Content-Type: application/x-www-form-urlencoded", "body=x=1")).Status);
        Assert.Equal(401, (await edge.SendAsync("POST /a", "Content-Type: text/plain", "body=apikey=alices-key")).Status);
    }

    [Fact]
    public async Task KeyAuth_BodyBeyondWhatIsCollected_IsRefused()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: key-auth, config: {key_in_body: true}}]");

        RawResponse response = await edge.SendAsync(
            "POST /a", "Content-Type: application/x-www-form-urlencoded", "body=apikey=alices-key&x=" + new string('x', 1024 * 1024));

        Assert.Equal(413, response.Status);
        Assert.Null(edge.Sent());
    }

    // The size limit has a lower priority: it judges the body that key-auth has read.
    [Theory]
    [InlineData("apikey=alices-key", 200)]
    [InlineData("apikey=alices-key&xxxxxxxxxxxxxx", 413)]
    public async Task KeyAuth_KeyInBodyWithSizeLimit_BothJudge(string body, int status)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + """

            plugins:
            - {name: key-auth, config: {key_in_body: true}}
            - {name: request-size-limiting, config: {allowed_payload_size: 20, size_unit: bytes}}
            """);

        RawResponse response = await edge.SendAsync(
            "POST /a", "Transfer-Encoding: chunked", "Content-Type: application/x-www-form-urlencoded", $"body={body.Length:x}\r\n{body}\r\n0\r\n\r\n");

        Assert.Equal(status, response.Status);
    }

    [Theory]
    [InlineData(null, "Unauthorized")]
    [InlineData("Authorization: Basic YWxpOndyb25n", "Invalid authentication credentials")]
    [InlineData("Authorization: Bearer x", "Invalid authentication credentials")]
    public async Task BasicAuth_Refused_AnswersAsKong(string? field, string message)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: basic-auth}]");

        RawResponse response = await edge.SendAsync("/a", field is null ? [] : [field]);

        Assert.Equal((401, "Basic realm=\"kong\""), (response.Status, response.Header("WWW-Authenticate")));
        Assert.StartsWith($"{{\n  \"message\":\"{message}\"", response.Body);
    }

    [Fact]
    public async Task BasicAuth_Passes_TellsTheUpstream()
    {
        await using PluginEdge plain = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: basic-auth}]");
        await using PluginEdge hiding = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: basic-auth, config: {hide_credentials: true}}]");

        Assert.Equal(200, (await plain.SendAsync("/a", [Ali, .. Spoofed])).Status);
        UpstreamRequest sent = plain.Sent()!;
        Assert.Equal(("alice", "ali", null), (sent.Header("X-Consumer-Username"), sent.Header("X-Credential-Identifier"), sent.Header("X-Anonymous-Consumer")));
        Assert.NotNull(sent.Header("Authorization"));
        Assert.Equal(200, (await hiding.SendAsync("/a", Ali)).Status);
        Assert.Null(hiding.Sent()!.Header("Authorization"));
    }

    // Without anonymous every plugin must pass, and the last one to know the caller counts (Kong: logical AND).
    [Theory]
    [InlineData(false, false, 401)]
    [InlineData(true, false, 401)]
    [InlineData(false, true, 401)]
    [InlineData(true, true, 200)]
    public async Task Several_WithoutAnonymous_AllMustPass(bool token, bool key, int status)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: jwt}, {name: key-auth}]");
        List<string> fields = token ? [AliceToken] : [];
        if (key)
        {
            fields.Add("apikey: bobs-key");
        }

        Assert.Equal(status, (await edge.SendAsync("/a", [.. fields])).Status);
        Assert.Equal(status == 200 ? "bob" : null, edge.Sent()?.Header("X-Consumer-Username"));
    }

    // With anonymous they are alternatives (Kong: logical OR).
    [Theory]
    [InlineData("token", "alice", "alice-iss", null)]
    [InlineData("key", "bob", "*", null)]
    [InlineData("password", "alice", "ali", null)]
    [InlineData("token,key", "alice", "alice-iss", null)]
    [InlineData("wrong key", "guest", null, "true")]
    [InlineData("", "guest", null, "true")]
    public async Task Several_WithAnonymous_OneIsEnough(string given, string consumer, string? credential, string? anonymous)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + """

            plugins:
            - {name: jwt, config: {anonymous: guest}}
            - {name: key-auth, config: {anonymous: 33333333-3333-4333-8333-333333333333}}
            - {name: basic-auth, config: {anonymous: guest}}
            """);
        string[] fields =
        [
            .. given.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static what => what switch
            {
                "token" => AliceToken,
                "key" => "apikey: bobs-key",
                "password" => Ali,
                _ => "apikey: nobodys-key",
            }),
            .. Spoofed,
        ];

        RawResponse response = await edge.SendAsync("/a", fields);

        Assert.Equal((200, null), (response.Status, response.Header("WWW-Authenticate")));
        UpstreamRequest sent = edge.Sent()!;
        Assert.Equal((consumer, anonymous), (sent.Header("X-Consumer-Username"), sent.Header("X-Anonymous-Consumer")));
        if (credential == "*")
        {
            Assert.Matches("^[0-9a-f-]{36}$", sent.Header("X-Credential-Identifier"));
        }
        else
        {
            Assert.Equal(credential, sent.Header("X-Credential-Identifier"));
        }
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("key-auth")]
    [InlineData("basic-auth")]
    public async Task Anonymous_WhoDoesNotExist_Gets500(string plugin)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync($"plugins: [{{name: {plugin}, config: {{anonymous: nobody}}}}]");

        RawResponse response = await edge.SendAsync("/a");

        Assert.Equal((500, "{\"message\":\"An unexpected error occurred\"}"), (response.Status, response.Body));
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("key-auth")]
    public async Task Preflight_NotAuthenticated_GoesUpWithoutWhatTheClientSaysOfItself(string plugin)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync($"plugins: [{{name: {plugin}, config: {{run_on_preflight: false}}}}]");

        Assert.Equal(200, (await edge.SendAsync("OPTIONS /a", Spoofed)).Status);
        UpstreamRequest sent = edge.Sent()!;
        Assert.Null(sent.Header("X-Consumer-ID"));
        Assert.Null(sent.Header("X-Consumer-Username"));
        Assert.Equal(401, (await edge.SendAsync("/a")).Status);
    }

    [Fact]
    public async Task Acl_AfterKeyAuth_KnowsTheGroups()
    {
        await using PluginEdge edge = await PluginEdge.StartAsync(Consumers + "\nplugins: [{name: key-auth}, {name: acl, config: {allow: [staff]}}]");

        Assert.Equal(200, (await edge.SendAsync("/a", "apikey: alices-key")).Status);
        Assert.Equal("staff", edge.Sent()!.Header("X-Consumer-Groups"));
        RawResponse refused = await edge.SendAsync("/a", "apikey: bobs-key");
        Assert.Equal(403, refused.Status);
        Assert.Contains("You cannot consume this service", refused.Body);
    }

    [Fact]
    public async Task Reload_RotatedSecret_ForgetsVerifiedTokens()
    {
        const string Document = "consumers: [{username: alice, jwt_secrets: [{key: alice-iss, secret: SECRET}]}]\nplugins: [{name: jwt}]";
        await using PluginEdge edge = await PluginEdge.StartAsync(Document.Replace("SECRET", "0123456789abcdef0123456789abcdef"));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(200, (await edge.SendAsync("/a", AliceToken)).Status);
        }

        await edge.Edge.ReloadAsync(KongText.Single(edge.Upstream.Address, tail: Document.Replace("SECRET", "another-secret-of-thirty-two-bytes")));

        RawResponse response = await edge.SendAsync("/a", AliceToken);
        Assert.Equal((401, "{\"message\":\"Invalid signature\"}"), (response.Status, response.Body));
    }
}
