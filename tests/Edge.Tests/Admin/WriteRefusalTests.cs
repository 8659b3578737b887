using System.Net;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>Without a database nothing but /config is written.</summary>
public sealed class WriteRefusalTests : IAsyncLifetime
{
    private AdminEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await AdminEdge.StartAsync(EveryKind.Text);

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Theory]
    [InlineData("POST", "/services", "cannot create 'services' entities when not using a database")]
    [InlineData("POST", "/routes", "cannot create 'routes' entities when not using a database")]
    [InlineData("POST", "/consumers", "cannot create 'consumers' entities when not using a database")]
    [InlineData("POST", "/services/plain/routes", "cannot create 'routes' entities when not using a database")]
    [InlineData("POST", "/services/plain/plugins", "cannot create 'plugins' entities when not using a database")]
    [InlineData("POST", "/consumers/alice/jwt", "cannot create 'jwt_secrets' entities when not using a database")]
    [InlineData("POST", "/consumers/alice/key-auth", "cannot create 'keyauth_credentials' entities when not using a database")]
    [InlineData("PUT", "/services/plain", "cannot create or update 'services' entities by 'name' when not using a database")]
    [InlineData("PUT", "/services/6ed9eb71-71a0-59d3-bbf1-55f3e07cd4a6", "cannot create or update 'services' entities when not using a database")]
    [InlineData("PATCH", "/services/plain", "cannot update 'services' entities by 'name' when not using a database")]
    [InlineData("PATCH", "/consumers/alice", "cannot update 'consumers' entities by 'username' when not using a database")]
    [InlineData("DELETE", "/routes/by-path", "cannot remove 'routes' entities by 'name' when not using a database")]
    [InlineData("DELETE", "/routes/6ed9eb71-71a0-59d3-bbf1-55f3e07cd4a6", "cannot remove 'routes' entities when not using a database")]
    [InlineData("DELETE", "/services/plain/routes/by-path", "cannot remove 'routes' entities by 'name' when not using a database")]
    [InlineData("DELETE", "/consumers/alice/acls/staff", "cannot remove 'acls' entities when not using a database")]
    [InlineData("PATCH", "/consumers/alice/acls/staff", "cannot update 'acls' entities when not using a database")]
    [InlineData("PUT", "/consumers/alice/acls/staff", "cannot create or update 'acls' entities when not using a database")]
    [InlineData("PUT", "/consumers/alice/acls/new-group", "cannot create or update 'acls' entities when not using a database")]
    [InlineData("PATCH", "/routes/by-path/service", "cannot update 'services' entities when not using a database")]
    [InlineData("POST", "/upstreams/pool.internal/targets", "cannot create 'targets' entities when not using a database")]
    public async Task Write_OfAnEntity_IsUnsupported(string method, string path, string message)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(new HttpMethod(method), path, AdminEdge.Body("{}", "application/json"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);
        Assert.True(JsonNode.DeepEquals(
            new JsonObject { ["code"] = 12, ["name"] = "operation unsupported", ["message"] = message }, body), body!.ToJsonString());
    }

    [Theory]
    [InlineData("PUT", "/services")]
    [InlineData("PATCH", "/services")]
    [InlineData("DELETE", "/services")]
    [InlineData("POST", "/services/plain")]
    [InlineData("POST", "/")]
    [InlineData("GEEEET", "/")]
    [InlineData("POST", "/status")]
    [InlineData("DELETE", "/config")]
    [InlineData("DELETE", "/routes/by-path/service")]
    [InlineData("GET", "/schemas/plugins/validate/")]
    public async Task OtherMethod_IsNotAllowed(string method, string path)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(new HttpMethod(method), path);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);
        Assert.Equal("""{"message":"Method not allowed"}""", body!.ToJsonString());
    }

    [Theory]
    [InlineData("/services", "GET, HEAD, OPTIONS, POST")]
    [InlineData("/services/plain", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")]
    [InlineData("/config", "GET, HEAD, OPTIONS, POST")]
    [InlineData("/", "GET, HEAD, OPTIONS")]
    public async Task Options_TellTheMethods(string path, string methods)
    {
        using HttpResponseMessage answer = await _edge.SendAsync(HttpMethod.Options, path);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(methods, string.Join(", ", answer.Content.Headers.Allow));
        Assert.Equal(methods, answer.Headers.GetValues("Access-Control-Allow-Methods").Single());
        Assert.Equal("Content-Type", answer.Headers.GetValues("Access-Control-Allow-Headers").Single());
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Matches("^[0-9]+$", answer.Headers.GetValues("X-Kong-Admin-Latency").Single());
    }

    [Fact]
    public async Task CreateNested_UnderNobody_Is404() =>
        Assert.Equal(HttpStatusCode.NotFound, (await _edge.CallAsync(HttpMethod.Post, "/services/none/routes")).Status);
}
