using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Configuration.Mesh;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

/// <summary>
/// The splits of the sample's Istio files over 100 000 requests each, found by the table that serves and drawn by the generator that serves, and
/// between them requests that a header or a region decides. Sorted by specificity, since the sample's own order hides the 90/10 rule.
/// </summary>
public sealed class SampleSplitTests
{
    private const int Requests = 100_000;
    private const string Cluster = "outbound|8080|{0}|voltage-soda-backend.voltage-soda.svc.cluster.local";

    private readonly MeshYaml _mesh = MeshYaml.Compile(Load(), new MeshOptions { RouteOrder = RouteOrder.Specificity });
    private readonly RequestIdGenerator _draws = new();

    [Theory]
    [InlineData("voltage-soda.com", "stable", 90, "canary")]
    [InlineData("www.voltage-soda.com", "stable", 90, "canary")]
    [InlineData("api.voltage-soda.com", "stable", 95, "variant-b")]
    public void Split_OfTheSample_IsWithinHalfAPercentagePoint(string host, string first, double percent, string second)
    {
        Dictionary<string, int> hits = [];
        MeshRoutePlan route = Find(host, "/api/v1/orders");
        for (int i = 0; i < Requests; i++)
        {
            MeshDestinationPlan destination = Find(host, "/api/v1/orders").Choose(_draws.Next());
            hits[destination.ClusterName] = hits.GetValueOrDefault(destination.ClusterName) + 1;
        }

        Assert.Equal(2, route.Destinations.Length);
        Assert.Equal(Requests, hits.Values.Sum());
        Assert.Equal(percent, 100.0 * hits[string.Format(null, Cluster, first)] / Requests, 0.5);
        Assert.Equal(100 - percent, 100.0 * hits[string.Format(null, Cluster, second)] / Requests, 0.5);
    }

    [Theory]
    [InlineData("/api/v1/flavors/cola", "X-Canary", "true", "outbound|8081|canary|voltage-soda-flavors.voltage-soda.svc.cluster.local")]
    [InlineData("/api/v1/orders", "X-Geo-Region", "eu", "outbound|8080||voltage-soda-backend-eu.voltage-soda.svc.cluster.local")]
    [InlineData("/api/v1/orders", "X-Geo-Region", "apac", "outbound|8080||voltage-soda-backend-apac.voltage-soda.svc.cluster.local")]
    public void Rule_OfAHeader_IsRightEveryTime(string path, string name, string value, string cluster)
    {
        for (int i = 0; i < Requests / 10; i++)
        {
            Assert.Equal(cluster, Find("api.voltage-soda.com", path, (name, value)).Choose(_draws.Next()).ClusterName);

            // Any other value is nobody's, whatever the one before had.
            Assert.StartsWith(
                "outbound|8080|", Find("api.voltage-soda.com", "/api/v1/orders", (name, value + "x")).Choose(_draws.Next()).ClusterName, StringComparison.Ordinal);
        }
    }

    private MeshRoutePlan Find(string host, string path, params (string Name, string Value)[] headers) =>
        _mesh.Find($"https://{host}{path}", "GET", 8443, headers)!;

    private static LoadResult Load() => new ConfigSource(
        EdgeSettings.From([]),
        [.. Directory.GetFiles(MeshLoading.SampleFolder, "*.yaml").Where(static file => Path.GetFileName(file) != "security.yaml").Order(StringComparer.Ordinal)]).Load();
}
