using System.Text;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

/// <summary>mesh.md 3.1 to 3.3, row by row.</summary>
public sealed class VirtualServiceTests
{
    private const string One = "- name: one\n  route: [{destination: {host: a}}]";
    private const string Two = "- name: two\n  route: [{destination: {host: a}}]";

    [Fact]
    public void Binding_OtherGatewayOrMesh_IsNotServed()
    {
        Assert.Null(MeshYaml.Compile(MeshYaml.PlainGateway, MeshYaml.VirtualService("v", "a.com", One, "mesh")).Rule("http://a.com/"));
        Assert.Null(MeshYaml.Compile(MeshYaml.PlainGateway, MeshYaml.VirtualService("v", "a.com", One, "other/gw")).Rule("http://a.com/"));
        Assert.Equal("one", MeshYaml.Compile(MeshYaml.PlainGateway, MeshYaml.VirtualService("v", "a.com", One, "mesh, gw")).Rule("http://a.com/"));
    }

    [Theory]
    [InlineData("'*.foo.com'", "x.foo.com", "x.foo.com", "y.foo.com")]
    [InlineData("x.foo.com", "'*.foo.com'", "x.foo.com", "y.foo.com")]
    [InlineData("'*.foo.com'", "'*'", "a.b.foo.com", "foo.com")]
    [InlineData("'*.foo.com'", "'*.x.foo.com'", "a.x.foo.com", "x.foo.com")]
    public void Hosts_ServerAndService_MeetInTheNarrower(string server, string service, string inside, string outside)
    {
        MeshYaml mesh = MeshYaml.Compile(
            GatewayMergeTests.Gateway("gw", GatewayMergeTests.Server(80, "http", "HTTP", server)), MeshYaml.VirtualService("v", service, One));

        Assert.Equal("one", mesh.Rule($"http://{inside}/"));
        Assert.Null(mesh.Rule($"http://{outside}/"));
    }

    [Fact]
    public void Lookup_ExactThenLongestSuffixThenAny_PortAndCaseAside()
    {
        MeshYaml mesh = MeshYaml.Compile(
            MeshYaml.PlainGateway,
            MeshYaml.VirtualService("a", "'*'", Named("any")),
            MeshYaml.VirtualService("b", "'*.com'", Named("wide")),
            MeshYaml.VirtualService("c", "'*.a.com'", Named("narrow")),
            MeshYaml.VirtualService("d", "x.a.com", Named("exact")));

        Assert.Equal("exact", mesh.Rule("http://X.a.com:8080/"));
        Assert.Equal("narrow", mesh.Rule("http://y.x.a.com/"));
        Assert.Equal("wide", mesh.Rule("http://a.com/"));
        Assert.Equal("any", mesh.Rule("http://a.org/"));
    }

    [Fact]
    public void SeveralServicesOfOneHost_AreTriedInNameOrderWithCatchAllsLast()
    {
        MeshYaml mesh = MeshYaml.Compile(
            MeshYaml.PlainGateway,
            MeshYaml.VirtualService("z", "a.com", Named("z-b", "/b") + "\n" + Named("z-ab", "/a/b")),
            MeshYaml.VirtualService("m", "a.com", Named("m-a", "/a") + "\n" + Named("m-all")),
            MeshYaml.VirtualService("n", "a.com", Named("n-all")));

        Assert.Equal(["m-a", "z-b", "z-ab", "m-all", "n-all"], Routes(mesh, "a.com"));
        Assert.Equal("m-a", mesh.Rule("http://a.com/a/b"));
        Assert.Equal("z-b", mesh.Rule("http://a.com/b"));
        Assert.Equal("m-all", mesh.Rule("http://a.com/c"));
    }

    [Theory]
    [InlineData("- name: one\n  match: [{uri: {prefix: /}}]\n  route: [{destination: {host: a}}]")]
    [InlineData("- name: one\n  match: [{uri: {regex: '.*'}}]\n  route: [{destination: {host: a}}]")]
    [InlineData("- name: one\n  route: [{destination: {host: a}}]")]
    public void CatchAll_EndsTheList(string catchAll)
    {
        MeshYaml mesh = MeshYaml.Rules(catchAll + "\n" + Named("dead", "/dead"));
        VirtualHostPlan host = mesh.Snapshot.Listeners[0].Plain!.VirtualHost("a.com"u8)!;

        Assert.Single(host.Routes.Routes);
        DeadRoute dead = Assert.Single(host.Dead);
        Assert.Equal((1, 0), (dead.RuleIndex, dead.MatchIndex));
        Assert.Equal(host.Routes.Routes[0].Span, dead.CoveredBy);
    }

