using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Tests.Configuration;
using static VoltageSoda.Edge.Tests.Snapshot.Mesh.MeshModels;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

public sealed class MeshRegistryTests
{
    private const string Web = "web.shop.svc.cluster.local";

    [Fact]
    public void Slices_ReadyEndpointsOfTheNamedPort()
    {
        MeshModel model = new()
        {
            KubernetesServices = [Service("web", "shop", Port(80, "http", 8080), Port(90, "admin", 9090))],
            EndpointSlices =
            [
                Slice("web", "shop", [("admin", 9091), ("http", 8081)], Pod("10.0.0.1", labels: "version=stable"), Pod("10.0.0.2", ready: false)),
                Slice("web", "shop", [("http", 8082)], Pod("10.0.0.3", zone: "b"), Pod("10.0.0.4") with { Terminating = true }),
                Slice("web", "other", [("http", 1)], Pod("10.9.9.9")),
                Slice("api", "shop", [("http", 1)], Pod("10.9.9.8")),
            ],
        };
        MeshService service = Find(model, Web)!;
        Assert.Equal(["10.0.0.1:8081", "10.0.0.3:8082"], Addresses(service, 80));
        Assert.Equal(["10.0.0.1:9091"], Addresses(service, 90));
        Assert.Equal("stable", service.Members(Web, 80)[0].Labels["version"]);
        Assert.Equal("b", service.Members(Web, 80)[1].Locality.Zone);
        Assert.False(service.HasPort(81));
        Assert.Equal("Service", service.Source);
    }

    [Fact]
    public void Service_WithoutSlices_IsLookedUp()
    {
        MeshModel model = new()
        {
            KubernetesServices =
            [
                Service("web", "shop", Port(80, "http", 8080)),
                Service("headless", "shop", Port(80, "http", 8080)) with { IsHeadless = true },
                Service("outside", "shop", Port(443, "https")) with { ExternalName = "api.example.com." },
            ],
        };
        Assert.Equal([Web + ":80"], Addresses(Find(model, Web)!, 80));
        Assert.Equal(["headless.shop.svc.cluster.local:8080"], Addresses(Find(model, "headless.shop.svc.cluster.local")!, 80));
        Assert.Equal(["api.example.com:443"], Addresses(Find(model, "outside.shop.svc.cluster.local")!, 443));
    }

    [Fact]
    public void Selectors_FindWorkloadEntriesOfTheirNamespace()
    {
        WorkloadEntry one = new() { Name = "one", Namespace = "shop", Span = At(1), Labels = Labels("app=web"), Endpoint = Endpoint("10.0.0.1", weight: 3) };
        WorkloadEntry two = new() { Name = "two", Namespace = "shop", Span = At(1), Endpoint = Endpoint("10.0.0.2", ports: [("http", 9000)], labels: "app=web") };
        WorkloadEntry foreign = one with { Name = "foreign", Namespace = "other", Endpoint = Endpoint("10.0.0.3") };
        MeshModel model = new()
        {
            WorkloadEntries = [foreign, one, two],
            KubernetesServices = [Service("web", "shop", Port(80, "http", 8080)) with { Selector = Labels("app=web") }],
            ServiceEntries = [Entry("vm.example.com", ServiceResolution.Static) with { WorkloadSelector = Labels("app=web") }],
        };
        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:9000"], Addresses(Find(model, Web)!, 80));
        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:9000"], Addresses(Find(model, "vm.example.com")!, 8080));
        Assert.Equal([3, 1], Find(model, Web)!.Members(Web, 80).Select(static member => member.Weight));
    }

    [Theory]
    [InlineData(ServiceResolution.Static, "10.0.0.1:8080,name.internal:9000", "")]
    [InlineData(ServiceResolution.Dns, "10.0.0.1:8080,name.internal:9000", "ext.example.com:8080")]
    [InlineData(ServiceResolution.DnsRoundRobin, "10.0.0.1:8080,name.internal:9000", "ext.example.com:8080")]
    [InlineData(ServiceResolution.None, "10.0.0.1:8080,name.internal:9000", "ext.example.com:8080")]
    public void ServiceEntry_EndpointsWrittenOrLookedUp(ServiceResolution resolution, string written, string none)
    {
        MeshModel model = new()
        {
            ServiceEntries =
            [
                Entry("ext.example.com", resolution, Endpoint("10.0.0.1"), Endpoint("name.internal", ports: [("http", 9000), ("other", 1)]), Endpoint("unix:///x")),
            ],
        };
        Assert.Equal(written, string.Join(',', Addresses(Find(model, "ext.example.com")!, 8080)));
        model = new MeshModel { ServiceEntries = [Entry("ext.example.com", resolution)] };
        Assert.Equal(none, string.Join(',', Addresses(Find(model, "ext.example.com")!, 8080)));
    }

