using System.Collections.Immutable;
using System.Net;
using System.Text;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

/// <summary>mesh.md 2.1, row by row.</summary>
public sealed class GatewayMergeTests
{
    private const string Rule = "- name: r\n  route: [{destination: {host: a}}]";

    [Fact]
    public void Selection_OtherLabels_IsNotServed()
    {
        Assert.Empty(MeshYaml.Compile(Selecting("istio: egressgateway", "gw", Server(80, "http", "HTTP"))).Snapshot.Listeners);
        Assert.Single(MeshYaml.Compile(Selecting("istio: ingressgateway", "gw", Server(80, "http", "HTTP"))).Snapshot.Listeners);
    }

    [Theory]
    [InlineData("istio: shop-gateway", true)]
    [InlineData("istio: shop-gateway, tier: public", true)]
    [InlineData("istio: shop-gateway, app: istio-ingressgateway", true)] // Own labels hold beside those of the operator's.
    [InlineData("istio: ingressgateway", true)]
    [InlineData("istio: ingressgateway, tier: public", false)]
    [InlineData("istio: other-gateway", false)]
    public void Selection_LabelsOfTheOperatorsGateway_AreTheEdgesToo(string selector, bool served)
    {
        const string Operator = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: o, namespace: istio-system}\n"
            + "spec: {components: {ingressGateways: [{name: shop, enabled: true, label: {istio: shop-gateway, tier: public}}]}}";
        string gateway = Selecting(selector, "gw", Server(80, "http", "HTTP"));

