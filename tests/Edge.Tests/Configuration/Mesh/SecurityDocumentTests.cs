using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

/// <summary>A document that guards access and is not enforced never opens anything, however it is written.</summary>
public sealed class SecurityDocumentTests
{
    [Theory]
    [InlineData("AuthorizationPolicy", "spec: {}\n")]
    [InlineData("AuthorizationPolicy", "")]
    [InlineData("AuthorizationPolicy", "spec: nonsense\n")]
    [InlineData("AuthorizationPolicy", "spec: {rules: [{from: 5}]}\n")]
    [InlineData("RequestAuthentication", "spec: {jwtRules: [{issuer: a}]}\n")]
    [InlineData("RequestAuthentication", "spec: {jwtRules: [{}]}\n")]
    [InlineData("PeerAuthentication", "spec: {mtls: {mode: STRICT}}\n")]
    [InlineData("PeerAuthentication", "spec: {mtls: {mode: strict}}\n")]
    [InlineData("PeerAuthentication", "spec: {mtls: STRICT}\n")]
    [InlineData("PeerAuthentication", "spec: {mtls: {mode: PERMISSIVE}, portLevelMtls: {8080: {mode: STRICT}}}\n")]
    [InlineData("NewPolicy", "spec: {}\n")]
    public void Read_Guard_RefusesOrDenies(string kind, string spec)
    {
        string document = $"apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{name: p, namespace: shop}}\n{spec}";
        LoadResult compat = MeshLoading.Text(document);
        Assert.True(compat.Refused);
        Assert.Equal(1, compat.One("VSE2040").Span.Line);
        LoadResult lenient = MeshLoading.Text(document, "lenient");
        Assert.False(lenient.Refused);
        DeniedWorkload denied = Assert.Single(lenient.Mesh!.DeniedWorkloads);
        Assert.Equal(("shop", 0, "p"), (denied.Namespace, denied.Selector.Count, denied.Name));
        Assert.Contains("answered 403", lenient.One("VSE2040").Action);
    }

    [Theory]
    [InlineData("spec: {mtls: {mode: PERMISSIVE}}\n")]
    [InlineData("spec: {mtls: {mode: DISABLE}, portLevelMtls: {8080: {mode: UNSET}}}\n")]
    [InlineData("spec: {}\n")]
    public void Read_PeersWithoutDemand_GuardNothing(string spec)
    {
        LoadResult result = MeshLoading.Text($"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: p}}\n{spec}");
        Assert.Equal(["1 VSE2041"], result.Codes());
        Assert.Empty(result.Mesh!.DeniedWorkloads);
    }

    [Theory]
    [InlineData("shop", "selector: {matchLabels: {app: a}}", "shop app=a")]
    [InlineData("shop", "selector: {}", "shop ")]
    [InlineData("shop", "targetRefs: [{kind: Service, name: a}]", "shop ")]
    [InlineData("shop", "selector: {matchLabels: [a]}", "shop ")]
    [InlineData("istio-system", "selector: {matchLabels: {app: a}}", "* app=a")]
    [InlineData("istio-system", "rules: []", "* ")]
    public void Read_Selector_SaysWhoIsDenied(string @namespace, string spec, string expected)
    {
        LoadResult result = MeshLoading.Text(
            $"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: {@namespace}}}\nspec: {{{spec}}}\n", "lenient");
        DeniedWorkload denied = Assert.Single(result.Mesh!.DeniedWorkloads);
        Assert.Equal(expected, $"{denied.Namespace ?? "*"} {denied.Selector}");
    }

    [Theory]
    [InlineData("spec:\n  selector:\n    matchLabels:\n      app: a # who\n      \"tier\": 'web'\n  rules: [\n", "shop app=a,tier=web")]
    [InlineData("spec:\n  selector: {matchLabels: {app: a}}\n  rules: [\n", "shop ")]
    [InlineData("spec:\n  selector:\n    matchLabels:\n      app:\n        - a\n  rules: [\n", "shop ")]
    [InlineData("spec: [\n", "shop ")]
    public void Read_GuardThatIsNoYaml_DeniesWhomItCouldMean(string spec, string expected)
    {
        string text = $"apiVersion: security.istio.io/v1beta1\nkind: AuthorizationPolicy\nmetadata:\n  name: p\n  namespace: shop\n{spec}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\n";
        LoadResult compat = MeshLoading.Text(text);
        Assert.True(compat.Refused);
        Assert.Contains("AuthorizationPolicy is not YAML", compat.One("VSE2003").Message);
        LoadResult lenient = MeshLoading.Text(text, "lenient");
        Assert.False(lenient.Refused);
        DeniedWorkload denied = Assert.Single(lenient.Mesh!.DeniedWorkloads);
        Assert.Equal(expected, $"{denied.Namespace} {denied.Selector}");
        Assert.True(Assert.Single(lenient.Mesh.SecurityDocuments).IsBroken);
        lenient.One("VSE2002");
    }

    [Fact]
    public void Read_GuardWithoutReadableNamespace_DeniesTheWholeMesh()
    {
        LoadResult result = MeshLoading.Text("kind: AuthorizationPolicy\napiVersion: security.istio.io/v1\nspec: [\n", "lenient");
        Assert.Null(Assert.Single(result.Mesh!.DeniedWorkloads).Namespace);
    }

