using System.Text;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class VirtualServiceReaderTests
{
    private const string Gateway = "---\napiVersion: networking.istio.io/v1beta1\nkind: Gateway\nmetadata: {name: gw, namespace: shop}\n"
        + "spec:\n  servers:\n  - port: {number: 80, name: http, protocol: HTTP}\n    hosts: ['*']\n";

    private const string Route = "route: [{destination: {host: a}}]\n";

    [Fact]
    public void Read_EveryMatchField_IsKept()
    {
        HttpMatch match = Rule("match:\n- name: m\n  uri: {prefix: /A}\n  ignoreUriCase: true\n  scheme: {exact: https}\n  method: {regex: GET|POST}\n"
            + "  authority: {exact: 'a.test:80'}\n  headers: {X-One: {exact: '1'}, x-two: {}, x-three: {regex: '*'}}\n  withoutHeaders: {X-Not: {prefix: p}}\n"
            + "  queryParams: {q: {regex: a+}}\n  port: 80\n  gateways: [gw, other/gw, mesh]\n  statPrefix: s\n" + Route).Matches[0];
        Assert.Equal(("m", true, 80, "s"), (match.Name, match.IgnoreUriCase, match.Port, match.StatPrefix));
        Assert.Equal((StringMatchKind.Prefix, "/A"), (match.Uri!.Kind, match.Uri.Value));
        Assert.Equal((StringMatchKind.Exact, "https", StringMatchKind.Regex, "GET|POST", "a.test:80"),
            (match.Scheme!.Kind, match.Scheme.Value, match.Method!.Kind, match.Method.Value, match.Authority!.Value));
        Assert.Equal(["x-one Exact 1", "x-two Present ", "x-three Present "], match.Headers.Select(header => $"{header.Name} {header.Match.Kind} {header.Match.Value}"));
        Assert.Equal(["x-not Prefix p"], match.WithoutHeaders.Select(header => $"{header.Name} {header.Match.Kind} {header.Match.Value}"));
        Assert.Equal(["q Regex a+"], match.QueryParams.Select(query => $"{query.Name} {query.Match.Kind} {query.Match.Value}"));
        Assert.Equal(["shop/gw", "other/gw", "mesh"], match.Gateways.Select(gateway => gateway.Name));
    }

    [Fact]
    public void Read_EveryAction_IsKept()
    {
        HttpRule rule = Rule("name: r\ntimeout: 1h1m1.5s\nretries: {attempts: 3, perTryTimeout: 250ms, retryOn: '5xx, 503', backoff: 10ms, retryRemoteLocalities: true, retryIgnorePreviousHosts: false}\n"
            + "fault: {delay: {percentage: {value: 0.0001}, fixedDelay: 5s}, abort: {percentage: {value: 100}, grpcStatus: UNAVAILABLE}}\n"
            + "mirrors: [{destination: {host: m.test, port: {number: 81}}, percentage: {value: 0}}, {destination: {host: n}}]\n"
            + "corsPolicy: {allowOrigins: [{regex: '.*'}], allowMethods: [GET, '*'], allowHeaders: [a], exposeHeaders: [b], maxAge: 1h, allowCredentials: false, unmatchedPreflights: IGNORE}\n"
            + "headers: {request: {set: {a: '%REQ(x)%', host: h}, add: {b: '100%%'}, remove: [c]}, response: {add: {d: e}}}\n"
            + "rewrite: {uriRegexRewrite: {match: ^/a(.*), rewrite: '/b\\1'}}\n"
            + "route: [{destination: {host: a.b, subset: s, port: {number: 80}}, weight: 1, headers: {request: {remove: [z]}}}, {destination: {host: c}, weight: 0}]\n");
        Assert.Equal(("r", TimeSpan.FromMilliseconds(3661500)), (rule.Name, rule.Timeout));
        Assert.Equal((3, TimeSpan.FromMilliseconds(250), "5xx, 503", TimeSpan.FromMilliseconds(10), true, false), (rule.Retries!.Attempts, rule.Retries.PerTryTimeout,
            rule.Retries.RetryOn, rule.Retries.Backoff, rule.Retries.RetryRemoteLocalities, rule.Retries.RetryIgnorePreviousHosts));
        Assert.Equal((0.0001, TimeSpan.FromSeconds(5), 100.0, 14), (rule.Fault!.Delay!.Percent, rule.Fault.Delay.Duration, rule.Fault.Abort!.Percent, rule.Fault.Abort.GrpcStatus));
        Assert.Equal(["m.test 81 0", "n.shop.svc.cluster.local  100"], rule.Mirrors.Select(mirror => $"{mirror.Destination.ResolvedHost} {mirror.Destination.Port} {mirror.Percent}"));
        Assert.Equal((TimeSpan.FromHours(1), false, true), (rule.Cors!.MaxAge, rule.Cors.AllowCredentials, rule.Cors.IgnoreUnmatchedPreflights));
        Assert.Equal(["a=%REQ(x)%", "host=h"], rule.Headers.Request.Set.Select(header => $"{header.Name}={header.Value}"));
        Assert.Equal(("^/a(.*)", "/b\\1"), (rule.Rewrite!.RegexMatch, rule.Rewrite.RegexRewrite));
        Assert.Equal(["a.b s 80 1", "c   0"], rule.Destinations.Select(route => $"{route.Destination.Host} {route.Destination.Subset} {route.Destination.Port} {route.Weight}"));
        Assert.Equal(["z"], rule.Destinations[0].Headers.Request.Remove);
    }

    [Fact]
    public void Read_AnswersOfTheEdge_AreKept()
    {
        RedirectSettings redirect = Rule("redirect: {uri: /x, authority: b.test, scheme: https, derivePort: FROM_REQUEST_PORT, redirectCode: 308}\n").Redirect!;
        Assert.Equal(("/x", "b.test", "https", RedirectPort.FromRequestPort, 308), (redirect.Uri, redirect.Authority, redirect.Scheme, redirect.DerivePort, redirect.Code));
        Assert.Equal(301, Rule("redirect: {prefixRewrite: /x}\n").Redirect!.Code);
        DirectResponseSettings response = Rule("directResponse: {status: 503, body: {bytes: aGk=}}\n").DirectResponse!;
        Assert.Equal((503, "hi"), (response.Status, Encoding.UTF8.GetString(response.Body!.Value.Span)));
    }

    [Fact]
    public void Read_SnakeCaseAndNumbersInQuotes_AreLegal()
    {
        HttpRule rule = Rule("cors_policy: {allow_origins: [{exact: a}], max_age: 5s}\nretries: {attempts: \"2\", per_try_timeout: 2s}\nmirror_percentage: {value: \"50\"}\nmirror: {host: m}\n" + Route);
        Assert.Equal((TimeSpan.FromSeconds(5), 2, TimeSpan.FromSeconds(2), 50.0), (rule.Cors!.MaxAge, rule.Retries!.Attempts, rule.Retries.PerTryTimeout, rule.Mirrors[0].Percent));
    }

    [Theory]
    [InlineData("timeout: 5s\n", "10 VSE2021")]
    [InlineData("route: []\n", "10 VSE2021")]
    [InlineData("route: [{weight: 1}]\n", "10 VSE2021")]
    [InlineData("route: [{destination: {subset: a}}]\n", "10 VSE2021")]
    [InlineData("route: [{destination: {host: '*'}}]\n", "10 VSE2030")]
    [InlineData("route: [{destination: {host: a, subset: A_B}}]\n", "10 VSE2026")]
    [InlineData("route: [{destination: {host: a, port: {number: 0}}}]\n", "10 VSE2025")]
    [InlineData("route: [{destination: {host: a}, weight: -1}]\n", "10 VSE2025")]
    [InlineData("route: [{destination: {host: a}}, {destination: {host: b}}]\n", "10 VSE2028")]
    [InlineData(Route + "redirect: {uri: /x}\n", "10 VSE2028")]
    [InlineData(Route + "directResponse: {status: 200}\n", "10 VSE2028")]
    [InlineData("redirect: {uri: /x}\nfault: {abort: {httpStatus: 500, percentage: {value: 1}}}\n", "11 VSE2028")]
    [InlineData("redirect: {uri: /x}\nrewrite: {uri: /y}\n", "11 VSE2028")]
    [InlineData(Route + "delegate: {name: d}\n", "10 VSE2028")]
    [InlineData("redirect: {}\n", "10 VSE2021")]
    [InlineData("redirect: {uri: /x, redirectCode: 304}\n", "10 VSE2024")]
    [InlineData("redirect: {uri: /x, scheme: ftp}\n", "10 VSE2024")]
    [InlineData("redirect: {uri: /x, port: 80, derivePort: FROM_REQUEST_PORT}\n", "10 VSE2027")]
    [InlineData("directResponse: {body: {string: x}}\n", "10 VSE2021")]
    [InlineData("directResponse: {status: 199}\n", "10 VSE2025")]
    [InlineData("directResponse: {status: 200, body: {string: x, bytes: eA==}}\n", "10 VSE2027")]
    [InlineData("directResponse: {status: 200, body: {bytes: '###'}}\n", "10 VSE2026")]
    [InlineData(Route + "timeout: 5\n", "11 VSE2029")]
    [InlineData(Route + "timeout: -5s\n", "11 VSE2029")]
    [InlineData(Route + "timeout: 5 s\n", "11 VSE2029")]
    [InlineData(Route + "timeout: 1us\n", "11 VSE2029")]
    [InlineData(Route + "retries: {attempts: -1}\n", "11 VSE2025")]
    [InlineData(Route + "retries: {attempts: 0, perTryTimeout: 1s}\n", "11 VSE2028")]
    [InlineData(Route + "retries: {attempts: 1, perTryTimeout: 0s}\n", "11 VSE2029")]
    [InlineData(Route + "rewrite: {}\n", "11 VSE2021")]
    [InlineData(Route + "rewrite: {uri: /x, uriRegexRewrite: {match: a, rewrite: b}}\n", "11 VSE2027")]
    [InlineData(Route + "rewrite: {uriRegexRewrite: {match: '(', rewrite: b}}\n", "11 VSE2031")]
    [InlineData(Route + "rewrite: {uriRegexRewrite: {match: a}}\n", "11 VSE2021")]
    [InlineData(Route + "rewrite: {authority: b}\nheaders: {request: {set: {host: c}}}\n", "11 VSE2028")]
    [InlineData(Route + "mirror: {host: m}\nmirrors: [{destination: {host: n}}]\n", "12 VSE2027")]
    [InlineData(Route + "mirror: {host: m}\nmirrorPercentage: {value: 101}\n", "12 VSE2025")]
    [InlineData(Route + "mirrors: [{percentage: {value: 1}}]\n", "11 VSE2021")]
    [InlineData(Route + "fault: {}\n", "11 VSE2021")]
    [InlineData(Route + "fault: {delay: {percentage: {value: 1}}}\n", "11 VSE2021")]
    [InlineData(Route + "fault: {delay: {percentage: {value: 0.00001}, fixedDelay: 1s}}\n", "11 VSE2025")]
    [InlineData(Route + "fault: {delay: {percentage: {value: 1}, exponentialDelay: 1s}}\n", "11 VSE2024")]
    [InlineData(Route + "fault: {abort: {percentage: {value: 1}, httpStatus: 199}}\n", "11 VSE2025")]
    [InlineData(Route + "fault: {abort: {percentage: {value: 1}, grpcStatus: NOPE}}\n", "11 VSE2024")]
    [InlineData(Route + "fault: {abort: {percentage: {value: 1}, http2Error: x}}\n", "11 VSE2024")]
    [InlineData(Route + "fault: {abort: {percentage: {value: 1}, httpStatus: 500, grpcStatus: OK}}\n", "11 VSE2027")]
    [InlineData(Route + "corsPolicy: {allowOrigins: [{}]}\n", "11 VSE2021")]
    [InlineData(Route + "corsPolicy: {allowMethods: [GTE]}\n", "11 VSE2024")]
    [InlineData(Route + "corsPolicy: {allowHeaders: ['a b']}\n", "11 VSE2026")]
    [InlineData(Route + "corsPolicy: {maxAge: 1.5s}\n", "11 VSE2029")]
    [InlineData(Route + "headers: {request: {add: {a: 100%}}}\n", "11 VSE2026")]
    [InlineData("match: [{uri: {exact: a, prefix: b}}]\n" + Route, "10 VSE2027")]
    [InlineData("match: [{uri: {}}]\n" + Route, "10 VSE2021")]
    [InlineData("match: [{uri: {regex: '('}}]\n" + Route, "10 VSE2031")]
    [InlineData("match: [{uri: {regex: '(?=a)'}}]\n" + Route, "10 VSE2031")]
    [InlineData("match: [{uri: /a}]\n" + Route, "10 VSE2022")]
    [InlineData("match: [{headers: {'a b': {exact: x}}}]\n" + Route, "10 VSE2026")]
    [InlineData("match: [{port: 0}]\n" + Route, "10 VSE2025")]
    [InlineData("match: [{gateways: [a/b/c]}]\n" + Route, "10 VSE2026")]
    [InlineData("match: {uri: {exact: /}}\n" + Route, "10 VSE2022")]
    [InlineData("match: [{header: {x: {exact: y}}}]\n" + Route, "10 VSE2043")]
    [InlineData("match: [{headers: {x: {exacct: y}}}]\n" + Route, "10 VSE2043")]
    public void Read_WhatIstioRefuses_IsRefusedAtItsPlace(string rule, string expected)
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Rule(rule) + Gateway);
        Assert.Contains(expected, result.Codes());
        Assert.True(result.Refused);
        LoadResult lenient = MeshLoading.Text(MeshLoading.Rule(rule) + Gateway, "lenient");
        Assert.Empty(lenient.Mesh!.VirtualServices);
        Assert.Single(lenient.Mesh.Gateways);
        Assert.False(lenient.Refused);
    }

    [Theory]
    [InlineData("timeout: 5s\n", "10 VSE2021")]
    [InlineData("directResponse: {status: 600}\n", "10 VSE2025")]
    [InlineData("route: [{destination: {host: a}, weight: 0}, {destination: {host: b}}]\n", "10 VSE2028")]
    public void Read_RuleWithoutDestination_IsToldOnce(string rule, string expected) =>
        Assert.Equal([expected], MeshLoading.Text(MeshLoading.Rule(rule) + Gateway).Codes());

    [Theory]
    [InlineData("hosts: [a.test, a.test]\nhttp: [{route: [{destination: {host: a}}]}]", "VSE2028")]
    [InlineData("hosts: ['*.a.test', x.a.test]\nhttp: [{route: [{destination: {host: a}}]}]", "VSE2028")]
    [InlineData("hosts: ['*']\nhttp: [{route: [{destination: {host: a}}]}]", "VSE2028")]
    [InlineData("hosts: ['a*b.test']\nhttp: [{route: [{destination: {host: a}}]}]", "VSE2030")]
    [InlineData("hosts: [a.test]", "VSE2021")]
    [InlineData("gateways: [gw]\nhttp: [{route: [{destination: {host: a}}]}]", "VSE2028")]
    [InlineData("http: [{delegate: {name: d}}]", "VSE2028")]
    [InlineData("tcp: [{route: [{destination: {host: a}}]}]", "VSE2028")]
    [InlineData("hosts: [a.test]\ntls: [{route: [{destination: {host: a}}]}]", "VSE2021")]
    [InlineData("hosts: [a.test]\ntls: [{match: [{port: 443}], route: [{destination: {host: a}}]}]", "VSE2021")]
    [InlineData("hosts: [a.test]\nexportTo: ['*', x]\nhttp: [{route: [{destination: {host: a}}]}]", "VSE2028")]
    public void Read_ServiceAsAWhole_IsRefused(string spec, string code) =>
        Assert.Contains(MeshLoading.Text(MeshLoading.Document("VirtualService", spec)).Findings, finding => finding.Code == code && finding.Refuses);

    [Theory]
    [InlineData("retries: {attempts: 1, retryOn: 'gatway-error'}\n", "11 VSE2063")]
    [InlineData("retries: {attempts: 1, retryOn: '777'}\n", "11 VSE2063")]
    [InlineData("fault: {abort: {percentage: {value: 1}}}\n", "11 VSE2064")]
    [InlineData("fault: {abort: {httpStatus: 500}}\n", "11 VSE2065")]
    [InlineData("mirror: {host: a}\nmirrorPercent: 5\n", "12 VSE2032")]
    [InlineData("corsPolicy: {allowOrigin: [a]}\n", "11 VSE2032")]
    [InlineData("timeOut: 5s\n", "11 VSE2020")]
    [InlineData("headers: {request: {set: {a: 1}}}\n", "11 VSE2023")]
    [InlineData("headers: {request: {set: {':path': /}}}\n", "11 VSE2045")]
    [InlineData("headers: {response: {set: {host: a}}}\n", "11 VSE2045")]
    [InlineData("headers: {request: {remove: [host]}}\n", "11 VSE2045")]
    public void Read_WhatWorksOtherwiseThanWritten_IsToldAndServed(string field, string expected)
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Rule(Route + field) + Gateway);
        Assert.Equal([expected], result.Codes());
        Assert.Single(result.Mesh!.VirtualServices);
    }

    [Theory]
    [InlineData("match: [{uri: {prefix: /x}, sourceLabels: {a: b}}]\n", "10 VSE2061")]
    [InlineData("match: [{uri: {regex: /x.*}, ignoreUriCase: true}]\n", "10 VSE2062")]
    [InlineData("match: [{uri: {regex: /x.*}}]\nrewrite: {uri: /y}\n", "11 VSE2070")]
    [InlineData("match: [{uri: {prefix: /x}, headers: {'@request.auth.claims.role': {exact: a}}}]\n", "10 VSE2033")]
    public void Read_DoubtfulMatch_IsTold(string match, string expected) =>
        Assert.Equal([expected], MeshLoading.Text(MeshLoading.Rule(match + Route) + Gateway).Codes());

    [Fact]
    public void Read_UnknownField_GetsTheNearestName()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Rule(Route + "timeOut: 5s\n") + Gateway);
        Assert.Equal("did you mean 'timeout'?", result.One("VSE2020").Hint);
        Assert.True(MeshLoading.Text(MeshLoading.Rule(Route + "timeOut: 5s\n") + Gateway, "strict").Refused);
    }

    [Fact]
    public void Read_EnvoysRetryPolicy_FillsWhatIsNotSaid()
    {
        RetrySettings retries = Rule(Route + "retries: {retryOn: 5xx, retryPolicy: {numRetries: 4, retryOn: reset, perTryTimeout: 1s, retryBackOff: {baseInterval: 0.025s, maxInterval: 1s}}}\n").Retries!;
        Assert.Equal((4, "5xx", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(25), TimeSpan.FromSeconds(1)),
            (retries.Attempts, retries.RetryOn, retries.PerTryTimeout, retries.Backoff, retries.MaxBackoff));
    }

    [Fact]
    public void Read_Delegate_IsOneWithoutHosts()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Rule("delegate: {name: d}\n") + "---\n" + MeshLoading.Document("VirtualService", "http:\n- " + Route, "d") + Gateway);
        Assert.Empty(result.Codes());
        Assert.True(result.Mesh!.VirtualServices[0].IsDelegate);
        Assert.Equal(("shop", "d"), (result.Mesh.VirtualServices[1].Http[0].Delegate!.Namespace, result.Mesh.VirtualServices[1].Http[0].Delegate!.Name));
    }

    [Fact]
    public void Read_ShortHost_IsOneOfTheNamespace() =>
        Assert.Equal("web.shop.svc.cluster.local", MeshLoading.Text(MeshLoading.Rule(Route).Replace("hosts: [a.test]", "hosts: [Web]", StringComparison.Ordinal) + Gateway).Mesh!.VirtualServices[0].Hosts[0].Name);

    [Fact]
    public void Read_StreamRules_AreKeptAndReported()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("VirtualService",
            "hosts: [a.test]\ngateways: [gw]\ntls: [{match: [{sniHosts: [a.test], port: 443}], route: [{destination: {host: a}}]}]\ntcp: [{match: [{port: 5432}], route: [{destination: {host: db}}]}]") + Gateway);
        Assert.Equal(["9 VSE2033", "10 VSE2033"], result.Codes());
        VirtualService service = result.Mesh!.VirtualServices[0];
        Assert.Equal((443, 5432), (service.Tls[0].Matches[0].Port, service.Tcp[0].Matches[0].Port));
    }

    private static HttpRule Rule(string rule)
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Rule(rule.Contains("route:", StringComparison.Ordinal) || rule.Contains("redirect:", StringComparison.Ordinal)
            || rule.Contains("directResponse:", StringComparison.Ordinal) ? rule : rule + Route) + Gateway);
        Assert.False(result.Refused, DiagnosticText.Text(result.Findings));
        return Assert.Single(Assert.Single(result.Mesh!.VirtualServices).Http);
    }
}
