using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

/// <summary>A document that guards access is one however it is misspelt, nested or broken.</summary>
public sealed class GuardsUnderOddNamesTests
{
    private const string Policy = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\nspec: {}\n";

    [Theory]
    [InlineData("kind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\nspec: {}\n")]
    [InlineData("apiVersion: v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\nspec: {}\n")]
    [InlineData("apiVersion: security.istio/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\nspec: {}\n")]
    [InlineData("apiVersion: example.com/v1\nkind: RequestAuthentication\nmetadata: {name: p, namespace: shop}\nspec: {}\n")]
    [InlineData("apiVersion: security.istio.io/v1\nkind: authorizationpolicy\nmetadata: {name: p, namespace: shop}\nspec: {}\n")]
    [InlineData("apiVersion: networking.istio.io/v1\nkind: AuthorisationPolicy\nmetadata: {name: p, namespace: shop}\nspec: {}\n")]
    [InlineData("apiVersion: networking.istio.io/v1\nkind: SomethingNew\nmetadata: {name: p, namespace: shop}\nspec: {}\n")]
    [InlineData("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicyList\nitems:\n- metadata: {name: p, namespace: shop}\n  spec: {}\n")]
    [InlineData("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: shop}, spec: {}}\n")]
    [InlineData("apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: p, namespace: shop}\nspec: {configPatches: [{patch: {value: {name: envoy.filters.http.ext_authz}}}]}\n")]
    [InlineData("apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: p, namespace: shop}\nspec: {configPatches: [{patch: {value: {name: envoy.filters.http.lua}}}]}\n")]
    public void Read_Guard_RefusesOrDeniesItsNamespace(string document)
    {
        Assert.True(MeshLoading.Text(document).Refused);
        LoadResult lenient = MeshLoading.Text(document, "lenient");
        Assert.False(lenient.Refused);
        DeniedWorkload denied = Assert.Single(lenient.Mesh!.DeniedWorkloads);
        Assert.Equal(("shop", 0), (denied.Namespace, denied.Selector.Count));
    }

    [Theory]
    [InlineData("{name: p, namespce: shop}")]
    [InlineData("{name: p, namespace: [shop]}")]
    [InlineData("{name: p, namespace: Shop}")]
    [InlineData("[p]")]
    public void Read_GuardOfUnreadableNamespace_DeniesTheWholeMesh(string metadata)
    {
        LoadResult lenient = MeshLoading.Text($"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {metadata}\nspec: {{}}\n", "lenient");
        Assert.Null(Assert.Single(lenient.Mesh!.DeniedWorkloads).Namespace);
    }

    [Theory]
    [InlineData("selector: {matchLabels: {app: '*'}}")]
    [InlineData("selector: {matchLabels: {app: a}, matchExpressions: []}")]
    [InlineData("selector: {matchLabels: {app: a, app: b}}")]
    public void Read_SelectorNotUnderstood_DeniesTheNamespace(string spec)
    {
        LoadResult lenient = MeshLoading.Text($"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {{{spec}}}\n", "lenient");
        Assert.Equal(0, Assert.Single(lenient.Mesh!.DeniedWorkloads).Selector.Count);
    }

    [Theory]
    [InlineData("mtls: {Mode: STRICT}")]
    [InlineData("mTLS: {mode: STRICT}")]
    [InlineData("mtls: {mode: STRICT, mode: PERMISSIVE}")]
    [InlineData("port_level_mtls: {8080: {mode: STRICT}}")]
    [InlineData("mtls: {mode: PERMISSIVE}, portLevelMtls: {8080: {moed: STRICT}}")]
    public void Read_PeersThatMayDemand_AreDenied(string spec)
    {
        string text = $"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: p, namespace: shop}}\nspec: {{{spec}}}\n";
        Assert.True(MeshLoading.Text(text).Refused);
        Assert.Single(MeshLoading.Text(text, "lenient").Mesh!.DeniedWorkloads);
    }