    [Fact]
    public void CatchAll_InsideARule_EndsItsLaterMatchesToo()
    {
        MeshYaml mesh = MeshYaml.Rules("- name: one\n  match: [{uri: {prefix: /}}, {uri: {prefix: /x}}]\n  route: [{destination: {host: a}}]");

        Assert.Equal((0, 1), Assert.Single(mesh.Snapshot.Listeners[0].Plain!.VirtualHost("a.com"u8)!.Dead.Select(static dead => (dead.RuleIndex, dead.MatchIndex))));
    }

    [Theory]
    [InlineData("method: {exact: GET}")]
    [InlineData("authority: {exact: a.com}")]
    [InlineData("scheme: {exact: http}")]
    [InlineData("headers: {x-a: {exact: b}}")]
    [InlineData("queryParams: {q: {exact: b}}")]
    public void CatchAll_WithAnotherCondition_IsNone(string condition)
    {
        MeshYaml mesh = MeshYaml.Rules($"- name: one\n  match: [{{uri: {{prefix: /}}, {condition}}}]\n  route: [{{destination: {{host: a}}}}]\n" + Two);

        Assert.Equal(["one", "two"], Routes(mesh, "a.com"));
    }

    [Fact]
    public void Order_FirstMatchWins_NotTheMostSpecific()
    {
        string rules = Named("prefix", "/api") + "\n- name: exact\n  match: [{uri: {exact: /api/v1}}]\n  route: [{destination: {host: a}}]";

        Assert.Equal("prefix", MeshYaml.Rules(rules).Rule("http://a.com/api/v1"));
        MeshYaml sorted = MeshYaml.Rules(rules, new MeshOptions { RouteOrder = RouteOrder.Specificity });
        Assert.Equal("exact", sorted.Rule("http://a.com/api/v1"));
        Assert.Equal("prefix", sorted.Rule("http://a.com/api/v2"));
    }

    [Fact]
    public void Specificity_ExactThenLongerThenMoreConditions_AndNothingIsDead()
    {
        MeshYaml mesh = MeshYaml.Rules(
            Named("all") + "\n" + Named("long", "/api/v1") + "\n" + Named("short", "/api")
            + "\n- name: long-header\n  match: [{uri: {prefix: /api/v1}, headers: {x: {exact: y}}}]\n  route: [{destination: {host: a}}]"
            + "\n- name: regex\n  match: [{uri: {regex: '/api/v[0-9]+'}}]\n  route: [{destination: {host: a}}]"
            + "\n- name: exact\n  match: [{uri: {exact: /a}}]\n  route: [{destination: {host: a}}]",
            new MeshOptions { RouteOrder = RouteOrder.Specificity });

        Assert.Equal(["exact", "long-header", "long", "regex", "short", "all"], Routes(mesh, "a.com"));
        Assert.Empty(mesh.Snapshot.Listeners[0].Plain!.VirtualHost("a.com"u8)!.Dead);
    }

    [Fact]
    public void Matches_AreOrAndFieldsAreAnd()
    {
        MeshYaml mesh = MeshYaml.Rules(
            "- name: one\n  match: [{uri: {prefix: /a}, headers: {x: {exact: y}}}, {uri: {prefix: /b}}]\n  route: [{destination: {host: a}}]");

        Assert.Null(mesh.Rule("http://h/a"));
        Assert.Equal("one", mesh.Rule("http://h/a", "GET", ("X", "y")));
        Assert.Equal("one", mesh.Rule("http://h/b"));
    }

