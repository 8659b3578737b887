using System.Net;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>What a refused document is answered with: Kong's error object, plain and flattened.</summary>
public sealed class ConfigRefusalTests : IAsyncLifetime
{
    private AdminEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await AdminEdge.StartAsync("");

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Theory]
    [InlineData("services: [{name: x}]", """{"services":[{"host":"required field missing"}]}""")]
    [InlineData("services: [{name: a, host: a.b}, {name: b}]", """{"services":[null,{"host":"required field missing"}]}""")]
    [InlineData("services: [{name: a, host: a.b, port: 99999}]", """{"services":[{"port":"value should be between 0 and 65535"}]}""")]
    [InlineData("services: [{name: a, host: a.b, routes: [{name: r, paths: [/]}, {name: r2, paths: [/], methods: 5}]}]", """{"services":[{"routes":[null,{"methods":"*"}]}]}""")]
    [InlineData("services: [{name: a, host: a.b, plugins: [{name: rate-limiting, config: {minute: -1}}]}]", """{"services":[{"plugins":[{"config":{"minute":"*"}}]}]}""")]
    [InlineData("services: [{name: a, host: a.b, plugins: [{name: none}]}]", """{"services":[{"plugins":[{"name":"plugin 'none' not enabled; add it to the 'plugins' configuration property"}]}]}""")]
    [InlineData("routes: [{paths: [/], service: nobody}]", """{"routes":[["invalid reference 'service: nobody' (no such entry in 'services')"]]}""")]
    [InlineData("services: [{name: a, host: a.b}, {name: a, host: a.b}]", """{"services":[null,"uniqueness violation: 'services' entity with name set to 'a' already declared"]}""")]
    [InlineData("consumers: [{tags: [x]}]", """{"consumers":[{"@entity":["at least one of these fields must be non-empty: 'custom_id', 'username'"]}]}""")]
    [InlineData("bananas: [1]", """{"bananas":"unknown field"}""")]
    [InlineData("services: 7", """{"services":"expected an array"}""")]
    [InlineData("a.b: 1", """{"a.b":"unknown field"}""")]
    [InlineData("services: [{name: a, host: a.b, 'x.y[0]': 1}]", """{"services":[{"x.y[0]":"unknown field"}]}""")]
    [InlineData("services: [{name: a, host: a.b, plugins: [{name: jwt, config: {'in.\"ner\"': 1}}]}]",
        """{"services":[{"plugins":[{"config":{"in.\"ner\"":"unknown field"}}]}]}""")]
    public async Task Fields_MirrorTheDocument(string document, string fields)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync("_format_version: \"3.0\"\n" + document);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(14, body!["code"]!.GetValue<int>());
        Assert.Equal("invalid declarative configuration", body["name"]!.GetValue<string>());
        Assert.StartsWith("declarative config is invalid: {", body["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(Same(JsonNode.Parse(fields), body["fields"]), body["fields"]!.ToJsonString());
        Assert.Equal(["code", "name", "message", "fields"], body.AsObject().Select(static member => member.Key));
    }

    [Theory]
    [InlineData("services: [{name: x}]", """{services={{host="required field missing"}}}""")]
    [InlineData("services: [{name: a, host: a.b}, {name: b}]", """{services={[2]={host="required field missing"}}}""")]
    [InlineData("consumers: [{tags: [x]}]",
        """{consumers={{["@entity"]={"at least one of these fields must be non-empty: 'custom_id', 'username'"}}}}""")]
    public async Task Message_IsTheFieldsAsALuaTable(string document, string table) => Assert.Equal(
        "declarative config is invalid: " + table,
        (await _edge.PostConfigAsync("_format_version: \"3.0\"\n" + document)).Body!["message"]!.GetValue<string>());

    // A number is no version: Kong's is one of three strings.
    [Theory]
    [InlineData("_format_version: 3.0\nservices: []\n")]
    [InlineData("{\"_format_version\": 3.0, \"services\": []}")]
    [InlineData("_format_version: [3]\n")]
    public async Task FormatVersion_ThatIsNoText_IsRefused(string text)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync(text);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("""{"_format_version":"expected a string"}""", body!["fields"]!.ToJsonString());
    }

    [Theory]
    [InlineData("{{{", "failed parsing declarative configuration: ")]
    [InlineData("- a", "failed parsing declarative configuration: expected an object")]
    [InlineData("just text", "failed parsing declarative configuration: expected an object")]
    public async Task Text_ThatIsNoDocument_IsTold(string text, string error)
    {
        foreach (string query in (string[])["", "?flatten_errors=1"])
        {
            (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync(text, query);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Equal(14, body!["code"]!.GetValue<int>());
            Assert.StartsWith(error, body["fields"]!["error"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Flattened_HasEveryEntityWithItsErrors()
    {
        const string Document = """
            _format_version: "3.0"
            services:
            - name: outer
              id: 0175e0e8-3de9-56b4-96f1-b12dcb4b6691
              host: a.b
              port: 99999
              tags: [one, two]
              routes:
              - name: inner
                paths: [/]
                protocols: [nope]
              plugins:
              - name: rate-limiting
                config: {minute: -1, redis_password: hidden}
            - name: fine
              host: a.b
            consumers:
            - tags: [x]
              jwt_secrets:
              - key: k
                secret: do-not-show
                algorithm: HS1
            """;
        (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync(Document, "?flatten_errors=1");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("declarative config is invalid: {}", body!["message"]!.GetValue<string>());
        Assert.Equal("{}", body["fields"]!.ToJsonString());
        Golden.Equal("tests/Edge.Tests/Admin/Golden/flattened-errors.json", AdminEdge.Stable(body));
    }

    [Fact]
    public async Task Flattened_WhatBelongsToNoEntity_StaysInFields()
    {
        JsonNode body = (await _edge.PostConfigAsync("_format_version: \"3.0\"\nbananas: 1\nservices: [{name: x}]", "?flatten_errors=true")).Body!;
        Assert.Equal("""{"bananas":"unknown field"}""", body["fields"]!.ToJsonString());
        Assert.Equal("service", Assert.Single(body["flattened_errors"]!.AsArray())!["entity_type"]!.GetValue<string>());
    }

    // "*" stands for any sentence.
    private static bool Same(JsonNode? expected, JsonNode? actual) => (expected, actual) switch
    {
        (JsonValue value, JsonValue) when value.GetValue<string>() == "*" => true,
        (JsonObject left, JsonObject right) => left.Count == right.Count && left.All(member => right.ContainsKey(member.Key) && Same(member.Value, right[member.Key])),
        (JsonArray left, JsonArray right) => left.Count == right.Count && left.Zip(right).All(static pair => Same(pair.First, pair.Second)),
        _ => JsonNode.DeepEquals(expected, actual),
    };
}