        Assert.Equal(served ? 1 : 0, MeshYaml.Compile(gateway, Operator).Snapshot.Listeners.Count);
        Assert.Equal(served, MeshYaml.Load("compat", gateway, Operator).Findings.All(static finding => finding.Code != "VSE2054"));
    }

    [Fact]
    public void Merge_PlainServersOfOnePort_ShareOneTable()
    {
        MeshYaml mesh = MeshYaml.Compile(
            Gateway("a", Server(80, "http", "HTTP", "a.com")),
            Gateway("b", Server(80, "grpc", "GRPC", "b.com")),
            MeshYaml.VirtualService("va", "a.com", Rule, "a"),
            MeshYaml.VirtualService("vb", "b.com", Rule, "b"));

        GatewayServerPlan server = Assert.Single(Assert.Single(mesh.Snapshot.Listeners).Servers);
        Assert.Equal("http.80", server.Name);
        Assert.Equal("ns/a, ns/b", string.Join(", ", server.Gateways));
        Assert.Equal("r", mesh.Rule("http://a.com/"));
        Assert.Equal("r", mesh.Rule("http://b.com/"));
    }

    [Fact]
    public void Merge_HttpsServers_HaveATableAndAChainEach()
    {
        MeshYaml mesh = MeshYaml.Compile(
            Gateway("gw", Https(443, "one", "a.com"), Https(443, "two", "\"*.b.com\"")),
            MeshYaml.VirtualService("va", "a.com", Rule),
            MeshYaml.VirtualService("vb", "x.b.com", Rule));

        GatewayListenerPlan listener = Assert.Single(mesh.Snapshot.Listeners);
        Assert.True(listener.IsTls);
        Assert.Equal(["https.443.one.gw.ns", "https.443.two.gw.ns"], listener.Servers.Select(static server => server.Name));
        Assert.Equal("one", listener.Server("a.com"u8)?.Tls?.CredentialName);
        Assert.Same(listener.Servers[1], listener.Server("X.b.com"u8));
        Assert.Null(listener.Server("other.com"u8)); // No chain: the connection is closed.
        Assert.Null(listener.Server(default));

        // A host is looked up in the table of the server name's chain and nowhere else.
        Assert.Null(listener.Servers[0].VirtualHost("x.b.com"u8));
        Assert.NotNull(listener.Servers[1].VirtualHost("x.b.com"u8));
    }

    [Fact]
    public void ServerName_ExactThenSuffixThenAny()
    {
        GatewayListenerPlan listener = MeshYaml.Compile(
            Gateway("gw", Https(443, "any", "\"*\""), Https(443, "wide", "\"*.com\""), Https(443, "narrow", "\"*.a.com\""), Https(443, "exact", "x.a.com")))
            .Listener(443);

        Assert.Equal("exact", listener.Server("x.a.com"u8)!.Tls!.CredentialName);
        Assert.Equal("narrow", listener.Server("y.a.com"u8)!.Tls!.CredentialName);
        Assert.Equal("wide", listener.Server("a.com"u8)!.Tls!.CredentialName);
        Assert.Equal("any", listener.Server("a.org"u8)!.Tls!.CredentialName);
        Assert.Equal("any", listener.Server(default)!.Tls!.CredentialName);
    }

    [Fact]
    public void Conflict_TlsOnAPlainPort_IsSkipped()
    {
        MeshYaml mesh = MeshYaml.Compile(Gateway("a", Server(80, "http", "HTTP")), Gateway("b", Https(80, "https", "b.com")));

        Assert.False(Assert.Single(mesh.Snapshot.Listeners).IsTls);
        MeshIssue issue = Assert.Single(mesh.Issues);
        Assert.Equal(MeshIssueKind.ServerConflict, issue.Kind);
        Assert.Contains("server https (80) of Gateway ns/b uses TLS", issue.Message);
    }

    [Fact]
    public void Conflict_HostClaimedByAnotherTlsServer_SkipsTheWholeServer()
    {
        MeshYaml mesh = MeshYaml.Compile(Gateway("a", Https(443, "one", "a.com")), Gateway("b", Https(443, "two", "a.com, b.com")));

        Assert.Equal("https.443.one.a.ns", Assert.Single(mesh.Listener(443).Servers).Name);
        Assert.Contains("claims a.com", Assert.Single(mesh.Issues).Message);
    }

    [Fact]
    public void Port_IngressServiceHasIt_BindsItsTargetPort()
    {
        const string Operator = """
            apiVersion: install.istio.io/v1alpha1
            kind: IstioOperator
            metadata: {name: o, namespace: istio-system}
            spec:
              components:
                ingressGateways:
                - name: istio-ingressgateway
                  enabled: true
                  k8s:
                    service:
                      ports:
                      - {port: 80, targetPort: 8080, name: http2}
                      - {port: 443, targetPort: 8443, name: https}
            """;
        string gateway = Gateway("gw", Server(80, "http", "HTTP"), Server(9443, "other", "HTTP"), Https(443, "https", "a.com"));
        MeshYaml mesh = MeshYaml.Compile(Operator, gateway);

        Assert.Equal([8080, 8443, 9443], mesh.Snapshot.Listeners.Select(static listener => listener.Port));
        Assert.Equal("http.8080", mesh.Listener(8080).Servers[0].Name);
        Assert.Equal("https.443.https.gw.ns", mesh.Listener(8443).Servers[0].Name);
        Assert.Contains("istio-ingressgateway", mesh.Listener(8080).PortMapping);
        Assert.Null(mesh.Listener(9443).PortMapping);

        // The setting wins.
        MeshOptions options = new() { PortMap = ImmutableDictionary<int, int>.Empty.Add(80, 18080).Add(9443, 19443) };
        Assert.Equal([8443, 18080, 19443], MeshYaml.Compile(options, Operator, gateway).Snapshot.Listeners.Select(static listener => listener.Port));
    }

    [Fact]
    public void Port_TwoServersMappedToOne_ShareItsListener()
    {
        MeshOptions options = new() { PortMap = ImmutableDictionary<int, int>.Empty.Add(80, 8080) };
        MeshYaml mesh = MeshYaml.Compile(
            options,
            Gateway("gw", Server(80, "one", "HTTP", "a.com"), Server(8080, "two", "HTTP", "b.com")),
            MeshYaml.VirtualService("v", "a.com, b.com", "- name: at-80\n  match: [{port: 80}]\n  route: [{destination: {host: a}}]\n"
                + "- name: at-8080\n  match: [{port: 8080}]\n  route: [{destination: {host: a}}]"));

        Assert.Single(mesh.Snapshot.Listeners);
        Assert.Equal("at-80", mesh.Rule("http://a.com/"));
        Assert.Equal("at-8080", mesh.Rule("http://b.com/"));
    }

    [Fact]
    public void Port_BelowTheLowestAllowed_IsSkippedAfterMapping()
    {
        MeshOptions options = new() { LowestPort = 1024 };
        string gateway = Gateway("gw", Server(80, "http", "HTTP"), Server(8080, "other", "HTTP"));
        MeshYaml mesh = MeshYaml.Compile(options, gateway);

        Assert.Equal(8080, Assert.Single(mesh.Snapshot.Listeners).Port);
        MeshIssue issue = Assert.Single(mesh.Issues);
        Assert.Equal(MeshIssueKind.PrivilegedPort, issue.Kind);
        Assert.Contains("EDGE_GATEWAY_PORT_MAP=80=8080", issue.Hint);
        options = options with { PortMap = ImmutableDictionary<int, int>.Empty.Add(80, 8081) };
        Assert.Equal(2, MeshYaml.Compile(options, gateway).Snapshot.Listeners.Count);
    }

    [Fact]
    public void Port_Zero_IsAListenerPerServerPort()
    {
        MeshOptions options = new() { LowestPort = 1024, PortMap = ImmutableDictionary<int, int>.Empty.Add(80, 0).Add(443, 0) };
        MeshYaml mesh = MeshYaml.Compile(options, Gateway("gw", Server(80, "http", "HTTP"), Https(443, "https", "a.com")));

        Assert.Equal([(0, 80), (0, 443)], mesh.Snapshot.Listeners.Select(static listener => (listener.Port, listener.ServerPort)));
        Assert.Same(mesh.Snapshot.Listeners[1], mesh.Snapshot.Find(mesh.Snapshot.Listeners[1]));
        Assert.Empty(mesh.Issues);
    }

    [Fact]
    public void Bind_OfTheServer_BeatsTheSetting()
    {
        MeshOptions options = new() { Bind = IPAddress.Parse("127.0.0.1") };
        MeshYaml mesh = MeshYaml.Compile(
            options, Gateway("gw", Server(80, "one", "HTTP"), "  - port: {number: 81, name: two, protocol: HTTP}\n    bind: 127.0.0.2\n    hosts: ['*']\n"));

        Assert.Equal(["127.0.0.1_80", "127.0.0.2_81"], mesh.Snapshot.Listeners.Select(static listener => listener.Name));
        Assert.Same(mesh.Listener(81), mesh.Snapshot.Find(IPAddress.Parse("127.0.0.2"), 81));
        Assert.Null(mesh.Snapshot.Find(IPAddress.Any, 81));
    }

    [Theory]
    [InlineData("ns/a.com", "ns", true)]
    [InlineData("other/a.com", "ns", false)]
    [InlineData("./a.com", "ns", true)]
    [InlineData("./a.com", "other", false)]
    [InlineData("'*/a.com'", "other", true)]
    [InlineData("A.Com", "ns", true)]
    [InlineData("'*'", "other", true)]
    [InlineData("'other/*'", "other", true)]
    public void Host_Namespace_LimitsWhoMayBind(string serverHost, string ns, bool binds)
    {
        MeshYaml mesh = MeshYaml.Compile(
            Gateway("gw", Server(80, "http", "HTTP", serverHost)), MeshYaml.VirtualService("v", "a.com", Rule, "ns/gw", ns));

        Assert.Equal(binds ? "r" : null, mesh.Rule("http://a.com/"));
    }

    [Fact]
    public void NoRoutes_ListenerExists()
    {
        MeshYaml mesh = MeshYaml.Compile(MeshYaml.PlainGateway);

        Assert.Null(Assert.Single(mesh.Snapshot.Listeners).Server(default)!.VirtualHost("a.com"u8));
        Assert.False(mesh.Snapshot.IsEmpty);
    }

    [Fact]
    public void HttpsRedirect_EveryHost_RequiresTlsWithOrWithoutRoutes()
    {
        MeshYaml mesh = MeshYaml.Compile(
            Gateway("a", "  - port: {number: 80, name: http, protocol: HTTP}\n    hosts: [a.com, b.com]\n    tls: {httpsRedirect: true}\n"),
            Gateway("b", Server(80, "plain", "HTTP", "a.com, c.com")),
            MeshYaml.VirtualService("v", "a.com, c.com", Rule, "a, b"));
        GatewayServerPlan server = mesh.Snapshot.Listeners[0].Plain!;

        Assert.True(server.VirtualHost("a.com"u8)!.RequiresTls); // One Gateway of two asks for it.
        Assert.True(server.VirtualHost("b.com:80"u8)!.RequiresTls);
        Assert.Empty(server.VirtualHost("b.com"u8)!.Routes.Routes);
        Assert.False(server.VirtualHost("c.com"u8)!.RequiresTls);
    }

    [Fact]
    public void NotServed_PassthroughTlsAndTcp_AreSkippedAndTold()
    {
        MeshYaml mesh = MeshYaml.Compile(Gateway(
            "gw",
            Server(80, "http", "HTTP"),
            "  - port: {number: 443, name: pass, protocol: TLS}\n    hosts: [a.com]\n    tls: {mode: PASSTHROUGH}\n",
            "  - port: {number: 5432, name: db, protocol: TCP}\n    hosts: ['*']\n"));

        Assert.Single(mesh.Snapshot.Listeners);
        Assert.All(mesh.Issues, static issue => Assert.Equal(MeshIssueKind.ServerNotServed, issue.Kind));
        Assert.Equal(2, mesh.Issues.Count);
    }

    [Theory]
    [InlineData("0.0.0.0:8000", true)]
    [InlineData("127.0.0.1:8000", true)] // The wildcard overlaps it.
    [InlineData("0.0.0.0:8001", false)]
    public void Clash_WithAnotherListener_NamesTheSetting(string listen, bool clashes)
    {
        MeshOptions options = new() { PortMap = ImmutableDictionary<int, int>.Empty.Add(80, 8000) };
        string[] parts = listen.Split(':');
        ListenAddress other = new() { Ip = IPAddress.Parse(parts[0]), Port = int.Parse(parts[1]), Text = listen };
        MeshIssue[] issues = [.. GatewayPorts.Clashes(MeshYaml.Compile(options, MeshYaml.PlainGateway).Snapshot.Listeners, [("proxy_listen", other)])];

        Assert.Equal(clashes ? 1 : 0, issues.Length);
        Assert.All(issues, static issue =>
        {
            Assert.Contains("proxy_listen", issue.Message);
            Assert.Contains("EDGE_GATEWAY_PORT_MAP=80=8001", issue.Hint);
            Assert.True(issue.Span.Line > 0);
        });
    }

    internal static string Gateway(string name, params string[] servers) => Selecting("istio: ingressgateway", name, servers);

    internal static string Server(int port, string name, string protocol, string hosts = "\"*\"") =>
        $"  - port: {{number: {port}, name: {name}, protocol: {protocol}}}\n    hosts: [{hosts}]\n";

    internal static string Https(int port, string name, string hosts) =>
        Server(port, name, "HTTPS", hosts) + $"    tls: {{mode: SIMPLE, credentialName: {name}}}\n";

    private static string Selecting(string selector, string name, params string[] servers) => new StringBuilder()
        .Append("apiVersion: networking.istio.io/v1\nkind: Gateway\n")
        .Append($"metadata: {{name: {name}, namespace: ns}}\nspec:\n  selector: {{{selector}}}\n  servers:\n")
        .AppendJoin("", servers)
        .ToString();
}
