using System.Net;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>Health of targets over both APIs, and the operator's switch.</summary>
public sealed class UpstreamHealthTests : IAsyncLifetime
{
    private const string Checked = """
        _format_version: "3.0"
        upstreams:
        - name: pool.internal
          healthchecks:
            passive:
              unhealthy: {http_failures: 3}
          targets:
          - target: 127.0.0.1:9001
          - target: 127.0.0.1:9002
            weight: 50
        - name: unchecked.internal
          targets:
          - target: 127.0.0.1:9003
        """;

    private AdminEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await AdminEdge.StartAsync(Checked);

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Fact]
    public async Task Health_OfATarget_HasKongsShape()
    {
        JsonNode answer = await _edge.GetAsync("/upstreams/pool.internal/health");
        Assert.Equal(["data", "next", "node_id"], answer.AsObject().Select(static member => member.Key));
        JsonNode target = answer["data"]![1]!;
        Assert.Equal("127.0.0.1:9002", target["target"]!.GetValue<string>());
        Assert.Equal("HEALTHY", target["health"]!.GetValue<string>());
        Assert.Equal((await _edge.GetAsync("/upstreams/pool.internal"))["id"]!.GetValue<string>(), target["upstream"]!["id"]!.GetValue<string>());
        JsonObject data = target["data"]!.AsObject();
        Assert.Equal(["host", "port", "dns", "nodeWeight", "weight", "addresses"], data.Select(static member => member.Key));
        Assert.Equal("""{"total":50,"available":50,"unavailable":0}""", data["weight"]!.ToJsonString());
        Assert.Equal("""[{"ip":"127.0.0.1","port":9002,"weight":50,"health":"HEALTHY"}]""", data["addresses"]!.ToJsonString());
        Assert.Equal("HEALTHCHECKS_OFF", (await _edge.GetAsync("/upstreams/unchecked.internal/health"))["data"]![0]!["health"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("127.0.0.1:9001", "")]
    [InlineData("{id}", "")]
    [InlineData("127.0.0.1:9001", "/127.0.0.1:9001")]
    public async Task Switch_TakesATargetOutAndIn(string target, string address)
    {
        string id = (await _edge.GetAsync("/upstreams/pool.internal/targets"))["data"]![0]!["id"]!.GetValue<string>();
        string path = $"/upstreams/pool.internal/targets/{target.Replace("{id}", id, StringComparison.Ordinal)}{address}/";

        Assert.Equal(HttpStatusCode.NoContent, (await _edge.CallAsync(HttpMethod.Put, path + "unhealthy")).Status);
        JsonNode answer = await _edge.GetAsync("/upstreams/pool.internal/health");
        Assert.Equal("UNHEALTHY", answer["data"]![0]!["health"]!.GetValue<string>());
        Assert.Equal("HEALTHY", answer["data"]![1]!["health"]!.GetValue<string>());
        JsonNode whole = (await _edge.GetAsync("/upstreams/pool.internal/health?balancer_health=1"))["data"]!;
        Assert.Equal(["id", "health", "balancer_health", "details"], whole.AsObject().Select(static member => member.Key));
        Assert.Equal("HEALTHY", whole["health"]!.GetValue<string>());
        Assert.True(whole["details"]!["healthy"]!.GetValue<bool>());
        Assert.Equal("""{"total":150,"available":50,"unavailable":100}""", whole["details"]!["weight"]!.ToJsonString());
        Assert.Equal(2, whole["details"]!["hosts"]!.AsArray().Count);

        Assert.Equal(HttpStatusCode.NoContent, (await _edge.CallAsync(HttpMethod.Put, path + "healthy")).Status);
        Assert.Equal("HEALTHY", (await _edge.GetAsync("/upstreams/pool.internal/health"))["data"]![0]!["health"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("PUT", "/upstreams/none/targets/127.0.0.1:9001/healthy", 404)]
    [InlineData("PUT", "/upstreams/pool.internal/targets/127.0.0.1:1/healthy", 404)]
    [InlineData("PUT", "/upstreams/unchecked.internal/targets/127.0.0.1:9003/healthy", 400)]
    [InlineData("POST", "/upstreams/pool.internal/targets/127.0.0.1:9001/healthy", 405)]
    [InlineData("GET", "/upstreams/pool.internal/targets/127.0.0.1:9001/healthy", 405)]
    [InlineData("GET", "/upstreams/none/health", 404)]
    public async Task Switch_OfWhatIsNotThere_IsRefused(string method, string path, int status)
    {
        (HttpStatusCode answered, JsonNode? body) = await _edge.CallAsync(new HttpMethod(method), path);
        Assert.Equal(status, (int)answered);
        Assert.NotNull(body!["message"]);
    }

    [Theory]
    [InlineData("GET", "/upstreams/pool.internal/health", 200)]
    [InlineData("GET", "/upstreams/pool.internal/health?balancer_health=1", 200)]
    [InlineData("GET", "/upstreams/pool.internal/targets", 200)]
    [InlineData("GET", "/upstreams/pool.internal/targets/all", 200)]
    [InlineData("GET", "/upstreams/pool.internal/targets/127.0.0.1:9001", 200)]
    [InlineData("GET", "/upstreams/pool.internal/targets/127.0.0.1:1", 404)]
    [InlineData("GET", "/upstreams/none/health", 404)]
    [InlineData("GET", "/upstreams", 404)]
    [InlineData("GET", "/upstreams/pool.internal", 404)]
    [InlineData("PUT", "/upstreams/pool.internal/targets/127.0.0.1:9001/unhealthy", 404)]
    [InlineData("POST", "/upstreams/pool.internal/targets", 405)]
    [InlineData("DELETE", "/upstreams/pool.internal/targets/127.0.0.1:9001", 405)]
    public async Task Status_HasTheReadsOnly(string method, string path, int status)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(new HttpMethod(method), $"http://{_edge.Edge.Status}{path}");
        using HttpResponseMessage answer = await client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 200)
        {
            JsonNode here = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.Equal(AdminEdge.Stable(await _edge.GetAsync(path)), AdminEdge.Stable(here));
        }
    }
}
