using System.Net;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>Entities over a real socket, as Kong 3.4 prints them.</summary>
public sealed class EntityReadTests : IAsyncLifetime
{
    private AdminEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await AdminEdge.StartAsync(EveryKind.Text);

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Theory]
    [InlineData("services", "/services")]
    [InlineData("routes", "/routes")]
    [InlineData("consumers", "/consumers")]
    [InlineData("plugins", "/plugins")]
    [InlineData("upstreams", "/upstreams")]
    [InlineData("targets", "/upstreams/pool.internal/targets")]
    [InlineData("jwt-secrets", "/jwts")]
    [InlineData("acls", "/acls")]
    [InlineData("key-auths", "/key-auths")]
    [InlineData("basic-auths", "/basic-auths")]
    [InlineData("tags", "/tags")]
    public async Task List_OfAKind_IsAsGolden(string name, string path) =>
        Golden.Equal($"tests/Edge.Tests/Admin/Golden/{name}.json", AdminEdge.Stable(await _edge.GetAsync(path)));

    [Fact]
    public async Task Group_IsFoundByItsNameBelowItsConsumer()
    {
        JsonNode group = (await _edge.GetAsync("/acls"))["data"]![0]!;
        foreach (string key in (string[])["staff", group["id"]!.GetValue<string>()])
        {
            Assert.True(JsonNode.DeepEquals(group, await _edge.GetAsync($"/consumers/alice/acls/{key}")), key);
        }

        foreach (string path in (string[])["/consumers/alice/acls/nobody", "/consumers/nobody/acls/staff", "/consumers/bob/acls/staff"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await _edge.CallAsync(HttpMethod.Get, path)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await _edge.CallAsync(HttpMethod.Delete, path)).Status);
        }
    }

    // Only its id finds a group, or a root, among all.
    [Theory]
    [InlineData("GET", "/acls/staff")]
    [InlineData("GET", "/acls/staff/consumer")]
    [InlineData("DELETE", "/acls/staff")]
    [InlineData("PATCH", "/ca_certificates/mine")]
    public async Task EntityWithoutAKey_AskedForByATextThatIsNoId_IsRefused(string method, string path)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(new HttpMethod(method), path);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            """{"code":1,"name":"invalid primary key","message":"invalid primary key: '{id=\"expected a valid UUID\"}'","fields":{"id":"expected a valid UUID"}}""",
            Relaxed(body));
        JsonNode group = (await _edge.GetAsync("/acls"))["data"]![0]!;
        Assert.True(JsonNode.DeepEquals(group, await _edge.GetAsync($"/acls/{group["id"]!.GetValue<string>()}")));
    }

    [Fact]
    public async Task UserInfo_InAUrl_IsMasked()
    {
        const string Document = """
            _format_version: "3.0"
            plugins:
            - name: http-log
              config: {http_endpoint: "https://u:hidden@logs.example/in/path?t=hidden", headers: {X-Token: hidden}}
            - name: zipkin
              config: {http_endpoint: "http://u:hidden@zipkin.example:9411/api/v2/spans"}
            - name: request-termination
              config: {message: "ask http://u:hidden@wiki.example/x"}
            """;
        await using AdminEdge edge = await AdminEdge.StartAsync(Document);
        string plugins = (await edge.GetAsync("/plugins")).ToJsonString() + (await edge.GetAsync("/config")).ToJsonString();
        Assert.DoesNotContain("hidden", plugins, StringComparison.Ordinal);
        Assert.Contains("https://******@logs.example/in/path?******", plugins, StringComparison.Ordinal);

        string refused = (await edge.PostConfigAsync(Document + "\n  bananas: 1\n", "?flatten_errors=1")).Body!.ToJsonString();
        string told = (await edge.PostConfigAsync(Document.Replace("path?", "path\", method: 5, content_type: \"", StringComparison.Ordinal), "?flatten_errors=1"))
            .Body!["flattened_errors"]!.ToJsonString();
        Assert.DoesNotContain("hidden@", refused + told, StringComparison.Ordinal);
        Assert.Contains("logs.example/in/path", told, StringComparison.Ordinal);
        Assert.DoesNotContain("\"X-Token\":\"hidden\"", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/services/plain")]
    [InlineData("/services/plain/")]
    [InlineData("/services/{services/plain}")]
    [InlineData("/routes/by-path/service")]
    [InlineData("/routes/{routes/by-path}/service")]
    public async Task One_ByNameOrId_IsTheSame(string path)
    {
        JsonNode service = (await _edge.GetAsync("/services"))["data"]![0]!;
        while (path.IndexOf('{') is var open and >= 0)
        {
            string inner = path[(open + 1)..path.IndexOf('}')];
            path = path.Replace("{" + inner + "}", (await _edge.GetAsync("/" + inner))["id"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        Assert.True(JsonNode.DeepEquals(service, await _edge.GetAsync(path)));
    }

    [Theory]
    [InlineData("/consumers/alice", "username", "alice")]
    [InlineData("/plugins/everywhere", "name", "cors")]
    [InlineData("/upstreams/pool.internal", "algorithm", "round-robin")]
    [InlineData("/jwts/alice-key", "algorithm", "HS256")]
    [InlineData("/jwts/alice-key/consumer", "custom_id", "42")]
    [InlineData("/consumers/alice/jwt/alice-key", "key", "alice-key")]
    [InlineData("/consumers/alice/key-auth/alice-api-key-0123456789", "key", "******")]
    [InlineData("/basic-auths/alice-login/consumer", "username", "alice")]
    [InlineData("/services/plain/routes/by-path", "name", "by-path")]
    [InlineData("/consumers?custom_id=42", "data.0.username", "alice")]
    public async Task One_ByItsKey_IsFound(string path, string field, string value)
    {
        JsonNode node = await _edge.GetAsync(path);
        foreach (string step in field.Split('.'))
        {
            node = int.TryParse(step, out int index) ? node[index]! : node[step]!;
        }

        Assert.Equal(value, node.GetValue<string>());
    }

    [Theory]
    [InlineData("/services/plain/routes", 1)]
    [InlineData("/services/bare/routes", 0)]
    [InlineData("/services/plain/plugins", 1)]
    [InlineData("/routes/by-path/plugins", 1)]
    [InlineData("/consumers/alice/plugins", 1)]
    [InlineData("/consumers/alice/jwt", 1)]
    [InlineData("/consumers/alice/acls", 1)]
    [InlineData("/consumers/alice/key-auth", 1)]
    [InlineData("/consumers/alice/basic-auth", 1)]
    [InlineData("/certificates", 0)]
    [InlineData("/ca_certificates", 0)]
    [InlineData("/snis", 0)]
    [InlineData("/vaults", 0)]
    [InlineData("/key-sets", 0)]
    [InlineData("/upstreams/pool.internal/targets/all", 2)]
    [InlineData("/tags/blue", 4)]
    public async Task List_OfAParent_HasItsChildren(string path, int count)
    {
        JsonNode answer = await _edge.GetAsync(path);
        Assert.Equal(count, answer["data"]!.AsArray().Count);
        Assert.True(answer.AsObject().ContainsKey("next"));
        Assert.Null(answer["next"]);
        Assert.False(answer.AsObject().ContainsKey("offset"));
    }

    [Theory]
    [InlineData("/services/none")]
    [InlineData("/services/00000000-0000-0000-0000-000000000000")]
    [InlineData("/services/none/routes")]
    [InlineData("/services/bare/routes/by-path")]
    [InlineData("/routes/without-service/service")]
    [InlineData("/upstreams/none/targets")]
    [InlineData("/consumers/none/jwt")]
    [InlineData("/targets")]
    [InlineData("/nothing")]
    public async Task Unknown_Path_Is404(string path)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("""{"message":"Not found"}""", body!.ToJsonString());
    }

    [Theory]
    [InlineData("blue", 2)]
    [InlineData("blue,edge", 1)]
    [InlineData("edge/none", 1)]
    [InlineData("blue/edge", 2)]
    [InlineData("none", 0)]
    public async Task Tags_AndOr_Filter(string tags, int count) =>
        Assert.Equal(count, (await _edge.GetAsync($"/services?tags={Uri.EscapeDataString(tags)}"))["data"]!.AsArray().Count);

    [Theory]
    [InlineData("a,b/c")]
    [InlineData("a,,b")]
    [InlineData("")]
    public async Task Tags_BadFilter_Is400(string tags)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(HttpMethod.Get, $"/services?tags={Uri.EscapeDataString(tags)}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            """{"code":11,"name":"invalid options","message":"invalid option (tags: invalid filter syntax)","options":{"tags":"invalid filter syntax"}}""",
            body!.ToJsonString());
    }

    [Fact]
    public async Task Secrets_Shown_AreInClear()
    {
        await using AdminEdge open = await AdminEdge.StartAsync(EveryKind.Text, ("EDGE_ADMIN_SHOW_SECRETS", "1"));
        Assert.Equal("0123456789abcdef0123456789abcdef", (await open.GetAsync("/jwts/alice-key"))["secret"]!.GetValue<string>());
        Assert.Equal("******", (await _edge.GetAsync("/jwts/alice-key"))["secret"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("/services")]
    [InlineData("/services/plain")]
    [InlineData("/config")]
    [InlineData("/services/none")]
    [InlineData("/")]
    public async Task Head_HasTheHeadersOfGet(string path)
    {
        using HttpResponseMessage get = await _edge.SendAsync(HttpMethod.Get, path);
        using HttpResponseMessage head = await _edge.SendAsync(HttpMethod.Head, path);
        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal("", await head.Content.ReadAsStringAsync());
        if (path != "/")
        {
            Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        }
    }

    private static string Relaxed(JsonNode? node) =>
        node!.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
