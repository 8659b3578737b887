using System.Net;
using VoltageSoda.Edge.IntegrationTests.Telemetry;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>
/// The Istio files of the sample, as they are, walked row by row over sockets; the endpoints come from ServiceEntries beside them.
/// </summary>
public sealed class SampleTableTests : IAsyncLifetime
{
    private const string Namespace = "voltage-soda.svc.cluster.local";

    private readonly Dictionary<string, ScriptedUpstream> _upstreams = [];
    private readonly TestAuthority _authority = new();
    private RunningMesh _mesh = null!;

    private static IEnumerable<string> Files(bool withSecurity) =>
        Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "samples/voltage-soda/istio"), "*.yaml")
            .Where(file => withSecurity || Path.GetFileName(file) != "security.yaml");

    public async Task InitializeAsync() => _mesh = await StartAsync(withSecurity: false);

    public async Task DisposeAsync()
    {
        await _mesh.DisposeAsync();
        foreach (ScriptedUpstream upstream in _upstreams.Values)
        {
            await upstream.DisposeAsync();
        }

        _authority.Dispose();
    }

    [Theory]
    [InlineData("voltage-soda.com", "/")]
    [InlineData("www.voltage-soda.com", "/flavors")]
    [InlineData("voltage-soda.com", "/api/v1/orders")]
    [InlineData("www.voltage-soda.com", "/api/flavors")]
    [InlineData("voltage-soda.com", "/health")]
    [InlineData("api.voltage-soda.com", "/anything/else")]
    [InlineData("api.voltage-soda.com", "/health")]
    public async Task Https_Frontend_TakesWhatItsRuleCovers(string host, string path)
    {
        await using RawClient client = await ConnectAsync(host);
        RawResponse response = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://voltage-soda.com\r\n\r\n");
        Assert.Equal((200, "frontend"), (response.Status, response.Body));
        Assert.Equal("https://voltage-soda.com", response.Header("access-control-allow-origin"));
        Assert.Equal("true", response.Header("access-control-allow-credentials"));
        UpstreamRequest request = _upstreams["frontend"].Requests.Last();
        Assert.Equal(path, request.Target);
        Assert.Equal(host, request.Header("host"));
        Assert.Equal("https", request.Header("x-forwarded-proto"));
        Assert.Equal("2000", request.Header("x-envoy-expected-rq-timeout-ms"));
    }

    [Fact]
    public async Task Https_FrontendPreflight_IsAnsweredHere()
    {
        await using RawClient client = await ConnectAsync("voltage-soda.com");
        RawResponse response = await client.ExchangeAsync(
            "OPTIONS / HTTP/1.1\r\nHost: voltage-soda.com\r\nOrigin: https://www.voltage-soda.com\r\nAccess-Control-Request-Method: POST\r\n\r\n");
        Assert.Equal((200, ""), (response.Status, response.Body));
        Assert.Equal("https://www.voltage-soda.com", response.Header("access-control-allow-origin"));
        Assert.Equal("GET,POST,OPTIONS", response.Header("access-control-allow-methods"));
        Assert.Equal("Authorization,Content-Type,X-Requested-With", response.Header("access-control-allow-headers"));
        Assert.Equal("3600", response.Header("access-control-max-age"));
        Assert.Empty(_upstreams["frontend"].Requests);
    }

    [Fact]
    public async Task Https_Canary_HasNoSubset()
    {
        await using RawClient client = await ConnectAsync("api.voltage-soda.com");
        for (int i = 0; i < 3; i++)
        {
            RawResponse response = await client.ExchangeAsync("GET /api/v1/flavors/cola HTTP/1.1\r\nHost: api.voltage-soda.com\r\nX-Canary: true\r\n\r\n");
            Assert.Equal((503, ""), (response.Status, response.Body));
        }

        Assert.Empty(_upstreams["flavors"].Requests);
    }

    [Theory]
    [InlineData("eu")]
    [InlineData("apac")]
    public async Task Https_Region_HasItsBackend(string region)
    {
        await using RawClient client = await ConnectAsync("api.voltage-soda.com");
        RawResponse response = await client.ExchangeAsync($"GET /api/v1/orders HTTP/1.1\r\nHost: api.voltage-soda.com\r\nX-Geo-Region: {region}\r\n\r\n");
        Assert.Equal((200, "backend-" + region), (response.Status, response.Body));
        Assert.Equal("8000", _upstreams["backend-" + region].Requests.Last().Header("x-envoy-expected-rq-timeout-ms"));
    }

    [Theory]
    [InlineData("/api/v1/orders")]
    [InlineData("/api/v1/critical/pay")]
    [InlineData("/api/v10")]
    public async Task Https_Api_IsStableOrTheUndefinedVariant(string path)
    {
        await using RawClient client = await ConnectAsync("api.voltage-soda.com");
        int stable = 0;
        int missing = 0;
        for (int i = 0; i < 400; i++)
        {
            RawResponse response = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: api.voltage-soda.com\r\n\r\n");
            stable += response is { Status: 200, Body: "backend-stable" } ? 1 : 0;
            missing += response is { Status: 503, Body: "" } ? 1 : 0;
        }

        Assert.Equal(400, stable + missing);
        Assert.InRange(missing, 3, 50);
        Assert.Equal("10000", _upstreams["backend-stable"].Requests.Last().Header("x-envoy-expected-rq-timeout-ms"));
        Assert.Empty(_upstreams["backend-canary"].Requests);
    }

    [Theory]
    [InlineData("voltage-soda.com")]
    [InlineData("www.voltage-soda.com")]
    [InlineData("api.voltage-soda.com")]
    public async Task Http_EveryHost_IsSentToHttps(string host)
    {
        await using RawClient client = await RawClient.ConnectAsync(_mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync($"GET /api/v1?a=b HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\n\r\n");
        Assert.Equal((301, "", $"https://{host}/api/v1?a=b"), (response.Status, response.Body, response.Header("location")));
    }

    [Fact]
    public async Task Http_OtherHost_Is404()
    {
        await using RawClient client = await RawClient.ConnectAsync(_mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: other.com\r\n\r\n");
        Assert.Equal((404, ""), (response.Status, response.Body));
    }

    [Fact]
    public async Task Everything_WithSecurityUnenforced_IsDenied()
    {
        await using RunningMesh mesh = await StartAsync(withSecurity: true);
        const string Host = "api.voltage-soda.com";
        int denied = 0;
        await using RawClient client = await RawClient.ConnectTlsAsync(mesh.EndPoint(443), RawClient.AnyCertificate(Host));
        for (int i = 0; i < 20; i++)
        {
            RawResponse response = await client.ExchangeAsync($"GET /api/v1/orders HTTP/1.1\r\nHost: {Host}\r\n\r\n");
            Assert.NotEqual(200, response.Status);
            denied += response is { Status: 403, Body: "RBAC: access denied" } ? 1 : 0;
        }

        Assert.NotEqual(0, denied);
        Assert.Empty(_upstreams["backend-stable"].Requests);
    }

    private Task<RawClient> ConnectAsync(string host) => RawClient.ConnectTlsAsync(_mesh.EndPoint(443), RawClient.AnyCertificate(host));

    private async Task<RunningMesh> StartAsync(bool withSecurity)
    {
        string documents =
            MeshText.Service("voltage-soda", "voltage-soda-frontend." + Namespace, 3000, (Upstream("frontend"), ""))
            + MeshText.Service("voltage-soda", "voltage-soda-backend." + Namespace, 8080,
                (Upstream("backend-stable"), "version: stable, app: voltage-soda-backend"), (Upstream("backend-canary"), "version: canary, app: voltage-soda-backend"))
            + MeshText.Service("voltage-soda", "voltage-soda-backend-eu." + Namespace, 8080, (Upstream("backend-eu"), ""))
            + MeshText.Service("voltage-soda", "voltage-soda-backend-apac." + Namespace, 8080, (Upstream("backend-apac"), ""))
            + MeshText.Service("voltage-soda", "voltage-soda-flavors." + Namespace, 8081, (Upstream("flavors"), ""));
        RunningMesh mesh = await RunningMesh.StartAsync(documents, Files(withSecurity), ("EDGE_CONFIG_MODE", "lenient"));
        mesh.WriteCertificate("voltage-soda/voltage-soda-tls", _authority.Issue(["voltage-soda.com", "www.voltage-soda.com", "api.voltage-soda.com"]));
        return mesh;
    }

    private IPEndPoint Upstream(string name)
    {
        if (!_upstreams.TryGetValue(name, out ScriptedUpstream? upstream))
        {
            upstream = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok(name));
            _upstreams[name] = upstream;
        }

        return upstream.EndPoint;
    }
}