    [Fact]
    public void Read_TwoDocumentsWithoutSeparator_AreRefusedInEveryMode()
    {
        string text = Policy + MeshLoading.Document("ServiceEntry", "hosts: [a.test]\nresolution: DNS");
        foreach (string mode in (string[])["compat", "lenient", "strict"])
        {
            LoadResult result = MeshLoading.Text(text, mode);
            Assert.True(result.Refused);
            Assert.Contains(result.Findings, finding => finding is { Code: "VSE2011", Span.Line: 6 } && finding.Message.Contains("---", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("labels:\n    namespace: other\n  namespace: shop\n", "spec: [\n", "shop ")]
    [InlineData("namespace: shop\n", "spec:\n  selector:\n    matchLabels:\n      app: >-\n        a\n  rules: [\n", "shop ")]
    [InlineData("namespace: shop\n", "spec:\n  selector:\n    matchLabels:\n      app: *a\n  rules: [\n", "shop ")]
    [InlineData("namespace: shop\n", "spec:\n  selector:\n    matchLabels:\n      app: a\n        tier: b\n  rules: [\n", "shop ")]
    [InlineData("namespace: &a shop\n", "spec: [\n", " ")]
    public void Read_GuardThatIsNoYaml_TakesOnlyWhatIsPlain(string metadata, string spec, string expected)
    {
        LoadResult result = MeshLoading.Text($"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: p\n  {metadata}{spec}", "lenient");
        DeniedWorkload denied = Assert.Single(result.Mesh!.DeniedWorkloads);
        Assert.Equal(expected, $"{denied.Namespace} {denied.Selector}");
    }

    [Fact]
    public void Read_ListThatIsNoYaml_DeniesEverythingWhenItNamesAGuard()
    {
        string List(string kind) => $"apiVersion: v1\nkind: List\nitems:\n- kind: {kind}\n  spec: [\n";
        Assert.Null(Assert.Single(MeshLoading.Text(List("AuthorizationPolicy"), "lenient").Mesh!.DeniedWorkloads).Namespace);
        Assert.Empty(MeshLoading.Text(List("Service"), "lenient").Mesh!.DeniedWorkloads);
    }

    [Theory]
    [InlineData("items: nope")]
    [InlineData("items: [nope]")]
    [InlineData("items: [{metadata: {name: a}}]")]
    public void Read_ListOfSomethingElse_IsRefusedInEveryMode(string items) =>
        Assert.True(MeshLoading.Text($"apiVersion: v1\nkind: List\n{items}\n", "lenient").One("VSE1005").Refuses);

    [Fact]
    public void Read_ListOfOneKind_IsRead()
    {
        string text = "apiVersion: networking.istio.io/v1\nkind: ServiceEntryList\nitems:\n- metadata: {name: a}\n  spec: {hosts: [a.test], resolution: DNS}\n"
            + "- kind: ServiceEntry\n  metadata: {name: b}\n  spec: {hosts: [b.test], resolution: DNS}\n";
        LoadResult result = MeshLoading.Text(text);
        Assert.Empty(result.Codes());
        Assert.Equal(["a", "b"], result.Mesh!.ServiceEntries.Select(entry => entry.Name));
    }

    [Fact]
    public void Read_GuardInTheMeshsOwnRootNamespace_HoldsEverywhere()
    {
        string text = Policy + "---\napiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: o}\nspec: {meshConfig: {rootNamespace: shop}}\n";
        LoadResult result = MeshLoading.Text(text, "lenient");
        Assert.Null(Assert.Single(result.Mesh!.DeniedWorkloads).Namespace);
        Assert.Equal(9, result.One("VSE2015").Span.Line);
    }

    [Theory]
    [InlineData("apiVersion: networking.istio.oi/v1\nkind: VirtualService\n", "networking.istio.io/v1")]
    [InlineData("kind: VirtualService\n", "networking.istio.io/v1")]
    [InlineData("apiVersion: v1\nkind: DestinationRule\n", "networking.istio.io/v1")]
    [InlineData("apiVersion: networking.istio.io/v1\nkind: VirtualServce\n", "VirtualService")]
    public void Read_OtherKindUnderAWrongName_IsRefusedWithTheRightOne(string head, string hint)
    {
        string text = head + "metadata: {name: a}\nspec: {}\n";
        ConfigDiagnostic finding = MeshLoading.Text(text).One("VSE2001");
        Assert.True(finding.Refuses);
        Assert.Contains(hint, finding.Hint);
        Assert.Empty(MeshLoading.Text(text, "lenient").Mesh!.DeniedWorkloads);
    }

    [Theory]
    [InlineData("gateway.networking.k8s.io/v1", "HTTPRoute")]
    [InlineData("networking.k8s.io/v1", "Ingress")]
    public void Read_OtherWaysIn_AreToldNotToBeServed(string version, string kind) =>
        Assert.Equal(DiagnosticSeverity.Warning, MeshLoading.Text($"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n").One("VSE2009").Severity);

    [Fact]
    public void Read_SameNamesOfOthers_AreTheirs()
    {
        LoadResult result = MeshLoading.Text("apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: a}\n---\napiVersion: appmesh.k8s.aws/v1\nkind: VirtualService\nmetadata: {name: b}\n");
        Assert.Equal(["1 VSE2002", "5 VSE2002"], result.Codes());
    }
}