    [Fact]
    public void Read_OtherDocumentThatIsNoYaml_IsLeftOutInLenientMode()
    {
        string text = "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\nspec: [\n---\n" + MeshLoading.Rule("redirect: {uri: /x}\n");
        LoadResult result = MeshLoading.Text(text, "lenient");
        Assert.False(result.Refused);
        Assert.Equal(DiagnosticSeverity.Error, result.One("VSE2003").Severity);
        Assert.Single(result.Mesh!.VirtualServices);
        Assert.Empty(result.Mesh.DeniedWorkloads);
        Assert.True(MeshLoading.Text(text).Refused);
    }

    [Fact]
    public void Read_TextThatIsNoDocumentAtAll_RefusesInLenientModeToo() =>
        Assert.True(MeshLoading.Text("services: [\n---\n" + MeshLoading.Rule("redirect: {uri: /x}\n"), "lenient").Refused);

    [Fact]
    public void Read_EntryAtTheIndentationOfAKey_IsReadAsItsSibling()
    {
        const string Text = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  rules:\n  - from:\n    - source:\n        principals: [a]\n"
            + "        - source:\n        requestPrincipals: [\"https://b.test/admin/*\"]\n";
        Assert.Contains("line 9", MeshLoading.Text(Text).One("VSE2003").Hint);
        LoadResult result = MeshLoading.Text(Text, "lenient");
        Assert.Equal((9, 9), (result.One("VSE2014").Span.Line, result.One("VSE2014").Span.Column));
        // Found only where the second entry is a source of its own.
        Assert.Contains("from[1].source.requestPrincipals", result.One("VSE2128").Message);
        Assert.False(Assert.Single(result.Mesh!.SecurityDocuments).IsBroken);
    }

    [Theory]
    [InlineData("when: [{key: 'request.headers[content-type]', values: [application/json]}]", "VSE2126")]
    [InlineData("when: [{key: 'request.headers[x-forwarded-for]', notValues: [10.0.0.0/8]}]", "VSE2127")]
    [InlineData("when: [{key: 'request.headers[x-token]', values: [geheim]}]", "VSE2129")]
    [InlineData("when: [{key: connection.tls.version, values: [TLSv1.2]}]", "VSE2131")]
    [InlineData("when: [{key: connection.tls.version, values: [TLSv9]}]", "VSE2024")]
    [InlineData("when: [{key: source.ipp, values: [a]}]", "VSE2069")]
    [InlineData("when: [{key: 'request.headers[x-a', values: [a]}]", "VSE2133")]
    [InlineData("when: [{key: 'request.headers[x-user-role]', values: [a]}]", "VSE2134")]
    [InlineData("when: [{values: [a]}]", "VSE2021")]
    [InlineData("from: [{source: {requestPrincipals: ['https://a.test/b/c']}}]", "VSE2128")]
    [InlineData("to: [{operation: {paths: [/metrics]}}]", "VSE2130")]
    public void Read_DoubtfulRule_IsTold(string rule, string code)
    {
        LoadResult result = MeshLoading.Text($"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p}}\nspec:\n  rules:\n  - {rule}\n", "lenient");
        Assert.Equal(6, result.One(code).Span.Line);
        Assert.Single(result.Mesh!.DeniedWorkloads);
        Assert.DoesNotContain("geheim", DiagnosticText.Json(result));
    }

    [Theory]
    [InlineData("from: [{source: {requestPrincipals: ['https://a.test/*']}}]")]
    [InlineData("from: [{source: {namespaces: [a]}}]\n    to: [{operation: {paths: [/metrics]}}]")]
    [InlineData("when: [{key: 'request.headers[content-type]', values: ['application/json*']}]")]
    [InlineData("when: [{key: 'request.auth.claims[role]', values: [a]}]")]
    public void Read_SoundRule_IsNotTold(string rule)
    {
        LoadResult result = MeshLoading.Text($"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p}}\nspec:\n  rules:\n  - {rule}\n", "lenient");
        Assert.Equal(["1 VSE2040"], result.Codes());
    }

    [Fact]
    public void Read_SelectorWithoutKnownEndpoints_SaysHowItIsMatched()
    {
        const string Policy = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  selector: {matchLabels: {app: a}}\n";
        Assert.Equal(5, MeshLoading.Text(Policy, "lenient").One("VSE2143").Span.Line);
        Assert.DoesNotContain(MeshLoading.Text(Policy + "---\n" + MeshLoading.Document("WorkloadEntry", "address: 1.2.3.4\nlabels: {app: a, v: '1'}"), "lenient").Findings,
            finding => finding.Code == "VSE2143");
    }

    [Fact]
    public void Read_LegacyRoles_OpenNothingAndDenyNothing()
    {
        LoadResult result = MeshLoading.Text("apiVersion: rbac.istio.io/v1alpha1\nkind: ServiceRoleBinding\nmetadata: {name: b}\nspec: {subjects: [{user: 'https://a.test/x'}]}\n");
        Assert.Equal(["2 VSE2132", "4 VSE2135"], result.Codes().Select(code => code.Replace("1 VSE2132", "2 VSE2132", StringComparison.Ordinal)));
        Assert.Empty(result.Mesh!.DeniedWorkloads);
    }

    [Theory]
    [InlineData("rbac.istio.io/v1alpha1", "ClusterRbacConfig")]
    [InlineData("extensions.istio.io/v1alpha1", "WasmPlugin")]
    [InlineData("authentication.istio.io/v1alpha1", "Policy")]
    public void Read_GuardsOfOtherGroups_AreDeniedToo(string version, string kind)
    {
        LoadResult result = MeshLoading.Text($"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: b, namespace: shop}}\nspec: {{}}\n", "lenient");
        Assert.Single(result.Mesh!.DeniedWorkloads);
    }
}
