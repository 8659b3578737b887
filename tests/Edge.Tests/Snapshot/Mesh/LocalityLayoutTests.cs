using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Snapshot.Mesh;
using static VoltageSoda.Edge.Tests.Snapshot.Mesh.MeshModels;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

public sealed class LocalityLayoutTests
{
    private static readonly MeshLocality Own = MeshLocality.Parse("eu/a/1");

    [Fact]
    public void Default_NearGoesFirstWhereEndpointsAreEjected()
    {
        Assert.Equal([0, 1, 2, 3, 3], Layout(Settings(), ejects: true, "eu/a/1", "eu/a/2", "eu/b", "us", "").Priorities.ToArray());
        Assert.Empty(Layout(Settings(), ejects: false, "eu/a/1", "us").Priorities);
        Assert.Empty(Layout(null, ejects: true, "eu/a/1", "us").Priorities);
    }

    [Fact]
    public void Priorities_HaveNoGaps()
    {
        Assert.Equal([1, 0, 1], Layout(Settings(), ejects: true, "us", "eu/b", "asia").Priorities.ToArray());
        Assert.Empty(Layout(Settings(), ejects: true, "us", "asia").Priorities);
        Assert.Empty(Layout(Settings(), ejects: true).Priorities);
    }

    [Fact]
    public void Failover_NamedRegionGoesBeforeOthers()
    {
        EndpointLayout layout = Layout(Settings() with { Failover = [new LocalityFailover("eu", "us")] }, ejects: true, "eu/a/1", "us", "asia", "us");
        Assert.Equal([0, 1, 2, 1], layout.Priorities.ToArray());

        // Localities of a priority weigh by their endpoints.
        Assert.Equal([0, 1, 2, 1], layout.Localities.ToArray());
        Assert.Equal([1, 2, 1], layout.LocalityWeights.ToArray());
    }

    [Theory]
    [InlineData("topology.istio.io/cluster", "0,1,1")]
    [InlineData("topology.istio.io/cluster,topology.kubernetes.io/region", "0,1,1")]
    [InlineData("topology.kubernetes.io/region,topology.istio.io/cluster", "0,1,2")]
    [InlineData("version=v2", "0,1,0")]
    [InlineData("absent", "")]
    public void FailoverPriority_LeadingLabelsThatAgreeDecide(string labels, string priorities)
    {
        MeshMember[] members =
        [
            Member("eu/a", "topology.istio.io/cluster=east", "version=v2"), Member("eu/a", "topology.istio.io/cluster=west"),
            Member("us", "topology.istio.io/cluster=west", "version=v2"),
        ];
        LocalitySettings settings = Settings() with { FailoverPriority = labels.Split(',') };
        Assert.Equal(priorities, string.Join(',', Of(settings, ejects: true).Of(members).Priorities.ToArray()));
    }

    [Fact]
    public void Distribute_WeighsListedLocalitiesAndLeavesOthersOut()
    {
        LocalitySettings settings = Settings() with
        {
            Distribute =
            [
                new LocalityDistribution("us/*", [new("us/*", 100)]),
                new LocalityDistribution("eu/a/*", [new("eu/a/*", 70), new("eu/b/*", 30)]),
            ],
        };
        EndpointLayout layout = Layout(settings, ejects: true, "eu/a/1", "eu/a/1", "eu/a/2", "eu/b", "us");
        Assert.Equal([0, 0, 1, 2, 3], layout.Localities.ToArray());

        // 70 over three endpoints, two of them in the first subzone; rounded up.
        Assert.Equal([47, 24, 30, 0], layout.LocalityWeights.ToArray());
        Assert.Empty(layout.Priorities);

        EndpointLayout only = Layout(settings, ejects: false, "us", "us");
        Assert.Equal(0, only.LocalityWeights[0]);
        Assert.Equal(0, new EndpointSet([new Endpoint("10.0.0.1:80", ""), new Endpoint("10.0.0.2:80", "")], [1, 1], only).AvailableCount);
    }

    [Fact]
    public void Zone_WithoutRegion_IsOfTheOwnRegion() =>
        Assert.Equal([0, 1], Layout(Settings(), ejects: true, "/a/1", "/b").Priorities.ToArray());

    [Fact]
    public void Effective_HostsSettingsReplaceTheMeshs()
    {
        LocalitySettings mesh = Settings() with { FailoverPriority = ["x"] };
        LocalitySettings host = Settings();
        Assert.Same(host, LocalityLayout.Effective(host, mesh));
        Assert.Same(mesh, LocalityLayout.Effective(null, mesh));
        Assert.NotNull(LocalityLayout.Effective(null, null));
        Assert.Null(LocalityLayout.Effective(host with { Enabled = false }, mesh));
        Assert.Null(LocalityLayout.Effective(null, mesh with { Enabled = false }));
        Assert.Same(host, LocalityLayout.Effective(host, mesh with { Enabled = false }));
    }

    private static LocalitySettings Settings() => new() { Span = At(1) };

    private static LocalityLayout Of(LocalitySettings? settings, bool ejects) => new(
        EndpointLayout.Plain, settings, Own, MeshPlace.WithPlace(LabelSet.Empty, Own, "net", "east"), ejects);

    private static EndpointLayout Layout(LocalitySettings? settings, bool ejects, params string[] localities) =>
        Of(settings, ejects).Of([.. localities.Select(static locality => Member(locality))]);

    private static MeshMember Member(string locality, params string[] labels)
    {
        MeshLocality place = MeshLocality.Parse(locality);
        return new MeshMember("10.0.0.1", 80, 1, MeshPlace.WithPlace(Labels(labels), place, null), place, SourceSpan.None);
    }
}