    [Fact]
    public void MatchPortAndGateways_FilterWhileBuilding()
    {
        string gateways = GatewayMergeTests.Gateway("gw", GatewayMergeTests.Server(80, "http", "HTTP"), GatewayMergeTests.Server(81, "other", "HTTP"));
        MeshYaml mesh = MeshYaml.Compile(
            gateways,
            GatewayMergeTests.Gateway("gw2", GatewayMergeTests.Server(80, "http", "HTTP")),
            MeshYaml.VirtualService(
                "v",
                "'*'",
                "- name: p81\n  match: [{uri: {prefix: /p}, port: 81}]\n  route: [{destination: {host: a}}]\n"
                + "- name: g2\n  match: [{uri: {prefix: /g}, gateways: [gw2]}]\n  route: [{destination: {host: a}}]\n"
                + "- name: labels\n  match: [{uri: {prefix: /l}, sourceLabels: {istio: ingressgateway}}]\n  route: [{destination: {host: a}}]\n"
                + "- name: other-labels\n  match: [{uri: {prefix: /o}, sourceLabels: {app: web}}]\n  route: [{destination: {host: a}}]",
                "gw, gw2"));

        Assert.Null(mesh.Find("http://h/p", port: 80));
        Assert.Equal("p81", mesh.Find("http://h/p", port: 81)?.Name);
        Assert.Equal("g2", mesh.Find("http://h/g", port: 80)?.Name);
        Assert.Null(mesh.Find("http://h/g", port: 81));
        Assert.Equal("labels", mesh.Find("http://h/l", port: 80)?.Name);
        Assert.Null(mesh.Find("http://h/o", port: 80));
    }

    [Theory]
    [InlineData("uri: {exact: /x}", "/x?q=1", null, true)]
    [InlineData("uri: {exact: /x}", "/x/", null, false)]
    [InlineData("uri: {prefix: /api/v1}", "/api/v10", null, true)]
    [InlineData("uri: {prefix: ''}", "/anything", null, true)]
    [InlineData("uri: {regex: '/v[0-9]+'}", "/v12?x", null, true)]
    [InlineData("uri: {regex: '/v[0-9]+'}", "/v12/x", null, false)]
    [InlineData("uri: {exact: /x}, ignoreUriCase: true", "/X", null, true)]
    [InlineData("uri: {prefix: /x}, ignoreUriCase: true", "/Xy", null, true)]
    [InlineData("uri: {regex: '/x'}, ignoreUriCase: true", "/X", null, false)]
    [InlineData("headers: {X-A: {exact: b}}", "/", "x-a: b", true)]
    [InlineData("headers: {x-a: {exact: b}}", "/", "x-a: B", false)]
    [InlineData("headers: {x-a: {prefix: b}}", "/", "x-a: bc", true)]
    [InlineData("headers: {x-a: {regex: 'b+'}}", "/", "x-a: bbb", true)]
    [InlineData("headers: {x-a: {regex: 'b+'}}", "/", "x-a: abbb", false)]
    [InlineData("headers: {x-a: {}}", "/", "x-a: anything", true)]
    [InlineData("headers: {x-a: {}}", "/", null, false)]
    [InlineData("headers: {x-a: {regex: '*'}}", "/", "x-a: anything", true)]
    [InlineData("withoutHeaders: {x-a: {exact: b}}", "/", "x-a: b", false)]
    [InlineData("withoutHeaders: {x-a: {exact: b}}", "/", "x-a: c", true)]
    [InlineData("withoutHeaders: {x-a: {exact: b}}", "/", null, true)]
    [InlineData("withoutHeaders: {x-a: {}}", "/", "x-a: c", false)]
    [InlineData("withoutHeaders: {x-a: {}}", "/", null, true)]
    [InlineData("method: {exact: GET}", "/", null, true)]
    [InlineData("method: {exact: get}", "/", null, false)]
    [InlineData("authority: {exact: 'h.com:8080'}", "/", null, true)] // The port counts here.
    [InlineData("authority: {exact: h.com}", "/", null, false)]
    [InlineData("authority: {prefix: H}", "/", null, false)]
    [InlineData("scheme: {exact: http}", "/", null, true)]
    [InlineData("scheme: {exact: https}", "/", null, false)]
    [InlineData("queryParams: {q: {exact: '1'}}", "/?q=1&q=2", null, true)]
    [InlineData("queryParams: {q: {exact: '2'}}", "/?q=1&q=2", null, false)]
    [InlineData("queryParams: {q: {prefix: '1'}}", "/?q=12", null, true)]
    [InlineData("queryParams: {q: {regex: '[0-9]+'}}", "/?q=12a", null, false)]
    [InlineData("queryParams: {q: {}}", "/?q", null, true)]
    [InlineData("queryParams: {q: {}}", "/?p", null, false)]
    [InlineData("queryParams: {q: {regex: '*'}}", "/?q=", null, true)]
    [InlineData("headers: {'@request.auth.claims.role': {exact: admin}}", "/", null, false)]
    [InlineData("withoutHeaders: {'@request.auth.claims.role': {exact: admin}}", "/", null, true)]
    public void Match_Field_HoldsAsDocumented(string match, string target, string? header, bool expected)
    {
        MeshYaml mesh = MeshYaml.Rules($"- name: one\n  match: [{{{match}}}]\n  route: [{{destination: {{host: a}}}}]");
        (string, string)[] headers = header is null ? [] : [(header.Split(": ")[0], header.Split(": ")[1])];

        Assert.Equal(expected ? "one" : null, mesh.Rule($"http://h.com:8080{target}", "GET", headers));
    }

