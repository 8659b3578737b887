using System.Net;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>
/// Where Kong tells a mistake (its schemas, <c>kong/db/schema/init.lua</c> and <c>kong/db/errors.lua</c>): at a field, at a record, or at the entity
/// when fields contradict each other.
/// </summary>
public sealed class SchemaViolationTests : IAsyncLifetime
{
    private const string OneList = "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'";
    private const string AnyList = "at least one of these fields must be non-empty: 'config.allow', 'config.deny'";
    private const string AnyLimit =
        "at least one of these fields must be non-empty: 'config.second', 'config.minute', 'config.hour', 'config.day', 'config.month', 'config.year'";

    private AdminEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await AdminEdge.StartAsync("");

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    public static TheoryData<string, string, string> Mistakes => new()
    {
        {
            "plugins", """{"name":"rate-limiting","config":{"hour":9,"minute":10}}""",
            """{"config":"The limit for hour(9.0) cannot be lower than the limit for minute(10.0)"}"""
        },
        {
            "plugins", """{"name":"rate-limiting","config":{"hour":9,"minute":10,"second":11}}""",
            """{"config":"The limit for minute(10.0) cannot be lower than the limit for second(11.0)"}"""
        },
        { "plugins", """{"name":"rate-limiting"}""", $$"""{"@entity":["{{AnyLimit}}"]}""" },
        { "plugins", """{"name":"rate-limiting","config":{"policy":"local"}}""", $$"""{"@entity":["{{AnyLimit}}"]}""" },
        {
            "plugins", """{"name":"rate-limiting","config":{"minute":1,"limit_by":"header"}}""",
            """{"@entity":["failed conditional validation given value of field 'config.limit_by'"],"config":{"header_name":"required field missing"}}"""
        },
        {
            "plugins", """{"name":"rate-limiting","config":{"minute":1,"policy":"redis"}}""",
            """{"@entity":["failed conditional validation given value of field 'config.policy'"],"config":{"redis_host":"required field missing"}}"""
        },
        { "plugins", """{"name":"acl"}""", $$"""{"@entity":["{{OneList}}","{{AnyList}}"]}""" },
        { "plugins", """{"name":"acl","config":{"allow":[],"deny":[]}}""", $$"""{"@entity":["{{OneList}}","{{AnyList}}"]}""" },
        { "plugins", """{"name":"acl","config":{"allow":["a"],"deny":["b"]}}""", $$"""{"@entity":["{{OneList}}"]}""" },
        {
            "plugins", """{"name":"acl","config":{"whitelist":["a"]}}""",
            $$$"""{"@entity":["{{{OneList}}}","{{{AnyList}}}"],"config":{"whitelist":"unknown field"}}"""
        },
        {
            "plugins", """{"name":"acl","config":{"whitelist":["a"],"blacklist":["b"]}}""",
            $$$"""{"@entity":["{{{OneList}}}","{{{AnyList}}}"],"config":{"blacklist":"unknown field","whitelist":"unknown field"}}"""
        },
        {
            "plugins", """{"name":"acl","config":{"allow":["a"]},"protocols":["http","ftp"]}""",
            """{"protocols":[null,"expected one of: grpc, grpcs, http, https"]}"""
        },
        {
            "plugins", """{"name":"acl","config":{"allow":["a"]},"protocols":["tcp"]}""",
            """{"protocols":["expected one of: grpc, grpcs, http, https"]}"""
        },
        { "plugins", """{"name":"acl","config":{"allow":["a"],"blacklist":["b"]}}""", """{"config":{"blacklist":"unknown field"}}""" },
        { "plugins", """{"name":"ip-restriction"}""", $$"""{"@entity":["{{AnyList}}"]}""" },
        {
            "plugins", """{"name":"jwt","config":{"maximum_expiration":60,"claims_to_verify":["nbf"]}}""",
            """
            {"@entity":["failed conditional validation given value of field 'config.maximum_expiration'"],
            "config":{"claims_to_verify":"expected to contain: exp"}}
            """
        },
        {
            "plugins", """{"name":"zipkin","config":{"static_tags":[{"name":"a","value":"b"},{"foo":"x"}]}}""",
            """{"config":{"static_tags":[null,{"foo":"unknown field","name":"required field missing","value":"required field missing"}]}}"""
        },
        {
            "plugins", """{"name":"zipkin","config":{"static_tags":[{"name":"a","value":"b"},{"name":"a","value":"c"}]}}""",
            """{"config":{"static_tags":"repeated tags are not allowed: a"}}"""
        },
        {
            "plugins", """{"name":"http-log","config":{"http_endpoint":"http://a.b","headers":{"hOST":"x"}}}""",
            """{"config":{"headers":"cannot contain 'Host' header"}}"""
        },
        {
            "plugins", """{"name":"request-termination","config":{"content_type":"a/b","echo":true}}""",
            """{"config":"content_type requires a body"}"""
        },
        {
            "upstreams", """{"name":"u","hash_on":"header"}""",
            """{"@entity":["failed conditional validation given value of field 'hash_on'"],"hash_on_header":"required field missing"}"""
        },
        {
            "upstreams", """{"name":"u","hash_on":"none","hash_fallback":"ip"}""",
            """{"@entity":["failed conditional validation given value of field 'hash_on'"],"hash_fallback":"expected one of: none"}"""
        },
        {
            "upstreams", """{"name":"u","healthchecks":{"active":{"healthy":{"http_statuses":[200,99]}}}}""",
            """{"healthchecks":{"active":{"healthy":{"http_statuses":[null,"value should be between 100 and 999"]}}}}"""
        },
        {
            "upstreams", """{"name":"u","healthchecks":{"passive":{"unhealthy":{"http_statuses":["x"]}}}}""",
            """{"healthchecks":{"passive":{"unhealthy":{"http_statuses":["expected an integer"]}}}}"""
        },
        {
            "services", """{"name":"s","host":"a.b","protocol":"http","tls_verify":true,"tls_verify_depth":1}""",
            """
            {"@entity":["failed conditional validation given value of field 'protocol'","failed conditional validation given value of field 'protocol'"],
            "tls_verify":"value must be null","tls_verify_depth":"value must be null"}
            """
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Fields_AreWhereKongTellsThem(string collection, string entity, string fields)
    {
        (HttpStatusCode status, JsonNode? body) = await ValidateAsync(collection, entity);
        Assert.Equal((HttpStatusCode.BadRequest, 2, "schema violation"), (status, body!["code"]!.GetValue<int>(), body["name"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(fields), body["fields"]), body["fields"]!.ToJsonString());
    }

    [Theory]
    [InlineData("plugins", """{"name":"acl","config":{"invalid":1}}""",
        $"3 schema violations ({OneList}; {AnyList}; config.invalid: unknown field)")]
    [InlineData("plugins", """{"name":"rate-limiting","config":{"hour":9,"minute":10}}""",
        "schema violation (config: The limit for hour(9.0) cannot be lower than the limit for minute(10.0))")]
    [InlineData("services", """{"name":"s","host":"a.b","tags":["a",1]}""", "schema violation (tags.2: expected a string)")]
    [InlineData("upstreams", """{"name":"u","slots":1,"hash_on":"header"}""",
        "3 schema violations (failed conditional validation given value of field 'hash_on'; hash_on_header: required field missing; "
        + "slots: value should be between 10 and 65536)")]
    [InlineData("upstreams", """{"name":"u","healthchecks":{"active":{"healthy":{"http_statuses":[200,99]}}}}""",
        "schema violation (healthchecks.active: {\n  healthy = {\n    http_statuses = {\n      [2] = \"value should be between 100 and 999\"\n    }\n  }\n})")]
    public async Task Message_IsToldFromTheFields(string collection, string entity, string message) =>
        Assert.Equal(message, (await ValidateAsync(collection, entity)).Body!["message"]!.GetValue<string>());

    [Fact]
    public async Task Post_TellsTheSame()
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.PostConfigAsync("""
            _format_version: "3.0"
            services:
            - name: s
              host: a.b
              plugins:
              - name: rate-limiting
                config: {hour: 9, minute: 10}
              - name: jwt
                config: {maximum_expiration: 60, claims_to_verify: [nbf]}
            upstreams:
            - name: u
              hash_on: header
            """);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            "declarative config is invalid: {services={{plugins={{config=\"The limit for hour(9.0) cannot be lower than the limit for minute(10.0)\"},"
            + "{[\"@entity\"]={\"failed conditional validation given value of field 'config.maximum_expiration'\"},"
            + "config={claims_to_verify=\"expected to contain: exp\"}}}}},"
            + "upstreams={{[\"@entity\"]={\"failed conditional validation given value of field 'hash_on'\"},hash_on_header=\"required field missing\"}}}",
            body!["message"]!.GetValue<string>());
    }

    private Task<(HttpStatusCode Status, JsonNode? Body)> ValidateAsync(string collection, string entity) =>
        _edge.CallAsync(HttpMethod.Post, $"/schemas/{collection}/validate", AdminEdge.Body(entity, "application/json"));
}
