using VoltageSoda.Edge.Configuration;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class MeshLintTests
{
    private const string Gateway = "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: gw, namespace: shop}\nspec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}\n";
    private const string To = ", route: [{destination: {host: a}}]";

    // Rules begin at line 10.
    [Theory]
    [InlineData("- {match: [{uri: {prefix: /}}]" + To + "}\n- {match: [{uri: {prefix: /a}}]" + To + "}", "11 VSE2142", "rule 1 is never reached: rule 0 takes every request (match 0, prefix '/', line 10)")]
    [InlineData("- {name: all" + To + "}\n- {match: [{uri: {exact: /a}}]" + To + "}", "11 VSE2142", "rule 0 'all' takes every request (it has no match, line 10)")]
    [InlineData("- {match: [{uri: {regex: '.*'}}]" + To + "}\n- {name: b" + To + "}", "11 VSE2142", "rule 1 'b' is never reached")]
    [InlineData("- {match: [{uri: {prefix: /}}, {uri: {prefix: /a}}]" + To + "}", "10 VSE2055", "match 1 of rule 0")]
    [InlineData("- {match: [{uri: {exact: /a}}]" + To + "}\n- {match: [{name: other, uri: {exact: /a}}]" + To + "}", "11 VSE2056", "the same as match 0 of rule 0 (line 10)")]
    [InlineData("- {match: [{uri: {prefix: /a}}]" + To + "}\n- {match: [{uri: {prefix: /ab}}]" + To + "}", "11 VSE2057", "'/ab' of rule 1 is never reached: '/a'")]
    [InlineData("- {match: [{uri: {prefix: /a}}]" + To + "}\n- {match: [{uri: {exact: /a/b}, headers: {x: {exact: y}}}]" + To + "}", "11 VSE2057", "'/a/b'")]
    [InlineData("- {match: [{uri: {prefix: /a}, method: {exact: GET}}]" + To + "}\n- {match: [{uri: {prefix: /ab}, method: {exact: GET}}]" + To + "}", "11 VSE2057", "'/ab'")]
    public void Check_DeadRule_IsToldWithWhatTakesIts(string rules, string expected, string message)
    {
        LoadResult result = Load(rules);
        Assert.Equal([expected], result.Codes());
        Assert.Contains(message, Assert.Single(result.Findings, finding => finding.Code == expected.Split(' ')[1]).Message);
    }

    [Theory]
    [InlineData("- {match: [{uri: {prefix: /}, headers: {x: {exact: y}}}]" + To + "}\n- {match: [{uri: {prefix: /a}}]" + To + "}")]
    [InlineData("- {match: [{uri: {prefix: /}, method: {exact: GET}}]" + To + "}\n- {match: [{uri: {prefix: /a}}]" + To + "}")]
    [InlineData("- {match: [{uri: {prefix: /}, port: 81}]" + To + "}\n- {match: [{uri: {prefix: /a}}]" + To + "}")]
    [InlineData("- {match: [{uri: {prefix: /ab}}]" + To + "}\n- {match: [{uri: {prefix: /a}}]" + To + "}\n- {name: rest" + To + "}")]
    [InlineData("- {match: [{uri: {prefix: /a}, ignoreUriCase: true}]" + To + "}\n- {match: [{uri: {prefix: /a}}]" + To + "}")]
    [InlineData("- {match: [{uri: {exact: /a}}]" + To + "}\n- {match: [{uri: {prefix: /a}}]" + To + "}")]
    public void Check_RuleThatCanBeReached_IsNotTold(string rules) => Assert.Empty(Load(rules).Codes());

    [Fact]
    public void Check_GatewayThatDoesNotExist_IsAnErrorWithTheNearestName()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("VirtualService", "hosts: [a.test]\ngateways: [gww]\nhttp: [{route: [{destination: {host: a}}]}]") + Gateway);
        ConfigDiagnostic finding = result.One("VSE2050");
        Assert.Equal((8, DiagnosticSeverity.Error, false, "did you mean 'shop/gw'?"), (finding.Span.Line, finding.Severity, finding.Refuses, finding.Hint));
        Assert.NotNull(result.Mesh);
    }

    [Fact]
    public void Check_HostThatNoGatewayHas_IsTold()
    {
        string gateway = Gateway.Replace("'*'", "'*.a.test'", StringComparison.Ordinal);
        Assert.Equal(["7 VSE2051"], MeshLoading.Text(MeshLoading.Document("VirtualService", "hosts: [b.test, x.a.test]\ngateways: [gw]\nhttp: [{route: [{destination: {host: a}}]}]") + gateway).Codes());
        Assert.Equal(["8 VSE2051"], MeshLoading.Text(MeshLoading.Document("VirtualService", "hosts: [b.test]\ngateways: [gw]\nhttp: [{route: [{destination: {host: a}}]}]") + gateway).Codes());
        string elsewhere = Gateway.Replace("'*'", "other/*", StringComparison.Ordinal);
        Assert.Equal(["8 VSE2051"], MeshLoading.Text(MeshLoading.Document("VirtualService", "hosts: [b.test]\ngateways: [gw]\nhttp: [{route: [{destination: {host: a}}]}]") + elsewhere).Codes());
    }

    [Fact]
    public void Check_ServiceForSidecars_IsInformation()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("VirtualService", "hosts: [a.test]\nhttp: [{route: [{destination: {host: a}}]}]"));
        Assert.Equal(DiagnosticSeverity.Info, result.One("VSE2052").Severity);
    }

    [Theory]
    [InlineData("")]
    [InlineData("---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: d, namespace: shop}\nspec: {hosts: [b.test], gateways: [gw], http: [{route: [{destination: {host: a}}]}]}\n")]
    public void Check_DelegateThatIsNone_IsAnError(string other) =>
        Assert.Equal((10, false), (MeshLoading.Text(MeshLoading.Rule("delegate: {name: d}\n") + other + Gateway).One("VSE2053").Span.Line, false));

    [Fact]
    public void Check_MissingSubset_IsAnErrorThatServes()
    {
        string rule = "---\n" + MeshLoading.Document("DestinationRule", "host: a\nsubsets: [{name: stable, labels: {v: '1'}}]", "r");
        LoadResult result = Load("- {route: [{destination: {host: a, subset: stabel}}]}", rule);
        Assert.Equal((DiagnosticSeverity.Error, false, "did you mean 'stable'?"), (result.One("VSE2122").Severity, result.One("VSE2122").Refuses, result.One("VSE2122").Hint));
        Assert.Empty(Load("- {route: [{destination: {host: a, subset: stable}}]}", rule).Codes());
        Assert.Empty(Load("- {route: [{destination: {host: a.shop.svc.cluster.local, subset: stable}}]}", rule.Replace("host: a\n", "host: '*.shop.svc.cluster.local'\n", StringComparison.Ordinal)).Codes());
        Load("- {mirror: {host: b, subset: x}" + To + "}").One("VSE2122");
    }

    [Fact]
    public void Check_TwoRulesForOneHost_NamesWhatIsLost()
    {
        string first = MeshLoading.Document("DestinationRule", "host: a\ntrafficPolicy: {tls: {mode: SIMPLE}}\nsubsets: [{name: one}]", "a");
        string second = MeshLoading.Document("DestinationRule", "host: a.shop.svc.cluster.local\ntrafficPolicy: {loadBalancer: {simple: RANDOM}, connectionPool: {tcp: {maxConnections: 1}}}\nsubsets: [{name: one}, {name: two}]", "b");
        ConfigDiagnostic finding = MeshLoading.Text(second + "---\n" + first).One("VSE2121");
        Assert.Equal(7, finding.Span.Line);
        Assert.Contains("loadBalancer, connectionPool, subset 'one' are ignored", finding.Message);
        Assert.Equal("its subsets 'two' hold", finding.Action);
    }

    [Theory]
    [InlineData("hosts: [a.test]\ngateways: [gw]\nhttp: [{route: [{destination: {host: a}}]}]", "VSE2054", "selector: {istio: other}, ")]
    public void Check_GatewayOfOthers_IsTold(string service, string code, string selector) =>
        MeshLoading.Text(MeshLoading.Document("VirtualService", service) + Gateway.Replace("spec: {", "spec: {" + selector, StringComparison.Ordinal)).One(code);

    [Fact]
    public void Check_ProviderThatNobodyDefines_IsTold()
    {
        string telemetry = MeshLoading.Document("Telemetry", "accessLogging: [{providers: [{name: otel}]}]\nmetrics: [{providers: [{name: prometheus}]}]", group: "telemetry.istio.io/v1");
        Assert.Contains("accessLogFile of meshConfig is written all the same", MeshLoading.Text(telemetry).One("VSE2139").Action);
        string mesh = "---\napiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: o}\nspec: {meshConfig: {extensionProviders: [{name: otel, opentelemetry: {service: s.test, port: 4317}}]}}\n";
        LoadResult known = MeshLoading.Text(telemetry + mesh);
        Assert.DoesNotContain(known.Findings, finding => finding.Code == "VSE2139");
        Assert.Equal(("opentelemetry", "s.test", 4317), (known.Mesh!.MeshConfig.ExtensionProviders[0].Type, known.Mesh.MeshConfig.ExtensionProviders[0].Service, known.Mesh.MeshConfig.ExtensionProviders[0].Port));
    }

    [Fact]
    public void Load_TenThousandRules_TakesSeconds()
    {
        string rules = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"  - match: [{{uri: {{prefix: /service/{i:D5}/}}, headers: {{x: {{exact: '{i}'}}}}}}]\n    route: [{{destination: {{host: a{i}}}}}]\n"));
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        LoadResult result = MeshLoading.Text(MeshLoading.Document("VirtualService", "hosts: [a.test]\ngateways: [gw]\nhttp:") + rules + Gateway);
        Assert.Equal(10_000, result.Mesh!.VirtualServices[0].Http.Count);
        Assert.Empty(result.Codes());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
    }

    [Fact]
    public void Load_ManyDocumentsBesideABrokenOne_TakesSecondsAndKeepsPlaces()
    {
        string documents = string.Concat(Enumerable.Range(0, 3000).Select(i => MeshLoading.Document("ServiceEntry", "hosts: [a.test]\nresolution: DNS", $"s{i}") + "---\n"));
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        LoadResult result = MeshLoading.Text(documents + "apiVersion: networking.istio.io/v1\nkind: Gateway\nspec: [\n---\n" + MeshLoading.Document("Sidecar", "a: b"), "lenient");
        Assert.Equal(3000, result.Mesh!.ServiceEntries.Count);
        Assert.Equal(27_005, result.One("VSE2009").Span.Line);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
    }

    private static LoadResult Load(string rules, string more = "") =>
        MeshLoading.Text(MeshLoading.Document("VirtualService", "hosts: [a.test]\ngateways: [gw]\nhttp:\n" + rules.Replace("{, ", "{", StringComparison.Ordinal)) + more + Gateway);
}
