using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

/// <summary>mesh.md 3.4, 3.5, 5.1 and 5.2 on the compiled snapshot.</summary>
public sealed class MeshActionTests
{
    [Fact]
    public void Destination_Port_IsItsOwnThenTheOnlyOneOfTheServiceThenTheListeners()
    {
        const string Service = "apiVersion: v1\nkind: Service\nmetadata: {name: only, namespace: ns}\nspec: {ports: [{port: 9090, name: http}]}";
        MeshYaml mesh = MeshYaml.Compile(
            MeshYaml.PlainGateway,
            Service,
            MeshYaml.VirtualService(
                "v",
                "'*'",
                "- match: [{uri: {prefix: /own}}]\n  route: [{destination: {host: only, port: {number: 1234}}}]\n"
                + "- match: [{uri: {prefix: /only}}]\n  route: [{destination: {host: only}}]\n"
                + "- route: [{destination: {host: unknown.com}}]"));

        Assert.Equal("outbound|1234||only.ns.svc.cluster.local", Cluster(mesh, "/own"));
        Assert.Equal("outbound|9090||only.ns.svc.cluster.local", Cluster(mesh, "/only"));
        Assert.Equal("outbound|80||unknown.com", Cluster(mesh, "/"));
    }

    [Fact]
    public void Destination_One_TakesEverythingWhateverItsWeight()
    {
        MeshRoutePlan route = Route("- route: [{destination: {host: a}, weight: 0}]");

        Assert.Null(route.Split);
        Assert.Same(route.Destinations[0], route.Choose(ulong.MaxValue));
    }

    [Fact]
    public void Destination_WeightZero_IsDropped()
    {
        MeshRoutePlan route = Route("- route: [{destination: {host: a}, weight: 0}, {destination: {host: b}, weight: 3}, {destination: {host: c}, weight: 1}]");

        Assert.Equal([3, 1], route.Destinations.Select(static destination => destination.Weight));
    }

    [Theory]
    [InlineData(90, 10)]
    [InlineData(95, 5)]
    public void Destination_Canary_IsDrawnWithinHalfAPercentagePoint(int stable, int canary)
    {
        MeshRoutePlan route = Route(
            $"- route: [{{destination: {{host: stable}}, weight: {stable}}}, {{destination: {{host: canary}}, weight: {canary}}}]");
        Random random = new(4);
        byte[] bytes = new byte[8];
        int hits = 0;
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            hits += ReferenceEquals(route.Choose(BitConverter.ToUInt64(bytes)), route.Destinations[1]) ? 1 : 0;
        }

