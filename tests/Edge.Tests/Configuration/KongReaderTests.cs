using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class KongReaderTests
{
    private const string Service = "services:\n- name: s\n  host: a.test\n";

    [Fact]
    public void Load_Defaults_AreKongs()
    {
        LoadResult result = Loading.Kong(Service + "routes:\n- name: r\n  service: s\n  paths: [/x]\nupstreams:\n- name: u\n  targets:\n  - target: 10.0.0.1\n");
        result.Clean();
        KongService service = result.Model!.Services[0];
        Assert.Equal(("http", "a.test", 80, null, 5, true), (service.Protocol, service.Host, service.Port, service.Path, service.Retries, service.Enabled));
        Assert.Equal((60d, 60d, 60d), (service.ConnectTimeout.TotalSeconds, service.WriteTimeout.TotalSeconds, service.ReadTimeout.TotalSeconds));
        KongRoute route = result.Model.Routes[0];
        Assert.Equal(["http", "https"], route.Protocols);
        Assert.Equal((426, 0L, true, false, "v0"), (route.HttpsRedirectStatusCode, route.RegexPriority, route.StripPath, route.PreserveHost, route.PathHandling));
        KongUpstream upstream = result.Model.Upstreams[0];
        Assert.Equal((KongBalancing.RoundRobin, 10000, "none", "/"), (upstream.Algorithm, upstream.Slots, upstream.HashOn.Kind, upstream.HashOnCookiePath));
        KongTarget target = Assert.Single(upstream.Targets);
        Assert.Equal(("10.0.0.1:8000", "10.0.0.1", 8000, 100), (target.Target, target.Host, target.Port, target.Weight));
    }

    [Theory]
    [InlineData("http://a.test", "http", "a.test", 80, null)]
    [InlineData("http://a.test:8080/base", "http", "a.test", 8080, "/base")]
    [InlineData("http://a.test/x?y=1", "http", "a.test", 80, "/x")]
    [InlineData("http://[::1]:81/", "http", "::1", 81, "/")]
    [InlineData("a.test:8080", "http", "a.test", 8080, null)]
    [InlineData("HTTP://a.test", "http", "a.test", 80, null)]
    public void Load_Url_IsShorthand(string url, string protocol, string host, int port, string? path)
    {
        LoadResult result = Loading.Kong($"services:\n- name: s\n  url: '{url}'\n");
        result.Clean();
        KongService service = result.Model!.Services[0];
        Assert.Equal((protocol, host, port, path), (service.Protocol, service.Host, service.Port, service.Path));
    }

    [Theory]
    [InlineData("ftp://a.test", "VSE1017")]
    [InlineData("http://", "VSE1017")]
    [InlineData("http://u:p@a.test", "VSE1017")]
    [InlineData("http://a.test:99999", "VSE1017")]
    [InlineData("http://a b", "VSE1017")]
    public void Load_UnusableUrl_Refuses(string url, string code) =>
        Assert.True(Loading.Kong($"services:\n- name: s\n  url: '{url}'\n").One(code).Refuses);

    [Fact]
    public void Load_NestedAndTopLevel_GiveTheSameModel()
    {
        const string Nested = """
            services:
            - name: s
              host: a.test
              plugins:
              - name: prometheus
              routes:
              - name: r
                paths: [/x]
                plugins:
                - name: cors
            upstreams:
            - name: u
              targets:
              - target: 10.0.0.1:80
            consumers:
            - username: c
              acls:
              - group: g
              jwt_secrets:
              - key: k
                secret: 0123456789abcdef0123456789abcdef
              plugins:
              - name: rate-limiting
                config: {minute: 5}
            """;
        const string Flat = """
            plugins:
            - {name: prometheus, service: s}
            - {name: cors, route: r}
            - {name: rate-limiting, consumer: {username: c}, config: {minute: 5}}
            acls:
            - {consumer: c, group: g}
            jwt_secrets:
            - {consumer: c, key: k, secret: 0123456789abcdef0123456789abcdef}
            consumers:
            - username: c
            targets:
            - {upstream: u, target: "10.0.0.1:80"}
            upstreams:
            - name: u
            routes:
            - {name: r, service: {name: s}, paths: [/x]}
            services:
            - {name: s, host: a.test}
            """;
        LoadResult nested = Loading.Kong(Nested);
        LoadResult flat = Loading.Kong(Flat);
        nested.Clean();
        flat.Clean();
        Assert.Equal(Shape(nested.Model!), Shape(flat.Model!));
    }

    [Fact]
    public void Load_ReferenceById_Resolves()
    {
        LoadResult result = Loading.Kong("services:\n- id: 11111111-2222-4333-8444-55555555AAAA\n  host: a.test\nroutes:\n- service: 11111111-2222-4333-8444-55555555AAAA\n  paths: [/x]\n- service: {id: 11111111-2222-4333-8444-55555555aaaa}\n  paths: [/y]\n");
        result.Clean();
        Assert.All(result.Model!.Routes, route => Assert.Equal(result.Model.Services[0].Id, route.Service!.Id));
    }

    [Theory]
    [InlineData("routes:\n- service: sss\n  paths: [/x]\n", "invalid reference 'service: sss' (no such entry in 'services')", "did you mean 's'?")]
    [InlineData("plugins:\n- name: cors\n  route: r\n", "invalid reference 'route: r' (no such entry in 'routes')", null)]
    [InlineData("plugins:\n- name: prometheus\n  consumer: c\n", "invalid reference 'consumer: c' (no such entry in 'consumers')", null)]
    [InlineData("targets:\n- upstream: u\n  target: a:1\n", "invalid reference 'upstream: u' (no such entry in 'upstreams')", null)]
    [InlineData("acls:\n- consumer: c\n  group: g\n", "invalid reference 'consumer: c' (no such entry in 'consumers')", null)]
    public void Load_UnknownReference_RefusesWithKongsSentence(string yaml, string message, string? hint)
    {
        ConfigDiagnostic finding = Loading.Kong(Service + yaml).One("VSE1019");
        Assert.Equal((message, hint, true), (finding.Message, finding.Hint, finding.Refuses));
    }

    [Theory]
    [InlineData("services:\n- {name: s, host: a.test}\n- {name: s, host: b.test}\n", "uniqueness violation: 'services' entity with name set to 's' already declared")]
    [InlineData("consumers:\n- username: c\n- username: c\n", "uniqueness violation: 'consumers' entity with username set to 'c' already declared")]
    [InlineData("consumers:\n- {username: c, custom_id: x}\n- {username: d, custom_id: x}\n", "uniqueness violation: 'consumers' entity with custom_id set to 'x' already declared")]
    [InlineData("upstreams:\n- name: u\n- name: u\n", "uniqueness violation: 'upstreams' entity with name set to 'u' already declared")]
    [InlineData("plugins:\n- name: prometheus\n- name: prometheus\n", "uniqueness violation: 'plugins' entity with name,route,service,consumer set to 'prometheus,,,' already declared")]
    [InlineData("services:\n- {id: 11111111-2222-4333-8444-555555555555, name: s, host: a.test}\n- {id: 11111111-2222-4333-8444-555555555555, name: t, host: b.test}\n", "uniqueness violation: 'services' entity with primary key set to '11111111-2222-4333-8444-555555555555' already declared")]
    [InlineData("consumers:\n- username: c\n  acls: [{group: g}, {group: g}]\n", "uniqueness violation: 'acls' entity with consumer,group set to 'c,g' already declared")]
    public void Load_RepeatedKey_RefusesWithKongsSentence(string yaml, string message)
    {
        ConfigDiagnostic finding = Loading.Kong(yaml).One("VSE1018");
        Assert.Equal(message, finding.Message);
        Assert.StartsWith("the first one is at line", finding.Hint);
    }

    [Fact]
    public void Load_SeveralErrors_AreAllThere()
    {
        LoadResult result = Loading.Kong("""
            services:
            - name: a b
              host: a.test:80
              port: 70000
              retries: many
              protocol: gopher
              connect_timeout: 0
              path: x
            - nme: c
            routes:
            - paths: [x, //y, '/%zz', '~/(']
              methods: [get]
              hosts: ['a.*.b', '*.a.*']
              headers: {Host: [x]}
              https_redirect_status_code: 200
              service: nowhere
            """);
        Assert.True(result.Refused);
        Assert.Null(result.Model);
        string text = DiagnosticText.Text(result.Kong());
        foreach (string sentence in (string[])[
            "invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~",
            "host: must not have a port",
            "port: value should be between 0 and 65535",
            "retries: expected a number",
            "protocol: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp",
            "connect_timeout: value should be between 1 and 2147483646",
            "path: should start with: /",
            "nme: unknown field",
            "host: required field missing",
            "paths: should start with: / (fixed path) or ~/ (regex path)",
            "paths: must not have empty segments",
            "paths: invalid url-encoded value: '%zz'",
            "paths: invalid regex: '/('",
            "methods: invalid value: get",
            "invalid wildcard: must be placed at leftmost or rightmost label",
            "invalid wildcard: must have at most one wildcard",
            "cannot contain 'host' header, which must be specified in the 'hosts' attribute",
            "https_redirect_status_code: expected one of: 426, 301, 302, 307, 308",
            "invalid reference 'service: nowhere' (no such entry in 'services')",
        ])
        {
            Assert.Contains(sentence, text);
        }
    }

    [Theory]
    [InlineData("services:\n- name: s\n  hst: a.test\n  host: a.test\n", "did you mean 'host'?")]
    [InlineData("servces: []\n", "did you mean 'services'?")]
    [InlineData("services:\n- name: s\n  host: a.test\n  plugns: []\n", "did you mean 'plugins'?")]
    [InlineData("services:\n- name: s\n  host: a.test\n  routes:\n  - path: [/x]\n    paths: [/x]\n", "did you mean 'paths'?")]
    [InlineData("services:\n- name: s\n  host: a.test\n  plugins:\n  - name: jwt\n    config: {claim_to_verify: [exp]}\n", "did you mean 'claims_to_verify'?")]
    [InlineData("services:\n- name: s\n  host: a.test\n  plugins:\n  - name: prometheus\n    consumr: x\n", "did you mean 'consumer'?")]
    public void Load_UnknownFieldThatCouldWidenAccess_Refuses(string yaml, string hint)
    {
        foreach (string mode in (string[])["strict", "compat", "lenient"])
        {
            ConfigDiagnostic finding = Loading.Kong(yaml, mode).One("VSE1011");
            Assert.Equal((true, hint), (finding.Refuses, finding.Hint));
            Assert.Contains("unknown field", finding.Message);
        }
    }

    [Fact]
    public void Load_UnknownFieldElsewhere_IsLeftOutOrRefusedByMode()
    {
        const string Yaml = "upstreams:\n- name: u\n  slot: 20\nplugins:\n- name: prometheus\n  config: {per_consumers: true}\n";
        LoadResult compat = Loading.Kong(Yaml);
        Assert.False(compat.Refused);
        Assert.Equal(["did you mean 'slots'?", "did you mean 'per_consumer'?"], compat.Findings.Where(finding => finding.Code == "VSE1010").Select(finding => finding.Hint));
        Assert.Equal((4, 3), (compat.Findings[0].Span.Line, compat.Findings[0].Span.Column));
        Assert.True(Loading.Kong(Yaml, "strict").Refused);
    }

    [Fact]
    public void Load_CommentIgnoreAndTags_AreAllowedEverywhere() =>
        Loading.Kong("_comment: x\n_ignore: [1]\n_transform: false\n_info: {select_tags: [a]}\nservices:\n- name: s\n  host: a.test\n  _comment: y\n  _ignore: [{}]\n  tags: [a, b]\n  created_at: 1\n  updated_at: 2\n").Clean();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.1")]
    public void Load_OldFormat_MigratesPathsThatLookLikePatterns(string version)
    {
        LoadResult result = Loading.Text($"_format_version: '{version}'\nroutes:\n- paths: ['/plain', '/a/(?<id>[0-9]+)$', '/x%2e%41']\n");
        Assert.False(result.Refused);
        Assert.Equal(["/plain", "~/a/(?<id>[0-9]+)$", "/x.A"], result.Model!.Routes[0].Paths.Select(path => path.Text));
        Assert.Equal([false, true, false], result.Model.Routes[0].Paths.Select(path => path.IsRegex));
        Assert.Equal(["id"], result.Model.Routes[0].Paths[1].Captures);
        Assert.Equal(2, result.Findings.Count(finding => finding.Code == "VSE1043"));
    }

    [Theory]
    [InlineData("services: []\n", "required field missing")]
    [InlineData("_format_version: \"4.0\"\n", "expected one of: 1.1, 2.1, 3.0")]
    public void Load_FormatVersionWrong_IsReadAs3InCompat(string yaml, string sentence)
    {
        LoadResult result = Loading.Text(yaml);
        Assert.Contains(sentence, result.One("VSE1006").Message);
        Assert.False(result.Refused);
        Assert.True(Loading.Text(yaml, ("EDGE_CONFIG_MODE", "strict")).Refused);
    }

    [Fact]
    public void Load_FormatVersionWithoutQuotes_IsConverted()
    {
        LoadResult result = Loading.Text("_format_version: 3.0\n");
        Assert.Contains("_format_version: expected a string", result.One("VSE1014").Message);
        Assert.Equal("3.0", result.Model!.FormatVersion);
        Assert.True(Loading.Text("_format_version: 3.0\n", ("EDGE_CONFIG_MODE", "strict")).Refused);
    }

    [Theory]
    [InlineData("services:\n- {name: s, host: a.test, port: \"8080\"}\n")]
    [InlineData("services:\n- {name: s, host: a.test, enabled: \"yes\"}\n")]
    [InlineData("services:\n- {name: 12, host: a.test}\n")]
    [InlineData("routes:\n- {name: r, paths: /x}\n")]
    public void Load_ConvertibleType_IsConvertedWithAFinding(string yaml)
    {
        LoadResult result = Loading.Kong(yaml);
        Assert.False(result.Refused);
        Assert.Contains("expected a", result.One("VSE1014").Message);
        Assert.True(Loading.Kong(yaml, "strict").Refused);
    }

    [Theory]
    [InlineData("services: {name: s}\n", "services: expected an array")]
    [InlineData("services: [5]\n", "services[0]: expected a record")]
    [InlineData("services:\n- {name: s, host: [a]}\n", "host: expected a string")]
    [InlineData("services:\n- {name: s, host: a.test, port: 1.5}\n", "port: expected an integer")]
    [InlineData("services:\n- {name: s, host: a.test, enabled: 1}\n", "enabled: expected a boolean")]
    [InlineData("routes:\n- {name: r, paths: {a: b}}\n", "paths: expected an array")]
    [InlineData("routes:\n- {name: r, methods: {a: b}, paths: [/x]}\n", "methods: expected a set")]
    [InlineData("routes:\n- {name: r, headers: [x], paths: [/x]}\n", "headers: expected a map")]
    [InlineData("routes:\n- {name: r, paths: [null]}\n", "paths[0]: expected a string")]
    [InlineData("plugins:\n- {name: cors, config: 5}\n", "config: expected a record")]
    public void Load_WrongType_RefusesWithKongsSentence(string yaml, string sentence)
    {
        ConfigDiagnostic finding = Loading.Kong(yaml).Findings.First(finding => finding.Code == "VSE1013");
        Assert.Equal((sentence, true), (finding.Message, finding.Refuses));
    }

    [Theory]
    [InlineData("- paths: [/x]\n  protocols: [http, tcp]\n", "VSE1020", "these sets are mutually exclusive: ('tcp', 'tls', 'udp'), ('http', 'https')")]
    [InlineData("- service: s\n", "VSE1020", "must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'")]
    [InlineData("- service: s\n  protocols: [http]\n  methods: []\n", "VSE1020", "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'")]
    [InlineData("- paths: [/x]\n  protocols: [http]\n  snis: [a.test]\n", "VSE1020", "'snis' can only be set when 'protocols' is")]
    [InlineData("- paths: [/x]\n  sources: [{ip: 10.0.0.1}]\n", "VSE1020", "cannot set 'sources' when 'protocols' is 'http' or 'https'")]
    [InlineData("- paths: [/x]\n  protocols: [grpc]\n", "VSE1040", "routes with protocol grpc are not supported yet")]
    [InlineData("- protocols: [tcp]\n  sources: [{ip: 10.0.0.1}]\n", "VSE1040", "routes with protocol tcp are not supported yet")]
    [InlineData("- paths: ['~/a(?=b)']\n", "VSE1044", "look-around")]
    [InlineData("- headers: {x-a: ['~*(']}\n", "VSE1044", "invalid regex: '('")]
    [InlineData("- headers: {x-a: []}\n", "VSE1017", "headers.x-a: length must be at least 1")]
    public void Load_RouteThatCannotBeServed_Refuses(string route, string code, string sentence)
    {
        LoadResult result = Loading.Kong(Service + "routes:\n" + route);
        Assert.Contains(result.Findings, finding => finding.Code == code && finding.Refuses && finding.Message.Contains(sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_RouteConditions_AreParsed()
    {
        LoadResult result = Loading.Kong("""
            routes:
            - name: r
              hosts: [A.Test, '*.B.test:8080', 'c.*', 'd.test:81']
              paths: [/x, '~/v(?<n>[0-9]+)/(.*)$']
              methods: [GET, GET, POST]
              headers: {X-Env: [Prod, Stage], X-Ver: ['~*^v[12]$']}
              snis: [a.test., B.test]
              regex_priority: -3
              path_handling: v1
              request_buffering: true
              response_buffering: false
            """);
        Assert.False(result.Refused);
        KongRoute route = result.Model!.Routes[0];
        Assert.Equal(
            [(KongHostKind.Exact, "a.test", null), (KongHostKind.Suffix, ".b.test", 8080), (KongHostKind.Prefix, "c.", null), (KongHostKind.Exact, "d.test", 81)],
            route.Hosts.Select(host => (host.Kind, host.Value, host.Port)));
        Assert.Equal(["/x", "\\A(?:/v(?<n>[0-9]+)/(?<2>.*)\\z)"], route.Paths.Select(path => path.Value));
        Assert.Equal(["n", "2"], route.Paths[1].Captures);
        Assert.Equal(["GET", "POST"], route.Methods);
        Assert.Equal(["x-env:prod,stage:", "x-ver::(?i:^v[12]\\z)"], route.Headers.Select(header => $"{header.Name}:{string.Join(',', header.Values)}:{header.Pattern}"));
        Assert.Equal(["a.test", "b.test"], route.Snis);
        Assert.Equal(-3, route.RegexPriority);
        Assert.Equal(["VSE1041", "VSE1042"], result.Kong().Select(finding => finding.Code));
        Assert.Equal(new SourceSpan("KONG_DECLARATIVE_CONFIG_STRING", 5, 11), route.Paths[0].Span);
        Assert.Equal(5, route.SpanOf("paths").Line);
        Assert.Equal(route.Span, route.SpanOf("strip_path"));
    }

    [Fact]
    public void Load_PathNotNormal_IsNormalised()
    {
        LoadResult result = Loading.Kong("routes:\n- paths: ['/a/../b', '/%7Ex']\n");
        Assert.Equal(["/b", "/~x"], result.Model!.Routes[0].Paths.Select(path => path.Value));
        Assert.Equal("paths: non-normalized path, consider use '/b' instead", result.Findings.First(finding => finding.Code == "VSE1021").Message);
        Assert.True(Loading.Kong("routes:\n- paths: ['/a/../b']\n", "strict").Refused);
    }

    [Theory]
    [InlineData("/a?b")]
    [InlineData("/a#b")]
    public void Load_PathThatNoRequestHas_IsTold(string path) =>
        Assert.False(Loading.Kong($"routes:\n- paths: ['{path}']\n", "strict").One("VSE1023").Refuses);

    [Fact]
    public void Load_Orders_FollowTheTextWhetherNestedOrNot()
    {
        LoadResult result = Loading.Kong("""
            routes:
            - {name: first, paths: [/1]}
            services:
            - name: s
              host: a.test
              routes:
              - {name: second, paths: [/2]}
            - name: t
              host: b.test
              routes:
              - {name: third, paths: [/3]}
            """);
        Assert.Equal(["first", "second", "third"], result.Model!.Routes.Select(route => route.Name));
        Assert.Equal([0, 1, 2], result.Model.Routes.Select(route => route.Order));
    }

    [Theory]
    [InlineData("algorithm: consistent-hashing", "VSE1037")]
    [InlineData("healthchecks: {passive: {unhealthy: {http_failures: 1}}}", "VSE1038")]
    [InlineData("healthchecks: {active: {type: grpc, healthy: {interval: 1}}}", "VSE1039")]
    [InlineData("algorithm: round-robin\n  hash_on: path", "")]
    [InlineData("healthchecks: {passive: {unhealthy: {tcp_failures: 1}}, active: {healthy: {successes: 1}, unhealthy: {interval: 1}}}", "")]
    public void Load_UpstreamThatSurprises_IsTold(string yaml, string codes) =>
        Assert.Equal(codes, string.Join(',', Loading.Kong($"upstreams:\n- name: u\n  {yaml}\n").Kong().Select(finding => finding.Code)));

    [Fact]
    public void Load_HashOnBesideAnotherAlgorithm_IsConsistentHashing() => Assert.Equal(
        KongBalancing.ConsistentHashing,
        Loading.Kong("upstreams:\n- name: u\n  algorithm: least-connections\n  hash_on: ip\n").Model!.Upstreams[0].Algorithm);

    [Theory]
    [InlineData("name: 10.0.0.1", "Invalid name ('10.0.0.1'); no ip addresses allowed")]
    [InlineData("name: a.test:80", "Invalid name ('a.test:80'); no port allowed")]
    [InlineData("name: 'a b'", "Invalid name ('a b'); must be a valid hostname")]
    [InlineData("slots: 5\n  name: u", "value should be between 10 and 65536")]
    [InlineData("name: u\n  hash_on: header", "required field missing")]
    [InlineData("name: u\n  hash_fallback: ip", "expected one of: none")]
    [InlineData("name: u\n  hash_on: cookie\n  hash_on_cookie: c\n  hash_fallback: ip", "expected one of: none")]
    [InlineData("name: u\n  hash_on: ip\n  hash_fallback: ip", "expected one of: none, consumer, header, cookie, path, query_arg, uri_capture")]
    [InlineData("name: u\n  hash_on: header\n  hash_on_header: x\n  hash_fallback: header\n  hash_fallback_header: x", "values of these fields must be distinct: 'hash_on_header', 'hash_fallback_header'")]
    [InlineData("name: u\n  hash_on: header\n  hash_on_header: 'a b'", "bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'")]
    [InlineData("name: u\n  hash_on: cookie\n  hash_on_cookie: 'a;b'", "contains one or more invalid characters")]
    [InlineData("name: u\n  hash_on: cookie\n  hash_on_cookie: c\n  hash_on_cookie_path: x", "should start with: /")]
    [InlineData("name: u\n  targets: [{target: 'a b'}]", "Invalid target ('a b'); not a valid hostname or ip address")]
    [InlineData("name: u\n  targets: [{target: a, weight: 70000}]", "value should be between 0 and 65535")]
    [InlineData("name: u\n  algorithm: random", "expected one of: consistent-hashing, least-connections, round-robin, latency")]
    public void Load_BadUpstream_RefusesWithKongsSentence(string yaml, string sentence)
    {
        LoadResult result = Loading.Kong($"upstreams:\n- {yaml}\n");
        Assert.True(result.Refused);
        Assert.Contains(result.Findings, finding => finding.Message.Contains(sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_UpstreamBalancingAndChecks_AreRead()
    {
        LoadResult result = Loading.Kong("upstreams:\n- name: u\n  algorithm: least-connections\n  healthchecks:\n    active: {healthy: {interval: 5}, unhealthy: {http_statuses: [500]}}\n    threshold: 10\n- name: v\n  hash_on: cookie\n  hash_on_cookie: c\n");
        Assert.Empty(result.Kong());
        Assert.Equal((KongBalancing.LeastConnections, KongBalancing.ConsistentHashing), (result.Model!.Upstreams[0].Algorithm, result.Model.Upstreams[1].Algorithm));
        Assert.Equal((5d, 10d), (result.Model.Upstreams[0].Healthchecks.Active.HealthyInterval.TotalSeconds, result.Model.Upstreams[0].Healthchecks.Threshold));
        Assert.Equal([500], result.Model.Upstreams[0].Healthchecks.Active.UnhealthyStatuses);
        Assert.Equal(("cookie", "c"), (result.Model.Upstreams[1].HashOn.Kind, result.Model.Upstreams[1].HashOn.Name));
    }

    [Theory]
    [InlineData("10.0.0.1:9000", "10.0.0.1", 9000)]
    [InlineData("a.test", "a.test", 8000)]
    [InlineData("[::1]:9000", "::1", 9000)]
    [InlineData("[::1]", "::1", 8000)]
    [InlineData("::1", "::1", 8000)]
    public void Load_Target_IsSplit(string target, string host, int port)
    {
        LoadResult result = Loading.Kong($"upstreams:\n- name: u\n  targets: [{{target: '{target}'}}]\n");
        Assert.Equal((host, port), (result.Model!.Upstreams[0].Targets[0].Host, result.Model.Upstreams[0].Targets[0].Port));
    }

    [Fact]
    public void Load_ConsumerWithoutName_Refuses() => Assert.Equal(
        "at least one of these fields must be non-empty: 'custom_id', 'username'",
        Loading.Kong("consumers:\n- tags: [a]\n").One("VSE1020").Message);

    [Fact]
    public void Load_JwtCredential_ChecksTheKeyOfItsAlgorithm()
    {
        using System.Security.Cryptography.RSA rsa = System.Security.Cryptography.RSA.Create(2048);
        string pem = string.Concat(rsa.ExportSubjectPublicKeyInfoPem().Split('\n').Select(line => $"      {line}\n"));
        string Credential(string algorithm, string key) => $"consumers:\n- username: c\n  jwt_secrets:\n  - key: k\n    algorithm: {algorithm}\n    rsa_public_key: |\n{key}";
        LoadResult good = Loading.Kong(Credential("RS256", pem));
        good.Clean();
        Assert.NotNull(good.Model!.Consumers[0].JwtCredentials[0].PublicKeyPem);
        Assert.Contains("invalid key", Loading.Kong(Credential("ES256", pem)).One("VSE1017").Message);
        Assert.Contains("invalid key", Loading.Kong(Credential("RS256", "      -----BEGIN PUBLIC KEY-----\n      -----END PUBLIC KEY-----\n")).One("VSE1017").Message);
        Assert.Contains("required field missing", Loading.Kong("consumers:\n- username: c\n  jwt_secrets:\n  - {key: k, algorithm: RS256}\n").One("VSE1012").Message);
    }

    [Fact]
    public void Load_CertificatesAndSnis_AreParsedAndChecked()
    {
        using System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create();
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=a.test", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using System.Security.Cryptography.ECDsa other = System.Security.Cryptography.ECDsa.Create();
        using var expired = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=a.test", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1));
        string Block(string pem) => string.Concat(pem.Split('\n').Select(line => $"    {line}\n"));
        string yaml = $"certificates:\n- cert: |\n{Block(certificate.ExportCertificatePem())}  key: |\n{Block(key.ExportPkcs8PrivateKeyPem())}  snis:\n  - name: a.test\n";
        LoadResult result = Loading.Kong(yaml);
        Assert.False(result.Refused, DiagnosticText.Text(result.Findings));
        Assert.Equal("a.test", Assert.Single(result.Model!.Snis).Name);
        Assert.Equal(result.Model.Certificates[0].Id, result.Model.Snis[0].Certificate.Id);
        result.Clean();
        string Pair(string cert, string keyPem) => $"certificates:\n- cert: |\n{Block(cert)}  key: |\n{Block(keyPem)}";
        ConfigDiagnostic mismatch = Loading.Kong(Pair(certificate.ExportCertificatePem(), other.ExportPkcs8PrivateKeyPem())).One("VSE1070");
        Assert.Equal(("key: certificate does not match key", true), (mismatch.Message, mismatch.Refuses));
        Assert.True(mismatch.Span.Line > 3, "The finding stands at the key.");
        Assert.StartsWith("key: invalid key", Loading.Kong(Pair(certificate.ExportCertificatePem(), "x")).One("VSE1070").Message, StringComparison.Ordinal);
        ConfigDiagnostic old = Loading.Kong(Pair(expired.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem())).One("VSE1071");
        Assert.Equal(DiagnosticSeverity.Warning, old.Severity);
        Assert.Contains("expired at 1971-01-01", old.Message, StringComparison.Ordinal);
        Assert.Contains("invalid certificate", Loading.Kong("certificates:\n- cert: x\n  key: y\n").One("VSE1017").Message);
    }

    [Fact]
    public void Load_CollectionsWithoutMeaning_AreTold() =>
        Assert.Equal(2, Loading.Kong("vaults:\n- {name: env, prefix: p}\nconsumers:\n- username: c\n  hmacauth_credentials: [{username: x}]\n").Findings.Count(finding => finding.Code == "VSE1046"));

    [Theory]
    [InlineData("hmac-auth", "VSE1052", true)]
    [InlineData("oauth2", "VSE1055", true)]
    [InlineData("pre-function", "VSE1052", true)]
    [InlineData("bot-detection", "VSE1052", true)]
    [InlineData("file-log", "VSE1053", false)]
    [InlineData("my-own", "VSE1051", true)]
    public void Load_PluginNotBuilt_RefusesWhenItGuards(string name, string code, bool refuses)
    {
        LoadResult result = Loading.Kong($"plugins:\n- name: {name}\n  config: {{anything: 1}}\n", "compat", ("KONG_PLUGINS", "bundled,my-own"));
        Assert.Equal(refuses, result.Refused);
        ConfigDiagnostic finding = result.One(code);
        Assert.Equal((3, 9), (finding.Span.Line, finding.Span.Column));
        if (!refuses)
        {
            KongPlugin plugin = Assert.Single(result.Model!.Plugins);
            Assert.False(plugin.Active);
            Assert.NotNull(plugin.InactiveReason);
        }
    }

    [Fact]
    public void Load_GuardNotBuiltButDisabled_IsAccepted() => Assert.False(Loading.Kong("plugins:\n- {name: key-auth, enabled: false}\n").Refused);

    [Theory]
    [InlineData("off")]
    [InlineData("cors,acl")]
    public void Load_PluginNotInTheList_RefusesWithKongsSentence(string list) => Assert.Equal(
        "name: plugin 'jwt' not enabled; add it to the 'plugins' configuration property",
        Loading.Kong("plugins:\n- name: jwt\n", "compat", ("KONG_PLUGINS", list)).One("VSE1050").Message);

    [Fact]
    public void Load_MisspeltPlugin_GetsTheNearestName() => Assert.Equal(
        "did you mean 'rate-limiting'?",
        Loading.Kong("plugins:\n- {name: rate-limitting, config: {minute: 1}}\n").One("VSE1050").Hint);

    [Theory]
    [InlineData("cors", "")]
    [InlineData("jwt", "")]
    [InlineData("acl", ", config: {allow: [g]}")]
    public void Load_PluginThatCannotBePerConsumer_Refuses(string name, string config) => Assert.Contains(
        "value must be null",
        Loading.Kong($"consumers:\n- username: c\nplugins:\n- {{name: {name}, consumer: c{config}}}\n").One("VSE1054").Message);

    [Fact]
    public void Load_SameNameInOtherScope_IsNoViolation() =>
        Loading.Kong(Service + "consumers: [{username: c}]\nplugins:\n- {name: prometheus}\n- {name: prometheus, service: s}\n- {name: prometheus, service: s, consumer: c}\n").Clean();

    [Fact]
    public void Load_SeveralFiles_MergesAcrossThem()
    {
        string folder = Directory.CreateTempSubdirectory("edge-config").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "b.yaml"), "_format_version: \"3.0\"\nroutes:\n- {name: r, service: s, paths: [/x]}\n");
            Directory.CreateDirectory(Path.Combine(folder, "sub"));
            File.WriteAllText(Path.Combine(folder, "sub", "a.json"), "{\"_format_version\": \"3.0\", \"services\": [{\"name\": \"s\", \"host\": \"a.test\", \"prot\": 1}]}");
            File.WriteAllText(Path.Combine(folder, "notes.txt"), "not read");
            LoadResult result = new ConfigSource(EdgeSettings.From(("EDGE_CONFIG", folder))).Load();
            Assert.Equal(["b.yaml", "a.json"], result.Files.Select(Path.GetFileName));
            ConfigDiagnostic finding = result.One("VSE1011");
            Assert.Equal((Path.Combine(folder, "sub", "a.json"), 1, 73), (finding.Span.File, finding.Span.Line, finding.Span.Column));

            File.WriteAllText(Path.Combine(folder, "sub", "a.json"), "{\"_format_version\": \"3.0\", \"services\": [{\"name\": \"s\", \"host\": \"a.test\"}]}");
            LoadResult good = new ConfigSource(EdgeSettings.From(("EDGE_CONFIG", $"{folder}:{Path.Combine(folder, "b.yaml")}"))).Load();
            good.Clean();
            Assert.Equal(good.Model!.Services[0].Id, good.Model.Routes[0].Service!.Id);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Load_TextIsJson_IsReadAsJson()
    {
        LoadResult result = Loading.Text("{\t\"_format_version\": \"3.0\",\n\t\"services\": [{\"name\": \"s\", \"host\": \"a\\u002etest\"}]}");
        result.Clean();
        Assert.Equal("a.test", result.Model!.Services[0].Host);
    }

    [Fact]
    public void Load_NothingConfigured_IsEmptyAndNotRefused()
    {
        LoadResult result = new ConfigSource(EdgeSettings.Defaults).Load();
        Assert.Equal((false, LoadResult.EmptyHash), (result.Refused, result.Hash));
        Assert.Null(result.Model);
        Assert.False(new ConfigSource(EdgeSettings.Defaults).IsConfigured);
    }

    [Fact]
    public void Load_FileMissing_RefusesAndNamesIt()
    {
        LoadResult result = new ConfigSource(EdgeSettings.From(("KONG_DECLARATIVE_CONFIG", "/nowhere/kong.yml"))).Load();
        Assert.Equal("/nowhere/kong.yml: error VSE1004: no such file or folder", result.One("VSE1004").ToString());
        Assert.True(result.Refused);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    public void Load_EmptyFile_IsTold(string text)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        try
        {
            LoadResult result = new ConfigSource(EdgeSettings.From(("KONG_DECLARATIVE_CONFIG", file))).Load();
            Assert.Equal("VSE1009", Assert.Single(result.Kong()).Code);
            Assert.False(result.Refused);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("- a\n", "VSE1005", "expected a declarative configuration")]
    [InlineData("text", "VSE1005", "expected a declarative configuration")]
    [InlineData("a: [", "VSE1001", "failed parsing declarative configuration")]
    public void Load_NoConfiguration_RefusesWithKongsSentence(string text, string code, string sentence) =>
        Assert.Contains(sentence, Loading.Text(text).One(code).Message);

    [Fact]
    public void Load_TwoDocuments_AreBothRead()
    {
        const string Yaml = "services: [{name: s, host: a.test}]\n---\n_format_version: \"3.0\"\nservices: [{name: t, host: b.test}]\n";
        LoadResult result = Loading.Kong(Yaml);
        Assert.Equal(2, result.Model!.Services.Count);
        Assert.False(result.One("VSE1008").Refuses);
        Assert.True(Loading.Kong(Yaml, "strict").Refused);
    }

    [Fact]
    public void Load_DuplicateKey_TheLastCounts()
    {
        LoadResult result = Loading.Kong("services:\n- name: s\n  host: a.test\n  host: b.test\n");
        Assert.Equal("b.test", result.Model!.Services[0].Host);
        Assert.Equal((5, 3), (result.One("VSE1002").Span.Line, result.One("VSE1002").Span.Column));
        Assert.True(Loading.Kong("services:\n- name: s\n  host: a.test\n  host: b.test\n", "strict").Refused);
    }

    [Fact]
    public void Load_MixedFolder_TellsOtherDocuments()
    {
        string folder = Directory.CreateTempSubdirectory("edge-config").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "k8s.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n---\nfoo: bar\n");
            LoadResult result = new ConfigSource(EdgeSettings.From(("EDGE_CONFIG", folder))).Load();
            Assert.Equal(DiagnosticSeverity.Info, result.One("VSE2002").Severity);
            Assert.True(result.One("VSE2040").Refuses);
            Assert.Contains("neither a Kong document", result.One("VSE1005").Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Hash_OneFile_IsTheMd5OfItsText()
    {
        string text = File.ReadAllText(Loading.SampleFile);
        string md5 = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
        Assert.Equal(md5, Loading.Sample("compat").Hash);
    }

    [Fact]
    public void Load_TenThousandRoutes_TakesSeconds()
    {
        System.Text.StringBuilder yaml = new("services:\n- {name: s, host: a.test}\nroutes:\n");
        for (int i = 0; i < 10_000; i++)
        {
            yaml.Append($"- {{name: r{i}, service: s, paths: [/p{i}], methods: [GET, POST]}}\n");
        }

        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        LoadResult result = Loading.Kong(yaml.ToString());
        Assert.Equal(10_000, result.Model!.Routes.Count);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    private static string Shape(KongModel model) => string.Join('\n',
        string.Join(',', model.Services.Select(service => $"{service.Id}{service.Host}")),
        string.Join(',', model.Routes.Select(route => $"{route.Id}{route.Service?.Id}")),
        string.Join(',', model.Upstreams.SelectMany(upstream => upstream.Targets).Select(target => $"{target.Id}{target.Target}")),
        string.Join(',', model.Consumers.Select(consumer => $"{consumer.Id}{consumer.Groups[0].Id}{consumer.JwtCredentials[0].Id}")),
        string.Join(',', model.Plugins.Select(plugin => $"{plugin.Name}{plugin.Service?.Id}{plugin.Route?.Id}{plugin.Consumer?.Id}").Order()));
}
