using System.Net;
using Microsoft.Extensions.Time.Testing;
using VoltageSoda.Edge.Cli.Demo;
using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class ExplainerTests
{
    private const string App = """
        services:
        - name: app
          url: http://127.0.0.1:3000/base
          routes:
          - name: all
            paths: ["/"]
        """;

    [Fact]
    public async Task Lost_RoutesThatMatch_LoseByARule()
    {
        await using ExplainProbe probe = ExplainProbe.Of("""
            services:
            - name: app
              url: http://127.0.0.1:3000
              routes:
              - name: short
                paths: ["/a"]
              - name: long
                paths: ["/a/b"]
              - name: regular
                paths: ["~/a/.*"]
                regex_priority: -5
              - name: hosted
                paths: ["/a"]
                hosts: ["shop.test"]
            """);

        Explanation hosted = await probe.ExplainAsync("GET", "http://shop.test/a/b/c");
        Assert.Equal("hosted", hosted.Route!.Name);
        Assert.Equal(["regular", "long", "short"], hosted.Lost.Select(static lost => lost.Name));
        Assert.All(hosted.Lost, static lost => Assert.True(lost.Matches));
        Assert.All(hosted.Lost, static lost => Assert.Equal("the winner has 2 kinds of condition, this one 1", Assert.Single(lost.Reasons)));

        Explanation regular = await probe.ExplainAsync("GET", "http://other.test/a/b/c");
        Assert.Equal("regular", regular.Route!.Name);
        Assert.Equal(
            [("long", "a regular path is preferred to a prefix"), ("short", "a regular path is preferred to a prefix"), ("hosted", "host other.test is none of shop.test")],
            regular.Lost.Select(static lost => (lost.Name, Assert.Single(lost.Reasons))));
    }

    [Fact]
    public async Task Lost_NothingMatches_EveryConditionIsNamed()
    {
        await using ExplainProbe probe = ExplainProbe.Of("""
            services:
            - name: app
              url: http://127.0.0.1:3000
              routes:
              - name: picky
                paths: ["/a", "/b"]
                methods: [PUT, POST]
                hosts: ["shop.test"]
                headers:
                  x-version: ["2", "3"]
            """);

        Explanation explanation = await probe.ExplainAsync("PUT", "http://other.test/c", "X-Version: 1");

        Assert.Equal((OutcomeKind.NoRoute, 404), (explanation.Outcome.Kind, explanation.Outcome.Status!.Value));
        Assert.Equal(
            ["host other.test is none of shop.test", "path /c begins with none of /a, /b", "header x-version is not 2 or 3"],
            Assert.Single(explanation.Lost).Reasons);
        Assert.False(explanation.Lost[0].Matches);
    }

    [Fact]
    public async Task Jwt_GoodToken_ShowsCallerAndTakesTheConsumersOwnPlugin()
    {
        const string Kong = """
            services:
            - name: app
              url: http://127.0.0.1:3000
              routes:
              - name: all
                paths: ["/"]
              plugins:
              - name: jwt
              - name: rate-limiting
                config: {minute: 5}
            consumers:
            - username: ada
              jwt_secrets:
              - {key: ada-key, algorithm: HS256, secret: 0123456789abcdef0123456789abcdef}
              acls:
              - group: staff
              plugins:
              - name: rate-limiting
                config: {minute: 50}
            """;
        await using ExplainProbe probe = ExplainProbe.Of(Kong);
        string token = DemoToken.Sign("ada-key", "0123456789abcdef0123456789abcdef", TimeProvider.System.GetUtcNow());

        Explanation explanation = await probe.ExplainAsync("GET", "/x", "Authorization: Bearer " + token);

        Assert.Equal(OutcomeKind.Proxied, explanation.Outcome.Kind);
        Assert.Equal(["token verified with credential ada-key", "the caller is ada, in staff"], Plugin(explanation, "jwt").Details);
        Assert.Equal("consumer ada", Plugin(explanation, "rate-limiting").Scope);
        Assert.StartsWith("50 per minute, counted by consumer: ", Plugin(explanation, "rate-limiting").Details[0], StringComparison.Ordinal);
        Assert.Contains("X-Consumer-Username: ada", explanation.Upstream!.Headers);
    }

    [Fact]
    public async Task Jwt_Time_IsTheGivenOne()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using ExplainProbe probe = new(EdgeSettings.From([.. Loading.SampleSecrets]), time, Loading.SampleFile);
        string token = SampleEdge.Bearer("voltage-soda-admin-key", time.GetUtcNow());
        probe.Names.SetAddresses("voltage-soda-backend.voltage-soda.svc.cluster.local", 60, "192.0.2.7");

        Assert.Equal(OutcomeKind.Proxied, (await probe.ExplainAsync("GET", "/api/v1/x", token)).Outcome.Kind);
        time.Advance(TimeSpan.FromHours(2));
        ExplainedOutcome late = (await probe.ExplainAsync("GET", "/api/v1/x", token)).Outcome;
        Assert.Equal((401, "jwt"), (late.Status!.Value, late.By));
    }

    [Fact]
    public async Task Plugins_AfterARefusal_AreNotReached()
    {
        await using ExplainProbe probe = new(EdgeSettings.From([.. Loading.SampleSecrets]), null, Loading.SampleFile);

        Explanation explanation = await probe.ExplainAsync("GET", "/api/v1/x", SampleEdge.Bearer("voltage-soda-client-key"));

        Assert.Equal((OutcomeKind.Answered, 403, "acl"), (explanation.Outcome.Kind, explanation.Outcome.Status!.Value, explanation.Outcome.By));
        Assert.Equal(
            [PluginEffect.Acts, PluginEffect.Acts, PluginEffect.Answers, PluginEffect.NotReached, PluginEffect.Acts],
            new[] { "jwt", "request-size-limiting", "acl", "rate-limiting", "response-transformer" }.Select(name => Plugin(explanation, name).Effect));
        Assert.Equal(["answers 403 You cannot consume this service", "the caller is voltage-soda-api-client, in no group"], Plugin(explanation, "acl").Details);
        Assert.Equal("not reached: acl answers", Assert.Single(Plugin(explanation, "rate-limiting").Details));
        Assert.Null(explanation.Upstream);
        Assert.Empty(probe.Names.Asked);
    }

    [Fact]
    public async Task RateLimit_AskedOften_CountsNothing()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App + """

              plugins:
              - name: rate-limiting
                config: {minute: 1, hour: 2, limit_by: ip}
            """);

        for (int i = 0; i < 5; i++)
        {
            Explanation explanation = await probe.ExplainAsync("GET", "/");
            Assert.Equal(OutcomeKind.Proxied, explanation.Outcome.Kind);
            Assert.Equal("1 per minute, 2 per hour, counted by ip: 127.0.0.1", Plugin(explanation, "rate-limiting").Details[0]);
        }
    }

    [Fact]
    public async Task BodySize_UnknownLength_SaysThatItIsMeasured()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App + """

              plugins:
              - name: request-size-limiting
                config: {allowed_payload_size: 1, size_unit: kilobytes}
              - name: acl
                config: {allow: [staff]}
            """);

        Explanation explanation = await probe.ExplainAsync("POST", "/", "Transfer-Encoding: chunked");

        Assert.Equal(
            "length unknown: the body is measured as it comes, and refused beyond 1024 bytes",
            Assert.Single(Plugin(explanation, "request-size-limiting").Details));

        // What follows the measuring is decided too.
        Assert.Equal("acl", explanation.Outcome.By);
    }

    [Fact]
    public async Task RequestTransformer_Edits_ShowInTheRequestThatGoesUp()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App + """

              plugins:
              - name: request-transformer
                config:
                  http_method: PUT
                  replace: {uri: "/v2/$(uri_captures.id or 'none')", headers: ["X-Kept:new"]}
                  add: {headers: ["X-Added:1", "X-Kept:2"], querystring: ["page:1"]}
                  remove: {headers: [X-Gone, X-Missing]}
            """);

        Explanation explanation = await probe.ExplainAsync("GET", "/a?q=1", "X-Gone: 1", "X-Kept: old");

        ExplainedUpstream upstream = explanation.Upstream!;
        Assert.Equal(("PUT", "/v2/none?q=1&page=1"), (upstream.Method, upstream.Target));
        Assert.Contains("X-Kept: new", upstream.Headers);
        Assert.Contains("X-Added: 1", upstream.Headers);
        Assert.DoesNotContain(upstream.Headers, static line => line.StartsWith("X-Gone", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(
            [
                "method: PUT", "path: /v2/$(uri_captures.id or 'none')", "request: removes X-Gone", "request: removes X-Missing (absent)",
                "request: replaces X-Kept: new", "request: adds X-Added: 1", "request: adds X-Kept: 2 (has one already: stays)", "query: adds page: 1",
            ],
            Plugin(explanation, "request-transformer").Details);
    }

    [Fact]
    public async Task RequestTransformer_FailingTemplate_AnswersItself()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App + """

              plugins:
              - name: request-transformer
                config:
                  replace: {uri: "/v2/$(query_params.name)"}
            """);

        Explanation explanation = await probe.ExplainAsync("GET", "/a?name=..");

        Assert.Equal((500, "request-transformer"), (explanation.Outcome.Status!.Value, explanation.Outcome.By));
        Assert.Equal(PluginEffect.Answers, Plugin(explanation, "request-transformer").Effect);
    }

    [Fact]
    public async Task Cors_Preflight_ShowsItsAnswer()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App + """

              plugins:
              - name: cors
                config: {origins: ["https://shop.test"], methods: [GET], max_age: 60}
            """);

        Explanation preflight = await probe.ExplainAsync("OPTIONS", "/", "Origin: https://shop.test", "Access-Control-Request-Method: GET");
        Assert.Equal((200, "cors"), (preflight.Outcome.Status!.Value, preflight.Outcome.By));
        Assert.Contains("Access-Control-Max-Age: 60", preflight.Outcome.Headers);
        Assert.Equal(PluginEffect.Answers, Plugin(preflight, "cors").Effect);

        Explanation actual = await probe.ExplainAsync("GET", "/", "Origin: https://shop.test");
        Assert.Contains("answer gets Access-Control-Allow-Origin: https://shop.test", Plugin(actual, "cors").Details);
        Assert.Equal(PluginEffect.Acts, Plugin(actual, "cors").Effect);
    }

    [Theory]
    [InlineData(426, null)]
    [InlineData(301, "Location: https://shop.test/x?y=1")]
    public async Task Route_ForHttpsAlone_AnswersPlainRequests(int status, string? field)
    {
        await using ExplainProbe probe = ExplainProbe.Of(App + $"\n    protocols: [https]\n    https_redirect_status_code: {status}\n");

        Explanation explanation = await probe.ExplainAsync("GET", "http://shop.test/x?y=1");

        Assert.Equal((OutcomeKind.Answered, status, "route all"), (explanation.Outcome.Kind, explanation.Outcome.Status!.Value, explanation.Outcome.By));
        Assert.Contains(field ?? "Upgrade: TLS/1.2, HTTP/1.1", explanation.Outcome.Headers);
    }

    [Fact]
    public async Task Route_WithoutService_Answers503()
    {
        await using ExplainProbe probe = ExplainProbe.Of("routes:\n- name: lonely\n  paths: [\"/\"]\n");

        ExplainedOutcome outcome = (await probe.ExplainAsync("GET", "/")).Outcome;

        Assert.Equal((503, "no Service found with those values", "route lonely"), (outcome.Status!.Value, outcome.Message, outcome.By));
    }

    [Fact]
    public async Task Listener_PortOfTheUrl_Chooses()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App, ("KONG_PROXY_LISTEN", "127.0.0.1:8000, 127.0.0.1:9000, 127.0.0.1:8443 ssl"));

        Assert.Equal(new ExplainedListener("127.0.0.1:9000", true, null), (await probe.ExplainAsync("GET", "http://x.test:9000/")).Listener);
        Assert.Equal(new ExplainedListener("127.0.0.1:8000", true, null), (await probe.ExplainAsync("GET", "http://x.test/")).Listener);
        Assert.StartsWith("no listener is on port 80;", (await probe.ExplainAsync("GET", "http://x.test:80/")).Listener.Note, StringComparison.Ordinal);

        Explanation tls = await probe.ExplainAsync("GET", "https://x.test/");
        Assert.Equal((OutcomeKind.Proxied, new ExplainedListener("127.0.0.1:8443 ssl", true, null)), (tls.Outcome.Kind, tls.Listener));
        Assert.Contains("X-Forwarded-Proto: https", tls.Upstream!.Headers);
        Assert.Contains("X-Forwarded-Port: 9000", (await probe.ExplainAsync("GET", "http://x.test:9000/")).Upstream!.Headers);
    }

    [Fact]
    public async Task ServerName_OfAnHttpsUrl_ChoosesTheRoute()
    {
        await using ExplainProbe probe = ExplainProbe.Of(
            """
            _format_version: "3.0"
            services:
            - name: secure
              url: https://127.0.0.1:9443
              tls_verify: true
              routes:
              - {name: by-sni, protocols: [https], paths: ["/"], snis: [shop.test]}
              - {name: other, paths: ["/"]}
            """,
            ("KONG_PROXY_LISTEN", "127.0.0.1:8000, 127.0.0.1:8443 ssl"));

        Explanation named = await probe.ExplainAsync("GET", "https://Shop.test/");
        Assert.Equal("by-sni", named.Route!.Name);
        Assert.Equal("verified, as 127.0.0.1", Assert.Single(named.Upstream!.Endpoints).Tls);
        Assert.Equal("other", (await probe.ExplainAsync("GET", "https://other.test/")).Route!.Name);
    }

    [Fact]
    public async Task Client_BehindATrustedProxy_IsTheOneItNames()
    {
        await using ExplainProbe probe = ExplainProbe.Of(
            App, ("KONG_TRUSTED_IPS", "10.0.0.0/8"), ("KONG_REAL_IP_HEADER", "X-Forwarded-For"));
        RequestLine request = RequestLine.Parse("GET", "/", ["X-Forwarded-For: 203.0.113.9"], IPAddress.Parse("10.1.2.3"));

        Assert.Equal("203.0.113.9", (await probe.ExplainAsync(request)).Request.Client);
        Assert.Equal("192.0.2.1", (await probe.ExplainAsync(request with { Client = IPAddress.Parse("192.0.2.1") })).Request.Client);
    }

    [Fact]
    public async Task Path_NotCanonical_IsShownAsMatched()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App);

        Explanation explanation = await probe.ExplainAsync("GET", "/a//b/../%7ec?x=%2e");

        Assert.Equal("/a/~c", explanation.Request.CanonicalPath);
        Assert.Equal("/base/a/~c?x=%2e", explanation.Upstream!.Target);
    }

    [Fact]
    public async Task Upstream_Names_AreLookedUp()
    {
        await using ExplainProbe probe = ExplainProbe.Of("""
            services:
            - name: app
              url: http://shop.internal
              routes:
              - name: all
                paths: ["/"]
            upstreams:
            - name: shop.internal
              targets:
              - {target: "a.internal:8080", weight: 30}
              - {target: "192.0.2.5:80", weight: 0}
              - {target: "gone.internal:8080", weight: 10}
            """);
        probe.Names.SetAddresses("a.internal", 60, "192.0.2.1", "192.0.2.2");

        ExplainedUpstream upstream = (await probe.ExplainAsync("GET", "/")).Upstream!;

        Assert.Equal(
            [
                new ExplainedEndpoint("a.internal:8080", "192.0.2.1:8080", 30, "a.internal:8080"),
                new ExplainedEndpoint("a.internal:8080", "192.0.2.2:8080", 30, "a.internal:8080"),
                new ExplainedEndpoint("192.0.2.5:80", "192.0.2.5:80", 0, "192.0.2.5"),
                new ExplainedEndpoint("gone.internal:8080", null, 10, null),
            ],
            upstream.Endpoints);
        Assert.Null(upstream.Note);
        Assert.Equal(8, upstream.Place!.Line - 1);
    }

    [Fact]
    public async Task Upstream_Hashing_NamesTheInputItsValueAndTheOwner()
    {
        await using ExplainProbe probe = ExplainProbe.Of("""
            services:
            - name: app
              url: http://shop.internal
              routes:
              - name: all
                paths: ["/"]
            upstreams:
            - name: shop.internal
              hash_on: header
              hash_on_header: X-User
              hash_fallback: query_arg
              hash_fallback_query_arg: u
              healthchecks:
                passive: {unhealthy: {http_failures: 3}}
                active: {healthy: {interval: 5, successes: 1}, unhealthy: {interval: 2}}
              targets:
              - {target: "10.0.0.1:1"}
              - {target: "10.0.0.2:2"}
            """);

        ExplainedUpstream upstream = (await probe.ExplainAsync("GET", "/", "X-User: 7")).Upstream!;
        Assert.Equal(("consistent-hashing", "header X-User", "7"), (upstream.Algorithm, upstream.Hash!.Input, upstream.Hash.Value));
        Assert.Contains(upstream.Hash.Endpoint, upstream.Endpoints.Select(static endpoint => endpoint.Address));
        Assert.All(upstream.Endpoints, static endpoint => Assert.Equal("healthy", endpoint.Health));
        Assert.StartsWith("by http probes every 5 s while healthy and 2 s while not", upstream.Checks, StringComparison.Ordinal);
        Assert.Contains("3 bad statuses", upstream.Checks, StringComparison.Ordinal);

        Assert.Equal("query_arg u", (await probe.ExplainAsync("GET", "/?u=x")).Upstream!.Hash!.Input);
        ExplainedHash nothing = (await probe.ExplainAsync("GET", "/")).Upstream!.Hash!;
        Assert.Equal(("nothing", ""), (nothing.Input, nothing.Value));
    }

    [Fact]
    public async Task Upstream_NameWithoutAddress_IsNotedAndStillGoesThere()
    {
        await using ExplainProbe probe = new(EdgeSettings.From([.. Loading.SampleSecrets]), null, Loading.SampleFile);

        Explanation explanation = await probe.ExplainAsync("GET", "/");

        Assert.Equal(OutcomeKind.Proxied, explanation.Outcome.Kind);
        Assert.EndsWith("503 name resolution failed", explanation.Upstream!.Note, StringComparison.Ordinal);
        Assert.Null(Assert.Single(explanation.Upstream.Endpoints).Address);
    }

    [Fact]
    public async Task Upstream_WithoutWeight_Answers503()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App.Replace("127.0.0.1:3000", "pool.internal", StringComparison.Ordinal) + """

            upstreams:
            - name: pool.internal
              targets:
              - {target: "192.0.2.5:80", weight: 0}
            """);

        ExplainedOutcome outcome = (await probe.ExplainAsync("GET", "/")).Outcome;

        Assert.Equal((503, "failure to get a peer from the ring-balancer", "upstream pool.internal"), (outcome.Status!.Value, outcome.Message, outcome.By));
    }

    [Fact]
    public async Task Head_Refused_NamesTheRule()
    {
        await using ExplainProbe probe = ExplainProbe.Of(App);

        Explanation explanation = await probe.ExplainAsync("GET", "/", "Content-Length: 1", "Transfer-Encoding: chunked");

        Assert.Equal((OutcomeKind.Refused, 400), (explanation.Outcome.Kind, explanation.Outcome.Status!.Value));
        Assert.StartsWith("the listener: ", explanation.Outcome.By, StringComparison.Ordinal);
        Assert.Null(explanation.Request.CanonicalPath);
    }

    [Fact]
    public async Task Nothing_Configured_HasNoRoute()
    {
        EdgeSettings settings = EdgeSettings.From(("KONG_PROXY_LISTEN", "127.0.0.1:8000"));
        await using VoltageSoda.Edge.Upstream.Dns.NameResolver resolver = new(new(), TimeProvider.System, new Upstream.Dns.ScriptedNameClient());
        await using Explainer explainer = new(
            settings, new VoltageSoda.Edge.Configuration.ConfigSource(settings).Load(), resolver, TimeSpan.FromSeconds(1), TimeProvider.System);

        Explanation explanation = await explainer.ExplainAsync(RequestLine.Parse("GET", "/", [], IPAddress.Loopback));

        Assert.Equal((OutcomeKind.NoRoute, 404), (explanation.Outcome.Kind, explanation.Outcome.Status!.Value));
        Assert.Empty(explanation.Plugins);
    }

    private static ExplainedPlugin Plugin(Explanation explanation, string name) => explanation.Plugins.Single(plugin => plugin.Name == name);
}
