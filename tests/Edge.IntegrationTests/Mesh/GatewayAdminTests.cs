using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>Envoy's administration over a real socket: what it shows after real traffic, and what it changes.</summary>
public sealed class GatewayAdminTests
{
    private const string Host = "backend.test.svc.cluster.local";
    private const string Cluster = "cluster.outbound|80||" + Host;

    [Fact]
    public async Task Stats_AfterTraffic_CountWhatEnvoyCounts()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint, "retries: {attempts: 2, retryOn: \"503\"}");
        Assert.Equal(200, await edge.GetAsync("/s/200"));
        Assert.Equal(404, await edge.GetAsync("/s/404"));
        Assert.Equal(503, await edge.GetAsync("/s/503"));
        IReadOnlyDictionary<string, string> stats = await edge.StatsAsync();
        Assert.Equal(
            ["5", "3", "1", "1", "1", "1", "2", "2", "2", "1", "2"],
            new[]
            {
                "upstream_rq_total", "upstream_rq_completed", "upstream_rq_200", "upstream_rq_404", "upstream_rq_503", "upstream_rq_5xx", "retry.upstream_rq_503",
                "retry.upstream_rq_5xx", "upstream_rq_retry", "upstream_rq_retry_limit_exceeded", "upstream_rq_retry_backoff_exponential",
            }.Select(name => stats[$"{Cluster}.{name}"]));
        Assert.Equal(stats[$"{Cluster}.upstream_cx_total"], stats[$"{Cluster}.upstream_cx_http1_total"]);
        Assert.Equal("0", stats[$"{Cluster}.circuit_breakers.high.rq_open"]);
        string http = $"http.outbound_127.0.0.1_{edge.Port};.";
        Assert.Equal(
            ["3", "3", "1", "1", "1", "0", "1", "1"],
            new[]
            {
                "downstream_rq_total", "downstream_rq_completed", "downstream_rq_2xx", "downstream_rq_4xx", "downstream_rq_5xx", "downstream_rq_active",
                "downstream_cx_total", "downstream_cx_active",
            }.Select(name => stats[http + name]));
        Assert.Equal(("1", "0", "1"), (stats["server.live"], stats["server.state"], stats[$"listener.127.0.0.1_{edge.Port}.downstream_cx_total"]));
        Assert.Contains("P50(nan,", stats[$"{Cluster}.upstream_rq_time"]);
        string[] lines = await edge.LinesAsync($"/stats?filter={Uri.EscapeDataString("retry")}&usedonly");
        Assert.NotEmpty(lines);
        Assert.All(lines, static line => Assert.Matches("^cluster\\.outbound\\|80\\|\\|backend.*retr.*: [1-9]", line));
        using JsonDocument json = JsonDocument.Parse(await edge.TextAsync("/stats?format=json&filter=upstream_rq_200"));
        Assert.Equal($"{Cluster}.upstream_rq_200", json.RootElement.GetProperty("stats")[0].GetProperty("name").GetString());
        Assert.Contains(
            $"envoy_cluster_upstream_rq{{response_code=\"404\",cluster_name=\"outbound|80||{Host}\"}} 1\n", await edge.TextAsync("/stats?format=prometheus"));
    }

    [Fact]
    public async Task Stats_UnansweredRequests_AreCountedAsTheirReplies()
    {
        using Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using RunningAdmin edge = await RunningAdmin.StartAsync((IPEndPoint)closed.LocalEndPoint!, "retries: {attempts: 1, retryOn: connect-failure}");
        Assert.Equal(503, await edge.GetAsync("/"));
        IReadOnlyDictionary<string, string> stats = await edge.StatsAsync();
        Assert.Equal(
            ["2", "2", "2", "2", "0", "1", "1", "1"],
            new[]
            {
                "upstream_cx_total", "upstream_cx_connect_fail", "upstream_cx_destroy", "upstream_cx_destroy_remote", "upstream_rq_total",
                "upstream_rq_503", "upstream_rq_completed", "upstream_rq_retry",
            }.Select(name => stats[$"{Cluster}.{name}"]));
        Assert.Contains("::cx_connect_fail::2", await edge.TextAsync("/clusters"));
        Assert.Contains("::rq_error::2", await edge.TextAsync("/clusters"));
    }

    [Theory]
    [InlineData("/stats?format=xml", 400, "usage: /stats?format=(html|active-html|json|prometheus|text)\n\n")]
    [InlineData("/stats?filter=(", 400, "Invalid re2 regex")]
    [InlineData("/stats?type=Sums", 400, "invalid &type= param")]
    [InlineData("/nothing", 404, "invalid path. admin commands are:\n  /certs: print certs on machine\n")]
    [InlineData("/quitquitquit", 405, "Method GET not allowed, POST required.")]
    [InlineData("/healthcheck/fail", 405, "Method GET not allowed, POST required.")]
    [InlineData("/drain_listeners?graceful", 405, "Method GET not allowed, POST required.")]
    [InlineData("/reset_counters", 405, "Method GET not allowed, POST required.")]
    [InlineData("/logging", 405, "Method GET not allowed, POST required.")]
    [InlineData("/help", 200, "admin commands are:\n")]
    [InlineData("/runtime", 200, "{\"layers\":[],\"entries\":{}}")]
    [InlineData("/memory", 200, "{\"allocated\":\"")]
    [InlineData("/hot_restart_version", 200, "disabled")]
    public async Task Get_Path_IsAnsweredAsEnvoyDoes(string path, int status, string begins)
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        (int found, string text) = await edge.SendAsync(HttpMethod.Get, path);
        Assert.Equal(status, found);
        Assert.StartsWith(begins, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clusters_Endpoint_HasEnvoysLines()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint, more: MeshText.Rule(
            Host, "{connectionPool: {tcp: {maxConnections: 7}, http: {maxRetries: 2}}, outlierDetection: {consecutive5xxErrors: 1, interval: 1h, baseEjectionTime: 1h, maxEjectionPercent: 100}}"));
        Assert.Equal(200, await edge.GetAsync("/s/200"));
        string name = $"outbound|80||{Host}";
        string at = $"{name}::{upstream.Address}";
        string[] lines = await edge.LinesAsync("/clusters");
        Assert.Equal(
            [
                $"{name}::observability_name::{name}",
                $"{name}::outlier::success_rate_average::-1",
                $"{name}::outlier::success_rate_ejection_threshold::-1",
                $"{name}::outlier::local_origin_success_rate_average::-1",
                $"{name}::outlier::local_origin_success_rate_ejection_threshold::-1",
                $"{name}::default_priority::max_connections::7",
                $"{name}::default_priority::max_pending_requests::4294967295",
                $"{name}::default_priority::max_requests::4294967295",
                $"{name}::default_priority::max_retries::2",
                $"{name}::high_priority::max_connections::1024",
                $"{name}::high_priority::max_pending_requests::1024",
                $"{name}::high_priority::max_requests::1024",
                $"{name}::high_priority::max_retries::3",
                $"{name}::added_via_api::true",
                $"{at}::cx_active::1",
                $"{at}::cx_connect_fail::0",
                $"{at}::cx_total::1",
                $"{at}::rq_active::0",
                $"{at}::rq_error::0",
                $"{at}::rq_success::1",
                $"{at}::rq_timeout::0",
                $"{at}::rq_total::1",
                $"{at}::hostname::{Host}",
                $"{at}::health_flags::healthy",
                $"{at}::weight::1",
                $"{at}::region::",
                $"{at}::zone::",
                $"{at}::sub_zone::",
                $"{at}::canary::false",
                $"{at}::priority::0",
                $"{at}::success_rate::-1",
                $"{at}::local_origin_success_rate::-1",
            ],
            lines);
        Assert.Equal(500, await edge.GetAsync("/s/500"));
        lines = await edge.LinesAsync("/clusters");
        Assert.Contains($"{at}::health_flags::/failed_outlier_check", lines);
        Assert.Contains($"{at}::rq_error::1", lines);
        using JsonDocument json = JsonDocument.Parse(await edge.TextAsync("/clusters?format=json"));
        JsonElement host = json.RootElement.GetProperty("cluster_statuses")[0].GetProperty("host_statuses")[0];
        Assert.True(host.GetProperty("health_status").GetProperty("failed_outlier_check").GetBoolean());
        Assert.Equal(upstream.EndPoint.Port, host.GetProperty("address").GetProperty("socket_address").GetProperty("port_value").GetInt32());
        Assert.Equal("2", host.GetProperty("stats").EnumerateArray().Single(static stat => stat.GetProperty("name").GetString() == "rq_total").GetProperty("value").GetString());
    }

    [Fact]
    public async Task Clusters_OfKongsServices_AreShown()
    {
        await using ScriptedUpstream upstream = Statuses();
        const string Kong = """
            _format_version: "3.0"
            services:
            - {name: kong, host: other.test.svc.cluster.local, port: 80, routes: [{name: all, paths: [/]}]}
            """;
        await using RunningAdmin edge = await RunningAdmin.StartAsync(
            upstream.EndPoint,
            more: MeshText.Service("other.test.svc.cluster.local", 80, (upstream.EndPoint, "")) + MeshText.Rule("other.test.svc.cluster.local", "{connectionPool: {tcp: {maxConnections: 3}}}"),
            settings: [("KONG_DECLARATIVE_CONFIG_STRING", Kong), ("KONG_PROXY_LISTEN", "127.0.0.1:0")]);
        await using RawClient client = await RawClient.ConnectAsync(edge.Mesh.Edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync(Request("/s/200"))).Status);
        string[] lines = await edge.LinesAsync("/clusters");
        Assert.Contains("outbound|80||other.test.svc.cluster.local::default_priority::max_connections::3", lines);
        Assert.Contains($"outbound|80||other.test.svc.cluster.local::{upstream.Address}::rq_success::1", lines);
        Assert.Contains($"outbound|80||{Host}::added_via_api::true", lines);
    }

    [Fact]
    public async Task HealthCheck_FailAndOk_ReadinessFollows()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        Assert.Equal((200, "LIVE\n"), await edge.SendAsync(HttpMethod.Get, "/ready"));
        Assert.Equal((200, "OK\n"), await edge.SendAsync(HttpMethod.Post, "/healthcheck/fail"));
        Assert.Equal((503, "DRAINING\n"), await edge.SendAsync(HttpMethod.Get, "/ready"));
        Assert.Equal(503, await edge.HealthAsync("/healthz/ready"));
        Assert.Equal(200, await edge.HealthAsync("/healthz/live"));
        Assert.Equal(("0", "1"), await LiveAsync(edge));

        // Who is connected is asked to come again elsewhere.
        await using RawClient client = await RawClient.ConnectAsync(edge.Mesh.EndPoint(80));
        Assert.Equal("close", (await client.ExchangeAsync(Request("/s/200"))).Header("connection"));
        Assert.Equal((200, "OK\n"), await edge.SendAsync(HttpMethod.Post, "/healthcheck/ok"));
        Assert.Equal((200, "LIVE\n"), await edge.SendAsync(HttpMethod.Get, "/ready"));
        Assert.Equal(200, await edge.HealthAsync("/healthz/ready"));
        Assert.Equal(("1", "0"), await LiveAsync(edge));
    }

    [Fact]
    public async Task DrainListeners_AtOnce_ClosesGatewaysAndNothingElse()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        IPEndPoint bound = edge.Mesh.EndPoint(80);
        await using RawClient idle = await RawClient.ConnectAsync(bound);
        Assert.Equal(200, (await idle.ExchangeAsync(Request("/s/200"))).Status);
        Assert.Equal((200, "OK\n"), await edge.SendAsync(HttpMethod.Post, "/drain_listeners?inboundonly"));
        Assert.Equal(200, (await idle.ExchangeAsync(Request("/s/200"))).Status);
        Assert.Equal((400, "skip_exit requires graceful\n"), await edge.SendAsync(HttpMethod.Post, "/drain_listeners?skip_exit"));
        Assert.Equal((200, "OK\n"), await edge.SendAsync(HttpMethod.Post, "/drain_listeners"));
        Assert.True(await idle.IsClosedAsync());
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(bound));
        Assert.Equal(503, await edge.HealthAsync("/healthz/ready"));
        Assert.Equal((200, ""), await edge.SendAsync(HttpMethod.Get, "/listeners"));
    }

    [Fact]
    public async Task DrainListeners_Graceful_GoesOnAcceptingAndAsksToClose()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        Assert.Equal((200, "OK\n"), await edge.SendAsync(HttpMethod.Post, "/drain_listeners?graceful"));
        Assert.Equal((200, "OK\n"), await edge.SendAsync(HttpMethod.Post, "/drain_listeners?graceful"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync(Request("/s/200"));
        Assert.Equal((200, "close"), (response.Status, response.Header("connection")));
    }

    [Fact]
    public async Task QuitQuitQuit_Post_AsksTheHostToStop()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        Assert.False(edge.Mesh.Edge.Host.StopRequested.IsCompleted);
        Assert.Equal((200, "OK\n"), await edge.SendAsync(HttpMethod.Post, "/quitquitquit"));
        Assert.True((await edge.Mesh.Edge.Host.StopRequested).SkipsMinimum);
    }

    [Fact]
    public async Task ResetCounters_EnvoysCounters_BeginAnewAndGaugesStay()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        Assert.Equal(200, await edge.GetAsync("/s/200"));
        Assert.Equal((200, "OK\n"), await edge.SendAsync(HttpMethod.Post, "/reset_counters"));
        IReadOnlyDictionary<string, string> stats = await edge.StatsAsync();
        Assert.Equal(("0", "1"), (stats[$"{Cluster}.upstream_rq_200"], stats[$"{Cluster}.membership_total"]));
        Assert.Equal(200, await edge.GetAsync("/s/200"));
        Assert.Equal("1", (await edge.StatsAsync())[$"{Cluster}.upstream_rq_200"]);
        Assert.Contains("::rq_total::2", await edge.TextAsync("/clusters"));
    }

    [Fact]
    public async Task Logging_Post_ChangesTheLevel()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        Assert.Equal((200, "active loggers:\n  edge: info\n\n"), await edge.SendAsync(HttpMethod.Post, "/logging"));
        Assert.Equal((200, "active loggers:\n  edge: debug\n\n"), await edge.SendAsync(HttpMethod.Post, "/logging?level=debug"));
        Assert.Equal((200, "active loggers:\n  edge: error\n\n"), await edge.SendAsync(HttpMethod.Post, "/logging?paths=edge:error"));
        (int status, string text) = await edge.SendAsync(HttpMethod.Post, "/logging?http=debug");
        Assert.Equal(400, status);
        Assert.StartsWith("error: unknown logger name\n\nusage: /logging?<name>=<level> (change single level)\n", text, StringComparison.Ordinal);
        Assert.EndsWith("active loggers:\n  edge: error\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificates_OfServers_AreShownWithoutKeys()
    {
        using TestAuthority authority = new();
        TestCertificate certificate = authority.Issue(["one.example.com"]);
        await using ScriptedUpstream upstream = Statuses();
        const string Tls = """
            apiVersion: networking.istio.io/v1
            kind: Gateway
            metadata: {name: tls, namespace: test}
            spec:
              selector: {istio: ingressgateway}
              servers:
              - port: {number: 443, name: https, protocol: HTTPS}
                hosts: ["one.example.com"]
                tls: {mode: SIMPLE, credentialName: one}
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: walls, namespace: test}
            spec: {podSelector: {}}
            ---

            """;
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint, more: Tls);
        edge.Mesh.WriteCertificate("test/one", certificate);
        using JsonDocument shown = JsonDocument.Parse(await edge.TextAsync("/certs"));
        JsonElement chain = shown.RootElement.GetProperty("certificates")[0].GetProperty("cert_chain")[0];
        Assert.Equal("one.example.com", chain.GetProperty("subject_alt_names")[0].GetProperty("dns").GetString());
        Assert.EndsWith("tls.crt", chain.GetProperty("path").GetString(), StringComparison.Ordinal);
        Assert.Equal(["path", "serial_number", "subject_alt_names", "days_until_expiration", "valid_from", "expiration_time"], chain.EnumerateObject().Select(static field => field.Name));
        string dump = await edge.TextAsync("/config_dump");
        Assert.Contains("\"kind\":\"network_policies\",\"items\":[{\"name\":\"walls\",\"namespace\":\"test\"", dump);
        Assert.Contains("\"private_key\":\"[redacted]\"", dump);
        Assert.DoesNotContain("PRIVATE KEY", dump);
        Assert.Contains("server.days_until_first_cert_expiring: ", await edge.TextAsync("/stats"));
    }

    [Fact]
    public async Task Stats_ExcludedByTheMesh_AreHidden()
    {
        await using ScriptedUpstream upstream = Statuses();
        await using RunningAdmin edge = await RunningAdmin.StartAsync(
            upstream.EndPoint, meshConfig: "defaultConfig: {proxyStatsMatcher: {exclusionRegexps: [\".*outlier.*\", \"server\\\\..*\"]}}");
        Assert.Equal("", await edge.TextAsync("/stats?filter=server"));
        Assert.NotEqual("", await edge.TextAsync("/stats?filter=server&hidden=include"));
        Assert.NotEqual("", await edge.TextAsync("/stats?filter=cluster_manager"));
        Assert.DoesNotContain("envoy_server_", await edge.TextAsync("/stats/prometheus"));
    }

    // The path says which status is wanted.
    private static ScriptedUpstream Statuses() => ScriptedUpstream.Respond(static request => request.Target switch
    {
        "/s/404" => "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
        "/s/500" => "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
        "/s/503" => "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n",
        _ => ScriptedUpstream.Ok("x"),
    });

    private static string Request(string path) => $"GET {path} HTTP/1.1\r\nHost: example.com\r\n\r\n";

    private static async Task<(string Live, string State)> LiveAsync(RunningAdmin edge)
    {
        IReadOnlyDictionary<string, string> stats = await edge.StatsAsync();
        return (stats["server.live"], stats["server.state"]);
    }
}
