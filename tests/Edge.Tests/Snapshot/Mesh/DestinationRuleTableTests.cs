using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot.Mesh;
using static VoltageSoda.Edge.Tests.Snapshot.Mesh.MeshModels;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

public sealed class DestinationRuleTableTests
{
    private const string Host = "web.shop.svc.cluster.local";

    [Fact]
    public void Host_ExactGoesBeforeTheLongestWildcard()
    {
        DestinationRuleTable table = Table(
            Rule("a", "shop", "*.local", Policy()), Rule("b", "shop", "*.shop.svc.cluster.local", Policy()), Rule("c", "shop", "web", Policy()));
        Assert.Equal("c", Found(table, Host));
        Assert.Equal("b", Found(table, "api.shop.svc.cluster.local"));
        Assert.Equal("a", Found(table, "api.other.svc.cluster.local", "shop"));
        Assert.Null(Found(table, "example.com", "shop"));
    }

    [Fact]
    public void Namespaces_AreSearchedProxyThenServiceThenRoot()
    {
        DestinationRule root = Rule("root", MeshModel.RootNamespace, Host, Policy());
        DestinationRule service = Rule("service", "shop", "*.local", Policy());
        DestinationRule proxy = Rule("proxy", "edge", "*", Policy());
        Assert.Equal("root", Found(Table(root), Host));
        Assert.Equal("service", Found(Table(root, service), Host));
        Assert.Equal("proxy", Found(new DestinationRuleTable([root, service, proxy], "edge", LabelSet.Empty), Host));

        // Others have no say over a service of this namespace.
        Assert.Null(Found(Table(Rule("foreign", "other", Host, Policy())), Host));
        Assert.Equal("foreign", new DestinationRuleTable([Rule("foreign", "other", "example.com", Policy())], "istio-system", LabelSet.Empty)
            .Find("example.com", null)!.Rules[0].File);
    }

    [Fact]
    public void Merge_FirstPolicyWinsAndLaterRulesAddSubsets()
    {
        TrafficPolicy first = Policy(10) with { ConnectionPool = Pool(connections: 1) };
        DestinationRuleTable table = Table(
            Rule("a", "shop", "web", first, Subset("v1", null, "version=1")),
            Rule("b", "shop", "web", Policy(20) with { Tls = Tls(ClientTlsMode.Simple) }, Subset("v1", null, "version=other"), Subset("v2", null, "version=2")));
        MergedDestinationRule merged = table.Find(Host, "shop")!;
        Assert.Same(first, merged.Policy);
        Assert.Equal(["v1", "v2"], merged.Subsets.Keys.Order());
        Assert.Equal("version=1", merged.Subsets["v1"].Labels.ToString());
        Assert.Equal(["a", "b"], merged.Rules.Select(static span => span.File));
    }

    [Fact]
    public void Merge_RuleWithoutPolicy_LeavesItToTheNext()
    {
        TrafficPolicy second = Policy(20);
        MergedDestinationRule merged = Table(Rule("a", "shop", "web", null, Subset("v1")), Rule("b", "shop", "web", second)).Find(Host, "shop")!;
        Assert.Same(second, merged.Policy);
        Assert.Equal(["b", "a"], merged.Rules.Select(static span => span.File));
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("istio-system", true)]
    [InlineData(".", false)]
    [InlineData("~", false)]
    [InlineData("other", false)]
    public void ExportTo_DecidesWhetherTheEdgeSeesIt(string to, bool seen) =>
        Assert.Equal(seen, Table(Rule("a", "shop", "web", Policy()) with { ExportTo = [to] }).Find(Host, "shop") is not null);

    [Fact]
    public void WorkloadSelector_HoldsForProxiesOfItsNamespaceThatHaveTheLabels()
    {
        DestinationRule rule = Rule("a", "istio-system", Host, Policy()) with { WorkloadSelector = Labels("istio=ingressgateway") };
        LabelSet edge = Labels("istio=ingressgateway");
        Assert.NotNull(new DestinationRuleTable([rule], "istio-system", edge).Find(Host, "shop"));
        Assert.Null(new DestinationRuleTable([rule], "other", edge).Find(Host, "shop"));
        Assert.Null(new DestinationRuleTable([rule with { WorkloadSelector = Labels("app=x") }], "istio-system", edge).Find(Host, "shop"));
    }

    private static DestinationRuleTable Table(params DestinationRule[] rules) => new(rules, MeshModel.RootNamespace, LabelSet.Empty);

    private static string? Found(DestinationRuleTable table, string host, string? ns = null) =>
        table.Find(host, ns ?? MeshHosts.NamespaceOf(host))?.Rules[0].File;
}
