using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class MeshDocumentTests
{
    private const string Entry = "hosts: [a.test]\nresolution: DNS";

    [Theory]
    [InlineData("v1")]
    [InlineData("v1beta1")]
    [InlineData("v1alpha3")]
    public void Read_AnyVersion_IsTheSame(string version) =>
        Assert.Single(MeshLoading.Text(MeshLoading.Document("ServiceEntry", Entry, group: $"networking.istio.io/{version}")).Mesh!.ServiceEntries);

    [Fact]
    public void Read_Objects_StandInIstiosOrder()
    {
        string Named(string name, string @namespace) => MeshLoading.Document("ServiceEntry", Entry, name).Replace("shop", @namespace, StringComparison.Ordinal);
        LoadResult result = MeshLoading.Files("compat", [], ("a.yaml", Named("b", "y") + "---\n" + Named("b", "x")), ("b.yaml", Named("a", "z")));
        Assert.Equal(["z/a", "x/b", "y/b"], result.Mesh!.ServiceEntries.Select(entry => entry.FullName));
    }

    [Fact]
    public void Read_ObjectThatIsThereTwice_TheLastCounts()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("ServiceEntry", Entry) + "---\n" + MeshLoading.Document("ServiceEntry", "hosts: [b.test]\nresolution: DNS"));
        Assert.Equal("b.test", Assert.Single(result.Mesh!.ServiceEntries).Hosts[0].Name);
        Assert.Equal(["10 VSE2004"], result.Codes());
    }

    [Theory]
    [InlineData("metadata: {namespace: shop}")]
    [InlineData("metadata: {name: A_B}")]
    [InlineData("metadata: {name: a, namespace: A.B}")]
    public void Read_BadName_IsTold(string metadata) =>
        Assert.Contains(MeshLoading.Text($"apiVersion: networking.istio.io/v1\nkind: ServiceEntry\n{metadata}\nspec: {{hosts: [a.test], resolution: DNS}}\n").Findings, finding => finding.Code == "VSE2005");

    [Theory]
    [InlineData("Sidecar")]
    [InlineData("EnvoyFilter")]
    public void Read_KindWithoutEffect_IsAcceptedAndReported(string kind)
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document(kind, "anything: {at: all}"));
        Assert.Equal(["1 VSE2009"], result.Codes());
        Assert.Equal(kind, Assert.Single(result.Mesh!.InertDocuments).Kind);
        Assert.False(result.Refused);
    }

    [Fact]
    public void Read_UnknownKindOfIstio_IsRefused() => Assert.True(MeshLoading.Text(MeshLoading.Document("Gatway", "servers: []")).One("VSE2001").Refuses);

    [Fact]
    public void Read_DocumentWithoutSpec_IsRefused() =>
        Assert.True(MeshLoading.Text("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\n").One("VSE2021").Refuses);

    [Fact]
    public void Read_OneFieldInTwoSpellings_IsRefused() =>
        Assert.True(MeshLoading.Text(MeshLoading.Document("ServiceEntry", Entry + "\nexportTo: [.]\nexport_to: [.]")).One("VSE2027").Refuses);

    [Fact]
    public void Read_BothDialectsInOneFolder_AreToldApart()
    {
        LoadResult result = MeshLoading.Files("compat", [],
            ("kong.yaml", "_format_version: '3.0'\nservices: [{name: s, host: a.test}]\n---\n" + MeshLoading.Document("ServiceEntry", Entry)), ("mesh.json",
                "{\"apiVersion\": \"networking.istio.io/v1\", \"kind\": \"WorkloadEntry\", \"metadata\": {\"name\": \"w\"}, \"spec\": {\"address\": \"10.0.0.1\"}}"));
        Assert.Empty(result.Codes());
        Assert.Equal("s", Assert.Single(result.Model!.Services).Name);
        Assert.Single(result.Mesh!.ServiceEntries);
        Assert.Single(result.Mesh.WorkloadEntries);
    }

    [Fact]
    public void Read_MeshAlone_IsNoKongConfiguration()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("ServiceEntry", Entry));
        Assert.Null(result.Model);
        Assert.NotEqual(LoadResult.EmptyHash, result.Hash);
        Assert.Null(Loading.Kong("services: []").Mesh);
    }

    [Fact]
    public void Read_BrokenKongBesideMesh_RefusesBoth()
    {
        LoadResult result = MeshLoading.Files("lenient", [], ("kong.yaml", "_format_version: '3.0'\nroutes: [{paths: [nope]}]\n"), ("mesh.yaml", MeshLoading.Document("ServiceEntry", Entry)));
        Assert.True(result.Refused);
        Assert.Null(result.Mesh);
    }

    [Fact]
    public void LoadPosted_DocumentOfIstio_IsRefused() =>
        Assert.Contains("it is a ServiceEntry", new ConfigSource(EdgeSettings.From([])).LoadPosted(MeshLoading.Document("ServiceEntry", Entry)).Findings[0].Message);

    [Fact]
    public void Read_MountedConfigMap_GivesEachDocumentOnce()
    {
        string folder = Directory.CreateTempSubdirectory("edge-mesh").FullName;
        try
        {
            string data = Path.Combine(folder, "..2026");
            Directory.CreateDirectory(data);
            File.WriteAllText(Path.Combine(data, "mesh.yaml"), MeshLoading.Document("ServiceEntry", Entry));
            Directory.CreateSymbolicLink(Path.Combine(folder, "..data"), "..2026");
            File.CreateSymbolicLink(Path.Combine(folder, "mesh.yaml"), Path.Combine("..data", "mesh.yaml"));
            LoadResult result = new ConfigSource(EdgeSettings.From([("EDGE_CONFIG", folder)])).Load();
            Assert.Empty(result.Codes());
            Assert.Single(result.Mesh!.ServiceEntries);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("1h", 3600_000)]
    [InlineData("1h1m1s1ms", 3661_001)]
    [InlineData("0.5s", 500)]
    [InlineData("1.5m", 90_000)]
    [InlineData("0", 0)]
    [InlineData("1000us", 1)]
    [InlineData("-2s", -2000)]
    public void Duration_GosSyntax_IsRead(string text, long milliseconds)
    {
        Assert.True(VoltageSoda.Edge.Configuration.Mesh.MeshDuration.TryParse(text, out TimeSpan duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5 s")]
    [InlineData("s")]
    [InlineData("1d")]
    [InlineData("1s2")]
    [InlineData("..s")]
    [InlineData("99999h")]
    [InlineData("--1s")]
    public void Duration_AnythingElse_IsNot(string text) => Assert.False(VoltageSoda.Edge.Configuration.Mesh.MeshDuration.TryParse(text, out _));

    [Theory]
    [InlineData("reviews", "reviews.shop.svc.cluster.local")]
    [InlineData("reviews.other", "reviews.other")]
    [InlineData("*", "*")]
    [InlineData("::1", "::1")]
    public void Names_ShortHost_IsOneOfTheNamespace(string host, string expected) => Assert.Equal(expected, VoltageSoda.Edge.Configuration.Mesh.MeshNames.Resolve(host, "shop"));

    [Theory]
    [InlineData("gw", "shop/gw")]
    [InlineData("./gw", "shop/gw")]
    [InlineData("other/gw", "other/gw")]
    [InlineData("gw.other.svc.cluster.local", "other/gw")]
    [InlineData("mesh", "mesh")]
    public void Names_Gateway_IsOneOfTheNamespace(string name, string expected) => Assert.Equal(expected, VoltageSoda.Edge.Configuration.Mesh.MeshNames.ResolveGateway(name, "shop"));

    [Fact]
    public void JsonName_OfSnakeCase_IsProtobufs()
    {
        Assert.Equal("consecutive5xxErrors", VoltageSoda.Edge.Configuration.Mesh.MeshRecord.JsonName("consecutive_5xx_errors"));
        Assert.Equal("http1MaxPendingRequests", VoltageSoda.Edge.Configuration.Mesh.MeshRecord.JsonName("http1_max_pending_requests"));
        Assert.Equal("MaxPath", VoltageSoda.Edge.Configuration.Mesh.MeshRecord.JsonName("MaxPath"));
    }

    [Fact]
    public void LabelSet_Selects_ByContent()
    {
        LabelSet one = new([new("a", "1")]);
        Assert.True(one.Selects(new LabelSet([new("a", "1"), new("b", "2")])));
        Assert.False(new LabelSet([new("a", "1"), new("b", "2")]).Selects(one));
        Assert.True(LabelSet.Empty.Selects(one));
        Assert.Equal(one, new LabelSet([new("a", "0"), new("a", "1")]));
    }
}
