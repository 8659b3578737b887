using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>POST /config over a real socket: what is accepted and in which wrapping.</summary>
public sealed class ConfigPostTests : IAsyncLifetime
{
    private const string Yaml = "_format_version: \"3.0\"\nconsumers:\n- username: bobby\n";
    private const string Json = """{"_format_version":"3.0","consumers":[{"username":"bobby"}]}""";

    private AdminEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await AdminEdge.StartAsync("_format_version: \"3.0\"\nconsumers:\n- username: first\n");

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Fact]
    public async Task Post_Answers201WithEverythingByCollectionAndId()
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync(Yaml);

        Assert.Equal(HttpStatusCode.Created, status);
        JsonNode consumer = await _edge.GetAsync("/consumers/bobby");
        Assert.Equal(["consumers"], body!.AsObject().Select(static member => member.Key));
        Assert.True(JsonNode.DeepEquals(consumer, body["consumers"]![consumer["id"]!.GetValue<string>()]), body.ToJsonString());
        Assert.Equal(Md5(Yaml), (await _edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await _edge.CallAsync(HttpMethod.Get, "/consumers/first")).Status);
    }

    [Theory]
    [InlineData(Yaml, "text/yaml")]
    [InlineData(Yaml, null)]
    [InlineData(Yaml, "application/x-www-form-urlencoded")]
    [InlineData(Json, "application/json")]
    [InlineData(Json, "application/json; charset=utf-8")]
    [InlineData(Json, null)]
    [InlineData("\uFEFF" + Yaml, "text/plain")]
    public async Task Post_OfTheDocumentItself_IsTaken(string text, string? type)
    {
        Assert.Equal(HttpStatusCode.Created, (await _edge.PostConfigAsync(text, type: type)).Status);
        await _edge.GetAsync("/consumers/bobby");
    }

    [Theory]
    [InlineData(Yaml)]
    [InlineData(Json)]
    public async Task Post_OfADocumentInAWrapping_IsTaken(string text)
    {
        async Task PostedAsync(HttpContent content)
        {
            await _edge.PostConfigAsync("_format_version: \"3.0\"\n");
            (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(HttpMethod.Post, "/config", content);
            Assert.True(status == HttpStatusCode.Created, $"{content.Headers.ContentType}: {body}");
            await _edge.GetAsync("/consumers/bobby");
            Assert.Equal(Md5(text), (await _edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());
        }

        await PostedAsync(AdminEdge.Body(new JsonObject { ["config"] = text }.ToJsonString(), "application/json"));
        await PostedAsync(new FormUrlEncodedContent([new("config", text)]));
        await PostedAsync(new FormUrlEncodedContent([new("flatten_errors", "1"), new("config", text)]));
        await PostedAsync(new MultipartFormDataContent { { new StringContent(text), "config", "kong.yml" } });
        await PostedAsync(new MultipartFormDataContent { { new StringContent(text), "config" } });
    }

    [Fact]
    public async Task Post_OfAnObjectAsConfig_IsTaken()
    {
        HttpContent content = AdminEdge.Body($$"""{"config":{{Json}}}""", "application/json");
        Assert.Equal(HttpStatusCode.Created, (await _edge.CallAsync(HttpMethod.Post, "/config", content)).Status);
    }

    [Theory]
    [InlineData("", "text/yaml", "expected a declarative configuration")]
    [InlineData("", "application/json", "expected a declarative configuration")]
    [InlineData("{", "application/json", "Cannot parse JSON body")]
    [InlineData("config=", "application/x-www-form-urlencoded", "expected a declarative configuration")]
    public async Task Post_WithoutADocument_Is400(string text, string type, string message)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync(text, type: type);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(message, body!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task Post_BytesThatAreNoText_Are400()
    {
        ByteArrayContent content = new([0x5F, 0xC3, 0x28, 0xFF]);
        Assert.Equal(HttpStatusCode.BadRequest, (await _edge.CallAsync(HttpMethod.Post, "/config", content)).Status);
    }

    [Theory]
    [InlineData("text/yaml")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task CheckHash_OfTheSameText_Is304(string type)
    {
        Assert.Equal(HttpStatusCode.Created, (await _edge.PostConfigAsync(Yaml, "?check_hash=1", type)).Status);
        using HttpResponseMessage same = await _edge.SendAsync(HttpMethod.Post, "/config?check_hash=1", AdminEdge.Body(Yaml, type));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal("", await same.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Created, (await _edge.PostConfigAsync(Yaml + "# other\n", "?check_hash=1")).Status);
        Assert.Equal(HttpStatusCode.Created, (await _edge.PostConfigAsync(Yaml)).Status);
        string wrapped = new JsonObject { ["config"] = Yaml, ["check_hash"] = 1 }.ToJsonString();
        using HttpResponseMessage inside = await _edge.SendAsync(HttpMethod.Post, "/config", AdminEdge.Body(wrapped, "application/json"));
        Assert.Equal(HttpStatusCode.NotModified, inside.StatusCode);
    }

    [Fact]
    public async Task Post_Refused_LeavesWhatIsInForce()
    {
        string before = (await _edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.BadRequest, (await _edge.PostConfigAsync("services:\n- name: x\n")).Status);
        Assert.Equal(before, (await _edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());
        await _edge.GetAsync("/consumers/first");
    }

    [Theory]
    [InlineData("{}", "application/json", "required field missing")]
    [InlineData("{}", "text/yaml", "required field missing")]
    [InlineData("""{"config":"{}"}""", "application/json", "required field missing")]
    [InlineData("""{"services":[{"name":"a","host":"a.b"}]}""", "application/json", "required field missing")]
    [InlineData("services:\n- name: a\n  host: a.b\n", "text/yaml", "required field missing")]
    [InlineData("_format_version: null\n", "text/yaml", "required field missing")]
    [InlineData("_format_version: \"9.0\"\n", "text/yaml", "expected one of: 1.1, 2.1, 3.0")]
    public async Task Post_WithoutAFormatVersion_Is400AndLeavesWhatIsInForce(string text, string type, string sentence)
    {
        string before = (await _edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>();
        foreach (string query in (string[])["", "?flatten_errors=1", "?check_hash=1"])
        {
            (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync(text, query, type);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            JsonObject expected = new()
            {
                ["code"] = 14,
                ["name"] = "invalid declarative configuration",
                ["message"] = $"declarative config is invalid: {{_format_version=\"{sentence}\"}}",
                ["fields"] = new JsonObject { ["_format_version"] = sentence },
            };
            if (query == "?flatten_errors=1")
            {
                expected["flattened_errors"] = new JsonArray();
            }

            Assert.True(JsonNode.DeepEquals(expected, body), body!.ToJsonString());
        }

        Assert.Equal(before, (await _edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());
        await _edge.GetAsync("/consumers/first");
    }

    [Theory]
    [InlineData("{\"_format_version\":\"3.0\"}")]
    [InlineData("_format_version: \"3.0\"\nservices: []\n# nothing\n")]
    public async Task Post_OfNoEntity_HasTheHashOfAnEmptyConfiguration(string text)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync(text);
        Assert.Equal((HttpStatusCode.Created, "{}"), (status, body!.ToJsonString()));
        Assert.Equal("00000000000000000000000000000000", (await _edge.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());
        using HttpClient client = new();
        using HttpResponseMessage ready = await client.GetAsync($"http://{_edge.Edge.Status}/status/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        await using AdminEdge fromFile = await AdminEdge.StartAsync(text);
        Assert.Equal("00000000000000000000000000000000", (await fromFile.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());
    }

    [Fact]
    public async Task Readiness_FollowsThePost()
    {
        await using AdminEdge empty = await AdminEdge.StartAsync("");
        using HttpClient client = new();
        using HttpResponseMessage before = await client.GetAsync($"http://{empty.Edge.Status}/status/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.Equal("00000000000000000000000000000000", (await empty.GetAsync("/status"))["configuration_hash"]!.GetValue<string>());

        Assert.Equal(HttpStatusCode.Created, (await empty.PostConfigAsync(Yaml)).Status);

        using HttpResponseMessage after = await client.GetAsync($"http://{empty.Edge.Status}/status/ready");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task Post_IsWhatTheDataPlaneServes()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("posted"));
        Assert.Equal(HttpStatusCode.Created, (await _edge.PostConfigAsync(KongText.Single(upstream.Address))).Status);
        await using RawClient client = await RawClient.ConnectAsync(_edge.Edge.Proxy);
        Assert.Equal("posted", (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body);
    }

    [Fact]
    public async Task Post_ReadsNothingFromTheEnvironment()
    {
        await using AdminEdge edge = await AdminEdge.StartAsync("", ("PRIVATE", "leaked"));
        const string Document = """
            _format_version: "3.0"
            services:
            - name: "s"
              host: 127.0.0.1
              path: /a
              tags: ["${PRIVATE}", "{vault://env/private}"]
            """;
        (HttpStatusCode status, JsonNode? body) = await edge.PostConfigAsync(Document.Replace("{vault://env/private}", "plain", StringComparison.Ordinal));
        Assert.True(status == HttpStatusCode.Created, body?.ToJsonString());
        Assert.Equal("${PRIVATE}", (await edge.GetAsync("/services/s"))["tags"]![0]!.GetValue<string>());
        Assert.DoesNotContain("leaked", (await edge.PostConfigAsync(Document)).Body!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${PRIVATE}")]
    [InlineData("prefix-${PRIVATE}")]
    [InlineData("{vault://env/private}")]
    [InlineData("******")]
    public async Task Post_ReferenceOrMaskAsASecret_Is400(string secret)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync(
            $"_format_version: \"3.0\"\nconsumers:\n- username: a\n  jwt_secrets:\n  - key: k\n    secret: \"{secret}\"\n");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull(body!["fields"]!["consumers"]![0]!["jwt_secrets"]![0]!["secret"]);
    }

    [Fact]
    public async Task GetConfig_IsADocumentThatGivesTheSameEntities()
    {
        await using AdminEdge open = await AdminEdge.StartAsync(EveryKind.Text, ("EDGE_ADMIN_SHOW_SECRETS", "1"));
        string exported = (await open.GetAsync("/config"))["config"]!.GetValue<string>();
        string[] paths = ["/services", "/routes", "/consumers", "/plugins", "/upstreams", "/jwts", "/acls", "/upstreams/pool.internal/targets"];
        List<string> before = [];
        foreach (string path in paths)
        {
            before.Add(AdminEdge.Stable(await open.GetAsync(path)));
        }

        (HttpStatusCode status, JsonNode? body) = await open.PostConfigAsync(exported);

        Assert.True(status == HttpStatusCode.Created, $"{body}\n{exported}");
        for (int i = 0; i < paths.Length; i++)
        {
            Assert.Equal(before[i], AdminEdge.Stable(await open.GetAsync(paths[i])));
        }
    }

    [Fact]
    public async Task GetConfig_MasksSecretsAndCannotBePostedBack()
    {
        await using AdminEdge edge = await AdminEdge.StartAsync(EveryKind.Text);
        string exported = (await edge.GetAsync("/config"))["config"]!.GetValue<string>();
        Assert.DoesNotContain("0123456789abcdef0123456789abcdef", exported, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await edge.PostConfigAsync(exported)).Status);
    }

    private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
}