    [Fact]
    public void ServiceEntry_TargetPortAndWildcards()
    {
        ServiceEntry entry = Entry("*.example.com", ServiceResolution.Dns) with { Ports = [Port(80, "http", 8443)] };
        MeshModel model = new() { ServiceEntries = [entry, Entry("api.example.com", ServiceResolution.Static, Endpoint("10.0.0.9"))] };
        Assert.Equal(["a.example.com:8443"], [.. Find(model, "a.example.com")!.Members("a.example.com", 80).Select(Text)]);
        Assert.Equal(["10.0.0.9:8080"], Addresses(Find(model, "api.example.com")!, 8080));
        Assert.Null(Find(model, "example.com"));
    }

    [Fact]
    public void SameHost_EntriesAddToTheService()
    {
        MeshModel model = new()
        {
            KubernetesServices = [Service("web", "shop", Port(80, "http"))],
            EndpointSlices = [Slice("web", "shop", [("http", 80)], Pod("10.0.0.1"))],
            ServiceEntries = [Entry(Web, ServiceResolution.Static, Endpoint("10.0.0.2")) with { Ports = [Port(80), Port(81, "more")] }],
        };
        MeshService service = Find(model, Web)!;
        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80"], Addresses(service, 80));
        Assert.Equal([80, 81], service.Ports.Select(static port => port.Number));
        Assert.Equal("Service, ServiceEntry", service.Source);
    }

    [Theory]
    [InlineData("web.shop.svc.cluster.local")]
    [InlineData("web.shop.svc")]
    [InlineData("web.shop")]
    [InlineData("web")]
    public void KongUpstream_ServesTheHostItIsNamedAfter(string name)
    {
        KongModel kong = Loading.Kong($"upstreams:\n- name: {name}\n  targets: [{{target: '10.0.0.1:81', weight: 7}}, {{target: 'other.internal:82'}}]\n").Model!;
        MeshRegistry registry = new(MeshModel.Empty, kong.Upstreams);
        MeshService service = registry.Find(Web)!;
        Assert.Equal(["10.0.0.1:81", "other.internal:82"], Addresses(service, 4711));
        Assert.Equal([7, 100], service.Members(Web, 1).Select(static member => member.Weight));

        // A document of the cluster goes before it.
        registry = new MeshRegistry(new MeshModel { KubernetesServices = [Service("web", "shop", Port(80))] }, kong.Upstreams);
        Assert.Equal("Service", registry.Find(Web)!.Source);
    }

    [Theory]
    [InlineData("eu/a/x", "eu", "a", "x")]
    [InlineData("eu", "eu", null, null)]
    [InlineData("", null, null, null)]
    public void Locality_IsWrittenOrLabelled(string written, string? region, string? zone, string? subzone)
    {
        MeshModel model = new() { ServiceEntries = [Entry("ext.example.com", ServiceResolution.Static, Endpoint("10.0.0.1", written))] };
        MeshMember member = Find(model, "ext.example.com")!.Members("ext.example.com", 8080)[0];
        Assert.Equal(new MeshLocality(region, zone, subzone), member.Locality);
        Assert.Equal(region, member.Labels["topology.kubernetes.io/region"]);
        Assert.Equal("us", MeshPlace.LocalityOf("", Labels("istio-locality=us.b.z")).Region);
        Assert.Equal("z", MeshPlace.LocalityOf("", Labels("istio-locality=us.b.z")).Subzone);
    }

    private static MeshService? Find(MeshModel model, string host) => new MeshRegistry(model, []).Find(host);

    private static string[] Addresses(MeshService service, int port) => [.. service.Members(service.Host, port).Select(Text)];

    private static string Text(MeshMember member) => $"{member.Address}:{member.Port}";
}
