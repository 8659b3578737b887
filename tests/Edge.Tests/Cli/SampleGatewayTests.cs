using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.Cli.Explain.Mesh;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>What the sample's Gateways do with requests (mesh.md 18), as explain tells it.</summary>
public sealed class SampleGatewayTests
{
    private const string Subject = "Origin: https://voltage-soda.com";

    [Theory]
    [InlineData("https://voltage-soda.com/")]
    [InlineData("https://www.voltage-soda.com/calculator?x=1")]
    [InlineData("https://voltage-soda.com/api/v1/flavors")]
    [InlineData("https://voltage-soda.com/health")]
    public async Task Frontend_AnyPathOfItsHosts_IsTheCatchAlls(string url)
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", url, Subject);

        ExplainedGateway gateway = explanation.Gateway!;
        Assert.Equal(OutcomeKind.Proxied, explanation.Outcome.Kind);
        Assert.Equal("https.443.https.voltage-soda-gateway-https.voltage-soda", gateway.Table);
        Assert.Equal("0.0.0.0:8443 ssl", explanation.Listener.Address);
        ExplainedDestination destination = Assert.Single(gateway.Destinations);
        Assert.Equal("outbound|3000||voltage-soda-frontend.voltage-soda.svc.cluster.local", destination.Cluster);
        Assert.Equal(100, destination.Percent);
        Assert.Equal(5_000, gateway.TimeoutMs);
        Assert.Equal((3, "5xx,reset,connect-failure,refused-stream", 2_000), (gateway.Retries!.Attempts, gateway.Retries.On, gateway.Retries.PerTryTimeoutMs));
        Assert.Equal((0.1m, 5_000), (gateway.Fault!.DelayPercent, gateway.Fault.DelayMs));
        Assert.Contains("the origin is allowed", gateway.Cors);
        Assert.Equal("voltage-soda/voltage-soda-global-routing rule 1 match 1", explanation.Route!.Name);
        Assert.EndsWith("traffic-routing.yaml", explanation.Route.Place!.File);
    }

    [Theory]
    [InlineData("https://voltage-soda.com/api/v1/x", "rule 2 match 1")]
    [InlineData("https://voltage-soda.com/api/flavors/x", "rule 3 match 1")]
    [InlineData("https://voltage-soda.com/health", "rule 4 match 1")]
    public async Task Frontend_LaterRules_AreTold_AsDead(string url, string rule)
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", url);

        LostRoute lost = Assert.Single(explanation.Lost, lost => lost.Name.EndsWith(rule, StringComparison.Ordinal));
        Assert.True(lost.Matches);
        Assert.Contains("it is dead: the catch-all at", Assert.Single(lost.Reasons));
        Assert.Contains(explanation.Route!.Place!.ToString(), lost.Reasons[0]);
    }

    [Fact]
    public async Task Api_FlavorsCanary_HasNoSubset()
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", "https://api.voltage-soda.com/api/v1/flavors/cola", "X-Canary: true");

        Assert.Equal((OutcomeKind.Answered, 503), (explanation.Outcome.Kind, explanation.Outcome.Status));
        Assert.Contains("no DestinationRule defines the subset", explanation.Outcome.By);
        Assert.Equal("outbound|8081|canary|voltage-soda-flavors.voltage-soda.svc.cluster.local", explanation.Gateway!.Destinations[0].Cluster);
    }

    [Theory]
    [InlineData("eu")]
    [InlineData("apac")]
    public async Task Api_Region_GoesThere(string region)
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", "https://api.voltage-soda.com/api/v1/orders", $"X-Geo-Region: {region}");

        Assert.Equal($"outbound|8080||voltage-soda-backend-{region}.voltage-soda.svc.cluster.local", explanation.Gateway!.Destinations[0].Cluster);
        Assert.Equal(8_000, explanation.Gateway.TimeoutMs);
    }

    [Theory]
    [InlineData("https://api.voltage-soda.com/api/v1/orders")]
    [InlineData("https://api.voltage-soda.com/api/v1/critical/x")] // Shadowed by the shorter prefix before it.
    public async Task Api_Default_IsSplit(string url)
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", url);

        ExplainedGateway gateway = explanation.Gateway!;
        Assert.Equal(
            [("outbound|8080|stable|voltage-soda-backend.voltage-soda.svc.cluster.local", 95m), ("outbound|8080|variant-b|voltage-soda-backend.voltage-soda.svc.cluster.local", 5m)],
            gateway.Destinations.Select(static destination => (destination.Cluster, destination.Percent)));
        Assert.Null(gateway.Destinations[0].Refusal);
        Assert.Contains("503 NC", gateway.Destinations[1].Refusal);
        Assert.Equal(10_000, gateway.TimeoutMs);
        Assert.Equal(2, gateway.Retries!.Attempts);
        Assert.Null(gateway.Retries.Place);
        Assert.Equal("voltage-soda/voltage-soda-advanced-routing rule 4 match 1", explanation.Route!.Name);

        // Two rules for the host: the one whose policy holds first.
        Assert.Equal(
            ["advanced-traffic-policy.yaml", "traffic-routing.yaml"],
            gateway.Destinations[0].DestinationRules.Select(static place => Path.GetFileName(place.File)));
    }

    [Fact]
    public async Task Api_Critical_IsShadowed()
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", "https://api.voltage-soda.com/api/v1/critical/x");

        LostRoute lost = Assert.Single(explanation.Lost, static lost => lost.Path == "path prefix /api/v1/critical");
        Assert.True(lost.Matches);
        Assert.Contains($"the rule at {explanation.Route!.Place} stands before it", lost.Reasons[0]);
    }

    [Fact]
    public async Task Api_AnythingElse_IsTheFrontendsCatchAll()
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", "https://api.voltage-soda.com/docs");

        Assert.Equal("outbound|3000||voltage-soda-frontend.voltage-soda.svc.cluster.local", explanation.Gateway!.Destinations[0].Cluster);
        Assert.Equal(explanation.Gateway.Rule!.Of, explanation.Gateway.Rule.Order); // It stands last.
    }

    [Theory]
    [InlineData("http://voltage-soda.com/x?y=1", "https://voltage-soda.com/x?y=1")]
    [InlineData("http://www.voltage-soda.com/", "https://www.voltage-soda.com/")]
    [InlineData("http://api.voltage-soda.com/api/v1", "https://api.voltage-soda.com/api/v1")]
    public async Task Plain_EveryHost_RedirectsToHttps(string url, string location)
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", url);

        Assert.Equal((OutcomeKind.Answered, 301), (explanation.Outcome.Kind, explanation.Outcome.Status));
        Assert.Equal([$"location: {location}"], explanation.Outcome.Headers);
        Assert.Equal("0.0.0.0:8080", explanation.Listener.Address);
    }

    [Theory]
    [InlineData("X_Under: score")] // Gateway listeners reject what Kong's allow.
    [InlineData("Broken")]
    public async Task Head_ThatIsRefused_EndsThere(string field)
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", "https://api.voltage-soda.com/api/v1", field);

        Assert.Equal((OutcomeKind.Refused, 400), (explanation.Outcome.Kind, explanation.Outcome.Status));
        Assert.Null(explanation.Route);
    }

    [Fact]
    public async Task Plain_OtherHost_HasNoRoute()
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", "http://other.test/");

        Assert.Equal((OutcomeKind.NoRoute, 404), (explanation.Outcome.Kind, explanation.Outcome.Status));
    }

    [Fact]
    public async Task Tls_OtherName_IsClosed()
    {
        await using ExplainProbe probe = Sample();
        Explanation explanation = await probe.ExplainAsync("GET", "https://other.test/");

        Assert.Equal(OutcomeKind.Closed, explanation.Outcome.Kind);
        Assert.Contains("the connection is closed by listener 0.0.0.0_8443", ExplanationText.Render(explanation));
    }

    [Theory]
    [InlineData("https://voltage-soda.com/api/v1/x", "voltage-soda/voltage-soda-global-routing rule 2 match 1")]
    [InlineData("https://voltage-soda.com/health", "voltage-soda/voltage-soda-global-routing rule 4 match 1")]
    [InlineData("https://voltage-soda.com/recipes/cola", "voltage-soda/voltage-soda-global-routing rule 1 match 5")]
    [InlineData("https://api.voltage-soda.com/api/v1/critical/x", "voltage-soda/voltage-soda-advanced-routing rule 5 match 1")]
    public async Task Specificity_Sorted_EveryRuleIsReached(string url, string rule)
    {
        await using ExplainProbe probe = Sample(("EDGE_ISTIO_ROUTE_ORDER", "specificity"));

        Assert.Equal(rule, (await probe.ExplainAsync("GET", url)).Route?.Name);
    }

    [Fact]
    public async Task WithSecurity_NothingIsServed()
    {
        await using ExplainProbe probe = new(Settings(("EDGE_CONFIG_MODE", "lenient")), null, Folder);
        Explanation explanation = await probe.ExplainAsync("GET", "https://api.voltage-soda.com/api/v1/orders");

        Assert.All(explanation.Gateway!.Destinations, static destination => Assert.StartsWith("403", destination.Refusal));
    }

    [Fact]
    public async Task Text_OfASplit_IsTheCommittedOne()
    {
        await using ExplainProbe probe = Sample();
        string text = ExplanationText.Render(await probe.ExplainAsync("GET", "https://api.voltage-soda.com/api/v1/critical/x"));

        Golden.Equal("tests/Edge.Tests/Cli/Golden/explain-gateway.txt", text.Replace(Loading.Root + "/", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_OfASplit_IsTheCommittedOne()
    {
        await using ExplainProbe probe = Sample();
        string json = ExplanationJson.Render(await probe.ExplainAsync("GET", "https://api.voltage-soda.com/api/v1/critical/x"));

        Golden.Equal("tests/Edge.Tests/Cli/Golden/explain-gateway.json", json.Replace(Loading.Root + "/", "", StringComparison.Ordinal) + "\n");
    }

    private static string Folder => Path.Combine(Loading.Root, "samples", "voltage-soda", "istio");

    private static ExplainProbe Sample(params (string Name, string Value)[] settings) => new(
        Settings(settings),
        null,
        [.. Directory.GetFiles(Folder, "*.yaml").Where(static file => Path.GetFileName(file) != "security.yaml").Order(StringComparer.Ordinal)]);

    private static EdgeSettings Settings(params (string Name, string Value)[] settings) =>
        SettingsLoader.Load(settings.Append(("KONG_PROXY_LISTEN", "off")).ToDictionary(static pair => pair.Item1, static pair => pair.Item2));
}