    [Fact]
    public void Header_SeveralLines_AreJoined()
    {
        MeshYaml mesh = MeshYaml.Rules("- name: one\n  match: [{headers: {x-a: {exact: 'b,c'}}}]\n  route: [{destination: {host: a}}]");

        Assert.Equal("one", mesh.Rule("http://h/", "GET", ("x-a", "b"), ("X-A", "c")));
    }

    [Fact]
    public void Delegate_RootAndOwnMatch_Combine()
    {
        MeshYaml mesh = MeshYaml.Compile(
            MeshYaml.PlainGateway,
            MeshYaml.VirtualService(
                "root", "a.com", "- name: root\n  match: [{uri: {prefix: /api}, headers: {x: {exact: y}}}]\n  delegate: {name: inner, namespace: other}\n" + Two),
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: inner, namespace: other}\nspec:\n  http:\n"
                + "  - match: [{uri: {prefix: /api/v1}}]\n    name: v1\n    timeout: 3s\n    route: [{destination: {host: b}}]\n"
                + "  - match: [{uri: {prefix: /else}}]\n    name: outside\n    route: [{destination: {host: b}}]\n"
                + "  - name: rest\n    route: [{destination: {host: c}}]\n");

        MeshRoutePlan? route = mesh.Find("http://a.com/api/v1/x", headers: ("x", "y"));
        Assert.Equal("root-v1", route?.Name);
        Assert.Equal("other/inner", route?.VirtualService);
        Assert.Equal("outbound|80||b.other.svc.cluster.local", route?.Destinations[0].ClusterName);
        Assert.Equal(3_000, route?.Timeout);
        Assert.Equal("two", mesh.Rule("http://a.com/api/v1/x"));
        Assert.Equal("root-rest", mesh.Rule("http://a.com/api/v2", "GET", ("x", "y")));
        Assert.Equal(MeshIssueKind.DelegateLost, Assert.Single(mesh.Issues).Kind);
    }

    [Fact]
    public void ExportTo_OtherNamespaces_HidesIt()
    {
        string service = MeshYaml.VirtualService("v", "a.com", One);
        Assert.Null(MeshYaml.Compile(MeshYaml.PlainGateway, service + "  exportTo: ['.']\n").Rule("http://a.com/"));
        Assert.Equal("one", MeshYaml.Compile(MeshYaml.PlainGateway, service + "  exportTo: ['*']\n").Rule("http://a.com/"));
        Assert.Equal("one", MeshYaml.Compile(MeshYaml.PlainGateway, service + "  exportTo: [istio-system]\n").Rule("http://a.com/"));
    }

    [Fact]
    public void HostsOfTheSameServices_ShareOneTable()
    {
        MeshYaml mesh = MeshYaml.Compile(MeshYaml.PlainGateway, MeshYaml.VirtualService("v", "a.com, b.com", One));
        GatewayServerPlan server = mesh.Snapshot.Listeners[0].Plain!;

        Assert.Same(server.VirtualHost("a.com"u8)!.Routes, server.VirtualHost("b.com"u8)!.Routes);
    }

    internal static string Named(string name, string? prefix = null) =>
        $"- name: {name}\n" + (prefix is null ? "" : $"  match: [{{uri: {{prefix: {prefix}}}}}]\n") + "  route: [{destination: {host: a}}]";

    private static IEnumerable<string> Routes(MeshYaml mesh, string host) =>
        mesh.Snapshot.Listeners[0].Plain!.VirtualHost(Encoding.ASCII.GetBytes(host))!.Routes.Routes.Select(static route => route.Name);
}
