using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

/// <summary>What is told of the text of documents and of the fields around their spec.</summary>
public sealed class MeshDocumentTextTests
{
    private const string Entry = "hosts: [a.test]\nresolution: DNS";

    [Fact]
    public void Read_ListTwice_LeavesTheDocumentOutInLenientMode()
    {
        string text = MeshLoading.Document("ServiceEntry", Entry + "\nhosts: [b.test]") + "---\n" + MeshLoading.Document("ServiceEntry", Entry, "y");
        ConfigDiagnostic finding = MeshLoading.Text(text).One("VSE2013");
        Assert.Equal((9, 3, true), (finding.Span.Line, finding.Span.Column, finding.Refuses));
        Assert.Equal("write it once, with what both hold", finding.Hint);
        LoadResult lenient = MeshLoading.Text(text, "lenient");
        Assert.False(lenient.Refused);
        Assert.Equal("y", Assert.Single(lenient.Mesh!.ServiceEntries).Name);
        Assert.Equal("the document is left out", lenient.One("VSE2013").Action);
    }

    [Fact]
    public void Read_ScalarTwice_CountsTheLast()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("ServiceEntry", Entry + "\nresolution: NONE"));
        Assert.Equal(["9 VSE2012"], result.Codes());
        Assert.True(MeshLoading.Text(MeshLoading.Document("ServiceEntry", Entry + "\nresolution: NONE"), "strict").Refused);
    }

    [Fact]
    public void Read_TabInTheIndentation_IsToldAtItsLine()
    {
        string text = MeshLoading.Document("ServiceEntry", Entry).Replace("  resolution", "\tresolution", StringComparison.Ordinal);
        Assert.Equal(8, MeshLoading.Text(text).One("VSE2003").Span.Line);
        Assert.Equal(8, MeshLoading.Text(text, "lenient").One("VSE2014").Span.Line);
    }

    [Theory]
    [InlineData("namespce: shop", "namespace")]
    [InlineData("lables: {a: b}", "labels")]
    [InlineData("anotations: {a: b}", "annotations")]
    public void Read_UnknownFieldOfTheMetadata_HasTheNearestName(string field, string nearest)
    {
        ConfigDiagnostic finding = MeshLoading.Text($"apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: a, {field}}}\nspec: {{hosts: [a.test], resolution: DNS}}\n").One("VSE2020");
        Assert.Equal((3, $"did you mean '{nearest}'?"), (finding.Span.Line, finding.Hint));
    }

    [Theory]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {port: [], ports: [{port: 80}]}\n", "ports")]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80, targetport: 80}]}\n", "targetPort")]
    [InlineData("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringdata: {tls.crt: a}\n", "stringData")]
    [InlineData("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s, labels: {kubernetes.io/service-name: s}}\nendpoint: []\n", "endpoints")]
    [InlineData("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s, labels: {kubernetes.io/service-name: s}}\nendpoints: [{addresses: [1.1.1.1], conditons: {}}]\n", "conditions")]
    public void Read_UnknownFieldOfKubernetes_HasTheNearestName(string text, string nearest)
    {
        ConfigDiagnostic finding = MeshLoading.Text(text).One("VSE2020");
        Assert.Equal((4, $"did you mean '{nearest}'?"), (finding.Span.Line, finding.Hint));
    }

    [Fact]
    public void Read_ObjectsWithACreationTime_StandByAge()
    {
        string At(string name, string time) => MeshLoading.Document("ServiceEntry", Entry, name).Replace("  name:", $"  creationTimestamp: {time}\n  name:", StringComparison.Ordinal);
        string text = string.Join("---\n", At("a", "2026-01-02T00:00:00Z"), At("b", "\"2025-01-02T00:00:00Z\""), At("c", "null"), MeshLoading.Document("ServiceEntry", Entry, "d"));
        LoadResult result = MeshLoading.Text(text);
        Assert.Empty(result.Codes());
        Assert.Equal(["c", "d", "b", "a"], result.Mesh!.ServiceEntries.Select(entry => entry.Name));
    }

    [Fact]
    public void Read_NothingButComments_IsTold() => Assert.Equal("1 VSE1009", Assert.Single(MeshLoading.Text("# nothing\n---\n").Codes()));

    [Theory]
    [InlineData("Kind: Gateway\napiVersion: networking.istio.io/v1\n", "'Kind'")]
    [InlineData("[a]\n", "an array")]
    public void Read_RootWithoutKind_SaysWhatWasMeant(string text, string hint) => Assert.Contains(hint, MeshLoading.Text(text).One("VSE1005").Hint);

    [Theory]
    [InlineData("values: {global: {multiCluster: {clustername: a}}}", "clusterName")]
    [InlineData("components: {ingressGateway: []}", "ingressGateways")]
    [InlineData("meshConfig: {extensionProviders: [{name: a, zipkn: {}}]}", "zipkin")]
    public void Read_UnknownFieldOfTheOperator_HasTheNearestName(string spec, string nearest)
    {
        LoadResult result = MeshLoading.Text($"apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {{name: o}}\nspec: {{{spec}}}\n", "lenient");
        Assert.Equal($"did you mean '{nearest}'?", result.One("VSE2020").Hint);
    }

    [Theory]
    [InlineData("{name: a}", "VSE2021")]
    [InlineData("{name: a, zipkin: {service: a}, opentelemetry: {service: b}}", "VSE2027")]
    public void Read_ProviderOfNoneOrTwoTypes_IsRefused(string provider, string code) =>
        Assert.True(MeshLoading.Text($"apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {{name: o}}\nspec: {{meshConfig: {{extensionProviders: [{provider}]}}}}\n").One(code).Refuses);

    [Fact]
    public void Read_OperatorWithAWrongValue_IsLeftOutAsItSays()
    {
        LoadResult result = MeshLoading.Text("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: o}\nspec: {meshConfig: {connectTimeout: 5, accessLogFile: /dev/null}}\n", "lenient");
        Assert.Equal("the document is left out", result.One("VSE2029").Action);
        Assert.Null(result.Mesh!.MeshConfig.AccessLogFile);
    }

    [Fact]
    public void Read_SettingsOfTheMeshThatSayNothingHere_AreNamed()
    {
        ConfigDiagnostic finding = MeshLoading.Text(
            "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: o}\nspec: {meshConfig: {outboundTrafficPolicy: {mode: ALLOW_ANY}, defaultConfig: {concurrency: 2}}}\n").One("VSE2008");
        Assert.Equal(DiagnosticSeverity.Info, finding.Severity);
        Assert.Contains("meshConfig.outboundTrafficPolicy", finding.Message);
        Assert.Contains("meshConfig.defaultConfig.concurrency", finding.Message);
    }

    [Fact]
    public void Read_PercentOfAFault_IsDeprecated() =>
        Assert.Equal(DiagnosticSeverity.Warning, MeshLoading.Text(MeshLoading.Rule("route: [{destination: {host: a}}]\nfault: {delay: {percent: 5, fixedDelay: 1s}}")).One("VSE2032").Severity);

    [Fact]
    public void Read_TlsModeThatIsNone_IsToldOnce()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("Gateway", "servers:\n- port: {number: 443, name: a, protocol: HTTPS}\n  hosts: [a]\n  tls: {mode: SIMPL, credentialName: a}"));
        Assert.Equal(10, result.One("VSE2024").Span.Line);
        Assert.DoesNotContain(result.Findings, finding => finding.Code == "VSE2059");
    }
}