        Assert.Equal(canary, hits / 1000.0, 0.5);
    }

    [Fact]
    public void Subset_Undefined_HasNoCluster()
    {
        const string Rule = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: d, namespace: ns}\n"
            + "spec:\n  host: a\n  subsets: [{name: stable, labels: {v: one}}]";
        MeshYaml mesh = MeshYaml.Compile(
            MeshYaml.PlainGateway,
            Rule,
            MeshYaml.VirtualService(
                "v",
                "'*'",
                "- route: [{destination: {host: a, subset: stable}, weight: 95}, {destination: {host: a, subset: variant-b}, weight: 5}]"));
        MeshRoutePlan route = mesh.Find("http://h/")!;

        Assert.Equal("outbound|80|stable|a.ns.svc.cluster.local", route.Destinations[0].Cluster?.Name);
        Assert.Null(route.Destinations[1].Cluster);
        Assert.Equal(MeshClusterOutcome.SubsetMissing, route.Destinations[1].Outcome);
        Assert.Equal("outbound|80|variant-b|a.ns.svc.cluster.local", route.Destinations[1].ClusterName);
    }

    [Fact]
    public void Headers_OneDestination_ItsSetWins()
    {
        MeshRoutePlan route = Route(
            "- headers: {request: {set: {x-a: route, x-b: route}, add: {x-c: route}}}\n"
            + "  route:\n  - destination: {host: a}\n    headers: {request: {set: {x-a: destination}, add: {x-c: destination}, remove: [x-gone]}}");

        Assert.Equal(
            ["x-a: destination", "x-b: route", "x-c: client", "x-c: route", "x-c: destination"],
            Apply(route.Destinations[0].RequestHeaders, "x-c: client", "x-gone: 1").OrderBy(Key));
    }

    [Fact]
    public void Headers_SeveralDestinations_TheRoutesSetWins()
    {
        MeshRoutePlan route = Route(
            "- headers: {request: {set: {x-a: route}}, response: {set: {x-r: route}}}\n"
            + "  route:\n  - destination: {host: a}\n    weight: 1\n    headers: {request: {set: {x-a: destination, x-b: destination}}}\n"
            + "  - destination: {host: b}\n    weight: 1");

        Assert.Equal(["x-a: route", "x-b: destination"], Apply(route.Destinations[0].RequestHeaders).OrderBy(Key));
        Assert.Equal(["x-a: route"], Apply(route.Destinations[1].RequestHeaders));
        Assert.Equal(["x-r: route"], Apply(route.Destinations[0].ResponseHeaders));
    }

    [Fact]
    public void Headers_Authority_IsRewrittenAndNotAField()
    {
        MeshRoutePlan route = Route(
            "- headers: {request: {set: {host: set.com, x-a: b}, add: {':authority': add.com}}}\n"
            + "  route: [{destination: {host: a}}]");

        Assert.Equal("set.com", route.Destinations[0].Authority);
        Assert.Equal(["x-a: b"], Apply(route.Destinations[0].RequestHeaders));
    }

    [Fact]
    public void Authority_Rewrite_BeatsHeadersAndTheRouteBeatsTheDestination()
    {
        const string Destination = "  route:\n  - destination: {host: a}\n    headers: {request: {set: {host: destination.com}}}";

        Assert.Equal("destination.com", Route("- timeout: 1s\n" + Destination).Destinations[0].Authority);
        Assert.Equal("route.com", Route("- headers: {request: {set: {host: route.com}}}\n" + Destination).Destinations[0].Authority);
        Assert.Equal(
            "rewrite.com",
            Route("- rewrite: {authority: rewrite.com}\n" + Destination).Destinations[0].Authority);
    }

    [Fact]
    public void Headers_Operators_AreFilledInAndDoubledPercentsAreOne()
    {
        MeshRoutePlan route = Route(
            "- headers: {request: {set: {x-user: '%REQ(x-id)%', x-share: '50%%'}}}\n  route: [{destination: {host: a}}]");

        Assert.Equal(["x-id: 7", "x-share: 50%", "x-user: 7"], Apply(route.Destinations[0].RequestHeaders, "x-id: 7").OrderBy(Key));
    }

    [Theory]
    [InlineData("headers: {request: {set: {x-a: '%NO_SUCH%'}}}", "%NO_SUCH% is not an operator")]
    [InlineData("headers: {response: {add: {x-a: '50%'}}}", "write %% for a percent sign")]
    [InlineData("rewrite: {uriRegexRewrite: {match: '(a)', rewrite: '\\2'}}", "the rewrite uses")]
    public void Value_ThatDoesNotCompile_RefusesWithItsPlace(string field, string part)
    {
        LoadResult loaded = MeshYaml.Load(
            "compat", MeshYaml.PlainGateway, MeshYaml.VirtualService("vs", "'*'", $"- {field}\n  route: [{{destination: {{host: a}}}}]"));

        Assert.True(loaded.Refused);
        ConfigDiagnostic finding = Assert.Single(loaded.Findings, static finding => finding.Code == "VSE2206");
        Assert.Contains(part, finding.Message);
        Assert.True(finding.Span.Line > 0);
    }

    [Theory]
    [InlineData("prefix: /api", "uri: /v2", "/api/x?q", "/v2/x?q")]
    [InlineData("exact: /api/x", "uri: /v2", "/api/x?q", "/v2?q")]
    [InlineData("prefix: /api", "uriRegexRewrite: {match: '^/api/([a-z]+)', rewrite: '/v2/\\1'}", "/api/x?q", "/v2/x?q")]
    public void Rewrite_Uri_ReplacesWhatMatched(string uri, string rewrite, string target, string expected)
    {
        MeshRoutePlan route = Route($"- match: [{{uri: {{{uri}}}}}]\n  rewrite: {{{rewrite}}}\n  route: [{{destination: {{host: a}}}}]", target);
        ArrayBufferWriter<byte> output = new();

        Assert.True(route.Rewrite!.TryWrite(Encoding.ASCII.GetBytes(target), output));
        Assert.Equal(expected, Encoding.ASCII.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Rewrite_UriOfAPattern_ReplacesNothing() =>
        Assert.Null(Route("- match: [{uri: {regex: '/a.*'}}]\n  rewrite: {uri: /v2}\n  route: [{destination: {host: a}}]", "/api/x").Rewrite);

    [Theory]
    [InlineData("uri: /new", 301, "http://h/new?q")]
    [InlineData("uri: /new, redirectCode: 308", 308, "http://h/new?q")]
    [InlineData("authority: b.com", 301, "http://b.com/old/x?q")]
    [InlineData("scheme: https", 301, "https://h/old/x?q")]
    [InlineData("scheme: https, port: 443", 301, "https://h/old/x?q")] // The default is not written.
    [InlineData("port: 80", 301, "http://h/old/x?q")]
    [InlineData("port: 8443", 301, "http://h:8443/old/x?q")]
    [InlineData("scheme: https, derivePort: FROM_REQUEST_PORT", 301, "https://h:80/old/x?q")]
    [InlineData("scheme: https, derivePort: FROM_PROTOCOL_DEFAULT", 301, "https://h/old/x?q")]
    public void Redirect_Location_IsIstios(string redirect, int status, string expected)
    {
        MeshRoutePlan route = Route($"- match: [{{uri: {{prefix: /old}}}}]\n  redirect: {{{redirect}}}", "/old/x?q");
        ArrayBufferWriter<byte> output = new();
        route.Redirect!.WriteLocation(Request("/old/x?q"), output);

        Assert.Equal(MeshRouteAction.Redirect, route.Action);
        Assert.Equal(status, route.RedirectStatus);
        Assert.Equal(expected, Encoding.ASCII.GetString(output.WrittenSpan));
    }

    [Fact]
    public void DirectResponse_StatusAndBody_AreTheRoutes()
    {
        MeshRoutePlan route = Route("- directResponse: {status: 418, body: {string: short and stout}}\n  headers: {response: {set: {x-a: b}}}");

        Assert.Equal(MeshRouteAction.DirectResponse, route.Action);
        Assert.Equal(418, route.DirectResponse!.Status);
        Assert.Equal("short and stout", Encoding.UTF8.GetString(route.DirectResponse.Body!.Value.Span));
        Assert.Equal(["x-a: b"], Apply(route.ResponseHeaders));
        Assert.Empty(route.Destinations);
    }

    [Theory]
    [InlineData("mirror: {host: m}", 1_000_000)]
    [InlineData("mirror: {host: m}\n  mirrorPercentage: {value: 0.5}", 5_000)]
    [InlineData("mirror: {host: m}\n  mirrorPercentage: {value: 0}", null)]
    [InlineData("mirrors: [{destination: {host: m}, percentage: {value: 25}}]", 250_000)]
    public void Mirror_Share_IsAllByDefaultAndNoneAtZero(string mirror, int? share)
    {
        MeshRoutePlan route = Route($"- {mirror}\n  route: [{{destination: {{host: a}}}}]");

        Assert.Equal(share, route.Mirrors.IsEmpty ? null : route.Mirrors[0].Share.Numerator);
        Assert.All(route.Mirrors, static plan => Assert.Equal("outbound|80||m.ns.svc.cluster.local", plan.Destination.ClusterName));
    }

    [Theory]
    [InlineData("timeout: 5s", 5_000)]
    [InlineData("timeout: 0s", 0)]
    [InlineData("name: x", 0)] // No limit, not Envoy's 15 s.
    public void Timeout_AbsentOrZero_IsNone(string timeout, int expected) =>
        Assert.Equal(expected, Route($"- {timeout}\n  route: [{{destination: {{host: a}}}}]").Timeout);

    [Fact]
    public void Retries_Absent_AreIstiosTwo()
    {
        Assert.Equal(2, Route("- route: [{destination: {host: a}}]").Retry.Attempts);
        Assert.Equal(0, Route("- retries: {attempts: 0}\n  route: [{destination: {host: a}}]").Retry.Attempts);
    }

    [Theory]
    [InlineData("delay: {percentage: {value: 0.1}, fixedDelay: 5s}", 1_000, 5, 0, 0)]
    [InlineData("delay: {percentage: {value: 0.05}, fixedDelay: 2s}", 500, 2, 0, 0)]
    [InlineData("delay: {percent: 3, fixedDelay: 2s}", 30_000, 2, 0, 0)]
    [InlineData("delay: {fixedDelay: 2s}", 0, 2, 0, 0)]
    [InlineData("abort: {percentage: {value: 0.0001}, httpStatus: 503}", 0, 0, 1, 503)]
    [InlineData("delay: {percentage: {value: 100}, fixedDelay: 1s}, abort: {percentage: {value: 50}, httpStatus: 418}", 1_000_000, 1, 500_000, 418)]
    public void Fault_Shares_AreExact(string fault, int delayShare, int seconds, int abortShare, int status)
    {
        FaultPolicy policy = Route($"- fault: {{{fault}}}\n  route: [{{destination: {{host: a}}}}]").Fault!;

        Assert.Equal(delayShare, policy.DelayShare.Numerator);
        Assert.Equal(TimeSpan.FromSeconds(seconds), policy.Delay);
        Assert.Equal(abortShare, policy.AbortShare.Numerator);
        Assert.Equal(status, policy.AbortStatus);
    }

    [Fact]
    public void Fault_GrpcAbort_HasItsStatus()
    {
        FaultPolicy policy = Route("- fault: {abort: {percentage: {value: 100}, grpcStatus: UNAVAILABLE}}\n  route: [{destination: {host: a}}]").Fault!;

        Assert.Equal(14, policy.AbortGrpcStatus);
        Assert.True(policy.DrawAbort(ulong.MaxValue));
    }

    [Fact]
    public void Cors_Policy_DecidesAsConfigured()
    {
        EnvoyCorsPolicy cors = Route(
            "- corsPolicy: {allowOrigins: [{exact: 'https://a.com'}], allowMethods: [GET, POST], allowHeaders: [Authorization], maxAge: 3600s, allowCredentials: true}\n"
            + "  route: [{destination: {host: a}}]").Cors!;
        HeaderBlockEdits request = Block("origin: https://a.com", "access-control-request-method: GET");
        HeaderBlock answer = new();
        HeaderBlockEdits response = new(answer);

        Assert.Equal(EnvoyCorsVerdict.Preflight, cors.Decide("OPTIONS"u8, ref request));
        cors.ApplyPreflight(EnvoyCorsVerdict.Preflight, ref request, ref response);
        Assert.Equal(
            [
                "access-control-allow-credentials: true",
                "access-control-allow-headers: Authorization",
                "access-control-allow-methods: GET,POST",
                "access-control-allow-origin: https://a.com",
                "access-control-max-age: 3600",
            ],
            Lines(answer).OrderBy(Key));
    }

    [Fact]
    public void Cors_UnmatchedPreflights_AreForwardedUnlessIgnored()
    {
        HeaderBlockEdits request = Block("origin: https://evil", "access-control-request-method: GET");

        Assert.Equal(EnvoyCorsVerdict.Refused, Cors("").Decide("OPTIONS"u8, ref request));
        Assert.Equal(EnvoyCorsVerdict.PreflightRefused, Cors(", unmatchedPreflights: IGNORE").Decide("OPTIONS"u8, ref request));
        Assert.Null(Route("- route: [{destination: {host: a}}]").Cors);

        static EnvoyCorsPolicy Cors(string more) =>
            Route($"- corsPolicy: {{allowOrigins: [{{exact: 'https://a.com'}}]{more}}}\n  route: [{{destination: {{host: a}}}}]").Cors!;
    }

    [Fact]
    public void RouteName_OfRuleAndMatch()
    {
        Assert.Equal("rule.match", Route("- name: rule\n  match: [{name: match, uri: {prefix: /}}]\n  route: [{destination: {host: a}}]").Name);
        Assert.Equal("", Route("- route: [{destination: {host: a}}]").Name);
    }

    [Theory]
    [InlineData(null, "", "a", true)] // The whole mesh.
    [InlineData("ns", "", "a", true)]
    [InlineData("other", "", "a", false)]
    [InlineData("ns", "app: a", "a", true)] // No labels are known: by the name of the service.
    [InlineData("ns", "app: b", "a", false)]
    [InlineData("ns", "role: admin", "a", true)] // It might be one.
    [InlineData("ns", "app: pods", "known", true)] // What the service selects.
    [InlineData("ns", "app: known", "known", false)]
    [InlineData("ns", "version: one", "entry", true)]
    [InlineData("ns", "version: two", "entry", false)]
    [InlineData("ns", "app: pods", "known.ns", true)] // Other names of the same service.
    [InlineData("ns", "app: pods", "known.ns.svc", true)]
    [InlineData("b", "", "a.b", true)]
    [InlineData("far", "version: far", "entry.ns.svc.cluster.local", true)] // Of two entries for one host each counts.
    [InlineData("ns", "version: far", "entry.ns.svc.cluster.local", true)]
    public void Denied_Destination_IsMarked(string? ns, string selector, string host, bool denied)
    {
        const string Registry = """
            apiVersion: v1
            kind: Service
            metadata: {name: known, namespace: ns}
            spec: {selector: {app: pods}, ports: [{port: 80, name: http}]}
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: entry, namespace: ns}
            spec:
              hosts: [entry.ns.svc.cluster.local]
              ports: [{number: 80, name: http, protocol: HTTP}]
              resolution: STATIC
              location: MESH_INTERNAL
              endpoints: [{address: 10.0.0.1, labels: {version: one}}]
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: more, namespace: far}
            spec:
              hosts: [entry.ns.svc.cluster.local]
              ports: [{number: 80, name: http, protocol: HTTP}]
              resolution: STATIC
              location: MESH_INTERNAL
              endpoints: [{address: 10.0.0.2, labels: {version: far}}]
            """;
        MeshModel model = MeshYaml.Compile(
            MeshYaml.PlainGateway, Registry, MeshYaml.VirtualService("v", "'*'", $"- route: [{{destination: {{host: {host}}}}}]")).Model with
        {
            DeniedWorkloads =
            [
                new DeniedWorkload
                {
                    Span = new("security.yaml", 1, 1),
                    Kind = "AuthorizationPolicy",
                    Name = "p",
                    Namespace = ns,
                    Selector = new LabelSet(selector.Length == 0 ? [] : [new(selector.Split(": ")[0], selector.Split(": ")[1])]),
                },
            ],
        };
        MeshSnapshot snapshot = MeshCompiler.Compile(model, new MeshOptions(), new UnknownDestinations(), []);
        MeshRoutePlan route = snapshot.Listeners[0].Plain!.VirtualHost("h"u8)!.Routes.Routes[0];

        Assert.Equal(denied, route.Destinations[0].Denied is not null);
        Assert.Equal(ns is null, snapshot.Denied is not null);
    }

    private static MeshRoutePlan Route(string rule, string target = "/") => MeshYaml.Rules(rule).Find($"http://h{target}")!;

    private static string? Cluster(MeshYaml mesh, string path) => mesh.Find($"http://h{path}")?.Destinations[0].ClusterName;

    private static string Key(string line) => line.Split(':')[0];

    private static MeshRequest Request(string target) => new()
    {
        Method = "GET"u8,
        Authority = "h"u8,
        PathAndQuery = Encoding.ASCII.GetBytes(target),
        Scheme = "http"u8,
    };

    private static HeaderBlockEdits Block(params string[] lines)
    {
        HeaderBlock block = new();
        foreach (string line in lines)
        {
            block.Add(Encoding.ASCII.GetBytes(line.Split(": ")[0]), Encoding.ASCII.GetBytes(line.Split(": ")[1]));
        }

        return new HeaderBlockEdits(block);
    }

    private static IEnumerable<string> Apply(HeaderMutations mutations, params string[] lines)
    {
        HeaderBlock block = new();
        foreach (string line in lines)
        {
            block.Add(Encoding.ASCII.GetBytes(line.Split(": ")[0]), Encoding.ASCII.GetBytes(line.Split(": ")[1]));
        }

        HeaderBlockEdits edits = new(block);
        NoValues values = default;
        mutations.ApplyRequest(ref edits, Request("/"), ref values);
        return Lines(block);
    }

    private static List<string> Lines(HeaderBlock block)
    {
        List<string> lines = [];
        for (int i = 0; i < block.Count; i++)
        {
            if (!block.IsRemoved(i))
            {
                lines.Add($"{Encoding.ASCII.GetString(block.Name(i))}: {Encoding.ASCII.GetString(block.Value(i))}");
            }
        }

        return lines;
    }

    private struct NoValues : IMeshOperatorValues
    {
        public readonly int Format(MeshOperator @operator, scoped Span<byte> destination) => 0;
    }
}
