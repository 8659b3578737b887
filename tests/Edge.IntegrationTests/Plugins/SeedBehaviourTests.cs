using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>
/// The verbatim sample over sockets, as its consumers and its strangers see it: every status, header and body it answers with by itself.
/// (SeedRowTests walks the routes and the edits of what is let through, SeedQuotaTests the limits.)
/// </summary>
[Collection(SeedCollection.Name)]
public sealed class SeedBehaviourTests(SeedEdge seed)
{
    [Theory]
    [InlineData("service-account", 403)]
    [InlineData("api-client", 403)]
    [InlineData("admin", 200)]
    public async Task Backend_EachConsumer_GetsWhatItsGroupsAllow(string consumer, int status)
    {
        RawResponse response = await seed.SendAsync(
            "GET /api/v1/orders?page=2", "Authorization: Bearer " + SeedEdge.Token(consumer), "X-Consumer-ID: spoofed", "X-Consumer-Groups: admin");

        Assert.Equal(status, response.Status);
        UpstreamRequest? sent = seed.Sent("backend");
        if (status == 403)
        {
            SeedFields.Are(response, SeedFields.Gateway, SeedFields.Json, SeedFields.Global);
            SeedFields.HasTemplatedBody(response, "You cannot consume this service");
            Assert.Null(sent);
            return;
        }

        Assert.Equal("/orders?page=2", sent!.Target);
        Assert.Equal("33e571e9-c20f-5eea-b88e-6c6e00ea383d", sent.Header("X-Consumer-ID"));
        Assert.Equal(("voltage-soda-admin", "admin"), (sent.Header("X-Consumer-Username"), sent.Header("X-Consumer-Custom-ID")));
        Assert.Equal("voltage-soda-admin-key", sent.Header("X-Credential-Identifier"));
        Assert.Equal("/api/v1", sent.Header("X-Forwarded-Prefix"));
        Assert.Null(sent.Header("X-Anonymous-Consumer"));
        Assert.Null(sent.Header("X-Consumer-Groups"));
        Assert.NotNull(sent.Header("Authorization"));
    }

    [Theory]
    [InlineData("service-account")]
    [InlineData("api-client")]
    [InlineData("admin")]
    public async Task OpenServices_EachConsumer_PassesWithOrWithoutToken(string consumer)
    {
        string token = "Authorization: Bearer " + SeedEdge.Token(consumer);

        Assert.Equal((200, "frontend"), Answer(await seed.SendAsync("GET /recipes/cola", token)));
        Assert.Equal((200, "flavors"), Answer(await seed.SendAsync("DELETE /api/flavors/cola", token)));
        Assert.Null(seed.Sent("flavors")!.Header("X-Consumer-ID"));
        Assert.Equal((200, "frontend"), Answer(await seed.SendAsync("POST /", "Content-Length: 0")));
    }

    // Every way in which a token can fail, in the order in which they are looked for.
    [Theory]
    [InlineData("nothing", "{\"message\":\"Unauthorized\"}")]
    [InlineData("basic", "{\"message\":\"Unauthorized\"}")]
    [InlineData("flag", "{\"message\":\"Unrecognizable token\"}")]
    [InlineData("two", "{\"message\":\"Multiple tokens provided\"}")]
    [InlineData("garbage", "{\"message\":\"Bad token; invalid JSON\"}")]
    [InlineData("none", "{\"message\":\"Bad token; invalid alg\"}")]
    [InlineData("claims no object", "{\"message\":\"Bad token; invalid claims\"}")]
    [InlineData("signature no text", "{\"message\":\"Bad token; invalid signature\"}")]
    [InlineData("no iss", "{\"message\":\"No mandatory 'iss' in claims\"}")]
    [InlineData("empty iss", "{\"message\":\"Invalid 'iss' in claims\"}")]
    [InlineData("unknown iss", "{\"message\":\"No credentials found for given 'iss'\"}")]
    [InlineData("other alg", "{\"message\":\"Invalid algorithm\"}")]
    [InlineData("forged", "{\"message\":\"Invalid signature\"}")]
    [InlineData("other's secret", "{\"message\":\"Invalid signature\"}")]
    [InlineData("literal secret", "{\"message\":\"Invalid signature\"}")]
    [InlineData("no exp", "{\"exp\":\"must be a number\"}")]
    [InlineData("no nbf", "{\"nbf\":\"must be a number\"}")]
    [InlineData("neither", "{\"exp\":\"must be a number\",\"nbf\":\"must be a number\"}")]
    [InlineData("expired", "{\"exp\":\"token expired\"}")]
    [InlineData("early", "{\"nbf\":\"token not valid yet\"}")]
    [InlineData("too long", "{\"exp\":\"exceeds maximum allowed expiration\"}")]
    public async Task Backend_BadToken_Gets401WithItsReason(string what, string body)
    {
        string good = SeedEdge.Token("admin");
        (string target, string[] fields) = what switch
        {
            "nothing" => ("/api/v1", Array.Empty<string>()),
            "basic" => ("/api/v1", ["Authorization: Basic YTpi"]),
            "flag" => ("/api/v1?jwt", []),
            "two" => ("/api/v1?jwt=" + good, [Bearer(SeedEdge.Token("admin", exp: 601))]),
            "garbage" => ("/api/v1", [Bearer("not.a.token")]),
            "none" => ("/api/v1", [Bearer(SeedEdge.Token("admin", header: "{\"alg\":\"none\"}"))]),
            "claims no object" => ("/api/v1", [Bearer(TestTokens.Sign("{\"alg\":\"HS256\"}", "[]", "any"))]),
            "signature no text" => ("/api/v1", [Bearer(good[..good.LastIndexOf('.')] + ".a+b")]),
            "no iss" => ("/api/v1", [Bearer(SeedEdge.Token("admin", iss: ""))]),
            "empty iss" => ("/api/v1", [Bearer(SeedEdge.Token("admin", iss: "\"iss\":\"\""))]),
            "unknown iss" => ("/api/v1", [Bearer(SeedEdge.Token("admin", iss: "\"iss\":\"nobody\""))]),
            "other alg" => ("/api/v1", [Bearer(SeedEdge.Token("admin", header: "{\"alg\":\"HS512\"}"))]),
            "forged" => ("/api/v1", [Bearer(SeedEdge.Token("admin", secret: "guessed"))]),
            "other's secret" => ("/api/v1", [Bearer(SeedEdge.Token("api-client", iss: "\"iss\":\"voltage-soda-admin-key\""))]),
            "literal secret" => ("/api/v1", [Bearer(SeedEdge.Token("admin", secret: "${ADMIN_JWT_SECRET}"))]),
            "no exp" => ("/api/v1", [Bearer(SeedEdge.Token("admin", exp: null))]),
            "no nbf" => ("/api/v1", [Bearer(SeedEdge.Token("admin", nbf: null))]),
            "neither" => ("/api/v1", [Bearer(SeedEdge.Token("admin", exp: null, nbf: null))]),
            "expired" => ("/api/v1", [Bearer(SeedEdge.Token("admin", exp: -1))]),
            "early" => ("/api/v1", [Bearer(SeedEdge.Token("admin", nbf: 300))]),
            _ => ("/api/v1", [Bearer(SeedEdge.Token("admin", exp: 3700))]),
        };

        RawResponse response = await seed.SendAsync("GET " + target, fields);

        Assert.Equal((401, body), (response.Status, response.Body));
        SeedFields.Are(
            response, SeedFields.Gateway, SeedFields.Json, SeedFields.Global,
            [("WWW-Authenticate", what is "nothing" or "basic" ? "Bearer" : "Bearer error=\"invalid_token\"")]);
        Assert.Null(seed.Sent("backend"));
    }

    [Theory]
    [InlineData(10 * 1024 * 1024 + 1, false, 413)]
    [InlineData(10 * 1024 * 1024 + 1, true, 417)]
    public async Task Backend_BodyTooLarge_IsRefusedBeforeItComes(int length, bool expects, int status)
    {
        string[] fields = [Bearer(SeedEdge.Token("admin")), $"Content-Length: {length}", .. expects ? ["Expect: 100-continue"] : Array.Empty<string>()];

        RawResponse response = await seed.SendAsync("POST /api/v1/orders", fields);

        Assert.Equal(status, response.Status);
        SeedFields.Are(response, SeedFields.Gateway, SeedFields.Json, SeedFields.Global, [("Connection", "close")]);
        SeedFields.HasTemplatedBody(response, "Request size limit exceeded");
        Assert.Null(seed.Sent("backend"));
    }

    // jwt runs on preflights too, and no cors plugin stands before it.
    [Fact]
    public async Task Backend_BrowserPreflight_Gets401()
    {
        RawResponse response = await seed.SendAsync(
            "OPTIONS /api/v1/orders", "Origin: https://voltage-soda.com", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization");

        Assert.Equal((401, "{\"message\":\"Unauthorized\"}"), (response.Status, response.Body));
        SeedFields.Are(response, SeedFields.Gateway, SeedFields.Json, SeedFields.Global, [("WWW-Authenticate", "Bearer")]);
    }

    [Theory]
    [InlineData("https://voltage-soda.com", "https://voltage-soda.com")]
    [InlineData("https://app.voltage-soda.com", "https://app.voltage-soda.com")]
    [InlineData("https://evoltage-soda.com", null)]
    [InlineData("https://voltage-soda.com.evil.test", null)]
    public async Task Frontend_BrowserPreflight_IsAnsweredByCors(string origin, string? allowed)
    {
        RawResponse response = await seed.SendAsync("OPTIONS /api/flavors", "Origin: " + origin, "Access-Control-Request-Method: PUT");

        Assert.Equal((200, "0", ""), (response.Status, response.Header("Content-Length"), response.Body));

        // The service's own response-transformer runs on it, and the global one does not.
        SeedFields.Are(
            response, SeedFields.Gateway, SeedFields.Frontend,
            [
                ("Vary", "Origin"), ("Access-Control-Allow-Credentials", "true"), ("Access-Control-Allow-Methods", "GET,POST,PUT,DELETE,OPTIONS"),
                ("Access-Control-Allow-Headers", "Accept,Authorization,Content-Type,X-Requested-With"), ("Access-Control-Max-Age", "3600"),
            ],
            allowed is null ? [] : [("Access-Control-Allow-Origin", allowed)]);
        Assert.Null(seed.Sent("frontend"));
    }

    [Theory]
    [InlineData("text/html", "text/html; charset=utf-8", "<p>no Route matched with those values.</p>")]
    [InlineData("application/xml", "application/xml; charset=utf-8", "<message>no Route matched with those values</message>")]
    [InlineData("text/plain", "text/plain; charset=utf-8", "no Route matched with those values\n")]
    [InlineData("image/png", "application/json; charset=utf-8", "\"message\":\"no Route matched with those values\"")]
    public async Task NoRoute_AnswersInTheTypeAskedFor(string accept, string contentType, string text)
    {
        RawResponse response = await seed.SendAsync("PUT /", "Accept: " + accept);

        Assert.Equal(contentType, response.Header("Content-Type"));
        Assert.Contains(text, response.Body);
    }

    private static (int Status, string? From) Answer(RawResponse response) => (response.Status, response.Header("X-From"));

    private static string Bearer(string token) => "Authorization: Bearer " + token;
}
