using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

public sealed class HttpLogTests
{
    [Fact]
    public async Task Entry_OfAHead_HasTheLengthThatTheClientGot()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => "HTTP/1.1 200 OK\r\nContent-Length: 55\r\n\r\n");
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugin(collector)));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        JsonElement entry = (await collector.NextAsync()).Entries().Single();
        Assert.Equal("55", entry.GetProperty("response").GetProperty("headers").GetProperty("content-length").GetString());
    }

    [Fact]
    public async Task Entry_OfAProxiedRequest_HasKongsFields()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello", "X-Twice: a", "X-Twice: b", "Connection: X-Hop", "X-Hop: 1"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugin(collector)));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        const string Head = "GET /p%20q?a=1&a=2&b&c=%C3%A9+x&d= HTTP/1.1\r\nHost: Example.com:81\r\nAuthorization: Bearer secret\r\nProxy-Authorization: Basic secret\r\n"
            + "X-Quote: \"\\\t\xff\r\nX-Multi: 1\r\nx-multi: 2\r\nConnection: X-Gone\r\nX-Gone: 1\r\n\r\n";
        RawResponse response = await client.ExchangeAsync(Head);

        JsonElement entry = (await collector.NextAsync()).Entries().Single();
        JsonElement request = entry.GetProperty("request");
        Assert.Equal("/p%20q?a=1&a=2&b&c=%C3%A9+x&d=", request.GetProperty("uri").GetString());
        Assert.Equal($"http://example.com:{edge.Proxy.Port}/p%20q?a=1&a=2&b&c=%C3%A9+x&d=", request.GetProperty("url").GetString());
        Assert.Equal("GET", request.GetProperty("method").GetString());
        Assert.Equal("""{"a":["1","2"],"b":true,"c":"é x","d":""}""", request.GetProperty("querystring").GetRawText());
        Assert.Equal(Head.Length, request.GetProperty("size").GetInt32());
        Assert.Matches("^[0-9a-f]{32}$", request.GetProperty("id").GetString());
        Assert.False(request.TryGetProperty("tls", out _));
        JsonElement headers = request.GetProperty("headers");
        Assert.Equal("REDACTED", headers.GetProperty("authorization").GetString());
        Assert.Equal("REDACTED", headers.GetProperty("proxy-authorization").GetString());
        Assert.Equal("Example.com:81", headers.GetProperty("host").GetString());
        Assert.Equal("\"\\\t\uFFFD", headers.GetProperty("x-quote").GetString());
        Assert.Equal("""["1","2"]""", headers.GetProperty("x-multi").GetRawText());
        Assert.False(headers.TryGetProperty("x-forwarded-for", out _));

        JsonElement answer = entry.GetProperty("response");
        Assert.Equal(200, answer.GetProperty("status").GetInt32());
        Assert.Equal("""["a","b"]""", answer.GetProperty("headers").GetProperty("x-twice").GetRawText());
        Assert.Equal(
            response.Fields.Select(static field => field.Name.ToLowerInvariant()).Append("connection").Distinct().Order(),
            answer.GetProperty("headers").EnumerateObject().Select(static field => field.Name).Order());
        Assert.Equal(
            response.StatusLine.Length + 2 + response.Fields.Sum(static field => field.Name.Length + field.Value.Length + 4) + 2 + 5,
            answer.GetProperty("size").GetInt32());

        JsonElement latencies = entry.GetProperty("latencies");
        int total = latencies.GetProperty("request").GetInt32();
        Assert.InRange(latencies.GetProperty("kong").GetInt32(), 0, total);
        Assert.InRange(latencies.GetProperty("proxy").GetInt32(), 0, total);
        Assert.InRange(latencies.GetProperty("receive").GetInt32(), 0, total);
        JsonElement attempt = entry.GetProperty("tries").EnumerateArray().Single();
        Assert.Equal("127.0.0.1", attempt.GetProperty("ip").GetString());
        Assert.Equal(upstream.EndPoint.Port, attempt.GetProperty("port").GetInt32());
        long started = entry.GetProperty("started_at").GetInt64();
        Assert.InRange(attempt.GetProperty("balancer_start").GetInt64(), started, started + 10_000);
        Assert.Equal(attempt.GetProperty("balancer_start").GetInt64() * 1_000_000, attempt.GetProperty("balancer_start_ns").GetInt64());
        Assert.InRange(attempt.GetProperty("balancer_latency").GetInt32(), 0, 1000);
        Assert.True(attempt.TryGetProperty("balancer_latency_ns", out _));
        Assert.False(attempt.TryGetProperty("state", out _));
        Assert.Equal("/p%20q?a=1&a=2&b&c=%C3%A9+x&d=", entry.GetProperty("upstream_uri").GetString());
        Assert.Equal("200", entry.GetProperty("upstream_status").GetString());
        Assert.Equal("127.0.0.1", entry.GetProperty("client_ip").GetString());
        Assert.Equal("upstream", entry.GetProperty("source").GetString());
        Assert.Equal("default", entry.GetProperty("workspace_name").GetString());
        Assert.True(entry.TryGetProperty("workspace", out _));
        JsonElement route = entry.GetProperty("route");
        Assert.Equal("all", route.GetProperty("name").GetString());
        Assert.Equal("""["/"]""", route.GetProperty("paths").GetRawText());
        JsonElement service = entry.GetProperty("service");
        Assert.Equal(("app", "app.internal", 80, 60000), (
            service.GetProperty("name").GetString(), service.GetProperty("host").GetString(), service.GetProperty("port").GetInt32(),
            service.GetProperty("read_timeout").GetInt32()));
        Assert.Equal(service.GetProperty("id").GetString(), route.GetProperty("service").GetProperty("id").GetString());
        Assert.False(entry.TryGetProperty("consumer", out _));
        Assert.False(entry.TryGetProperty("authenticated_entity", out _));
    }

    [Fact]
    public async Task Entry_OfAFailedTry_SaysHowItFailed()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream good = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        using ReservedPort nobody = ReservedPort.Take();
        int closed = nobody.Number;
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single([$"127.0.0.1:{closed}", good.Address], tail: Plugin(collector)));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        JsonElement entry = default;
        for (int i = 0; i < 2; i++)
        {
            await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            JsonElement seen = (await collector.NextAsync()).Entries().Single();
            entry = seen.GetProperty("tries").GetArrayLength() == 2 ? seen : entry;
        }

        JsonElement[] tries = [.. entry.GetProperty("tries").EnumerateArray()];
        Assert.Equal(("failed", 502, closed), (
            tries[0].GetProperty("state").GetString(), tries[0].GetProperty("code").GetInt32(), tries[0].GetProperty("port").GetInt32()));
        Assert.False(tries[1].TryGetProperty("code", out _));
        Assert.Equal("502, 200", entry.GetProperty("upstream_status").GetString());
    }

    [Fact]
    public async Task Entries_OfEarlyAnswers_AreSentToo()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(
            upstream.Address,
            routeExtra: "methods: [GET]\nplugins:\n- name: jwt",
            tail: Plugin(collector)));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);

        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        JsonElement unauthorized = (await collector.NextAsync()).Entries().Single();
        Assert.Equal(401, unauthorized.GetProperty("response").GetProperty("status").GetInt32());
        Assert.Equal("[]", unauthorized.GetProperty("tries").GetRawText());
        Assert.Equal(-1, unauthorized.GetProperty("latencies").GetProperty("proxy").GetInt32());
        Assert.Equal("", unauthorized.GetProperty("upstream_status").GetString());
        Assert.Equal("kong", unauthorized.GetProperty("source").GetString());
        Assert.Equal("all", unauthorized.GetProperty("route").GetProperty("name").GetString());

        await client.ExchangeAsync("PUT /x HTTP/1.1\r\nHost: a\r\n\r\n");
        JsonElement missing = (await collector.NextAsync()).Entries().Single();
        Assert.Equal(404, missing.GetProperty("response").GetProperty("status").GetInt32());
        Assert.False(missing.TryGetProperty("route", out _));
        Assert.False(missing.TryGetProperty("service", out _));

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n");
        JsonElement refused = (await collector.NextAsync()).Entries().Single();
        Assert.Equal(400, refused.GetProperty("response").GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Entry_OfAClientThatLeft_IsSent()
    {
        await using LogCollector collector = new();
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.HeadAsync();
            reached.TrySetResult();
            await peer.ToEndAsync();
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugin(collector)));
        RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await reached.Task;
        client.Reset();

        JsonElement entry = (await collector.NextAsync()).Entries().Single();
        Assert.Equal(499, entry.GetProperty("response").GetProperty("status").GetInt32());
        Assert.Equal("-", entry.GetProperty("upstream_status").GetString());
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Batch_CarriesTheConfiguredRequest_AndAnArray()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string plugin = $$"""
            plugins:
            - name: http-log
              config:
                http_endpoint: "http://us%65r:p%3Ass@{{collector.EndPoint}}/logs/in?tag=1"
                method: PUT
                content_type: "application/json; charset=utf-8"
                headers: {X-Token: abc}
                queue: {max_batch_size: 3, max_coalescing_delay: 60}
            """;
        RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: plugin));
        RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 4; i++)
        {
            await client.ExchangeAsync($"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        Delivery batch = await collector.NextAsync();
        Assert.StartsWith("PUT /logs/in?tag=1 HTTP/1.1\r\n", batch.Head);
        Assert.Equal(collector.EndPoint.ToString(), batch.Header("Host"));
        Assert.Equal("application/json; charset=utf-8", batch.Header("Content-Type"));
        Assert.Equal("abc", batch.Header("X-Token"));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:p:ss")), batch.Header("Authorization"));
        Assert.Equal(["/0", "/1", "/2"], batch.Entries().Select(static entry => entry.GetProperty("request").GetProperty("uri").GetString()));

        // What waits for company at the end is sent before the process ends, still as an array.
        await client.DisposeAsync();
        await edge.DisposeAsync();
        Delivery rest = await collector.NextAsync();
        Assert.StartsWith("[", rest.Body);
        Assert.Single(rest.Entries());
    }

    [Fact]
    public async Task Entry_OfHostileNames_HasEveryKeyOnce()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok(
            "x", "Via: 1.1 other", "X-Kong-Request-Id: theirs", "x-kong-proxy-latency: 7", "X-Kong-Upstream-Latency: 7", "X-Kong-Upstream-Status: 7", "Server: theirs"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugin(collector)));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET /?%ff=1&%fe=2&a=3 HTTP/1.1\r\nHost: a\r\n\r\n");

        JsonElement entry = (await collector.NextAsync()).Entries().Single();
        JsonElement request = entry.GetProperty("request");
        Assert.Equal("""{"a":"3"}""", request.GetProperty("querystring").GetRawText());
        string[] names = [.. entry.GetProperty("response").GetProperty("headers").EnumerateObject().Select(static field => field.Name)];
        Assert.Equal(names.Distinct(), names);
        Assert.Contains("via", names);
        Assert.Equal(request.GetProperty("id").GetString(), entry.GetProperty("response").GetProperty("headers").GetProperty("x-kong-request-id").GetString());
    }

    [Fact]
    public async Task Status_OfThreeHundredOrMore_IsTriedAgain_AndCounted()
    {
        await using LogCollector collector = new();
        int attempts = 0;
        collector.Answer = _ => Interlocked.Increment(ref attempts) switch
        {
            1 => 302,
            2 => 500,
            _ => 204,
        };
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: Plugin(collector)));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        for (int i = 0; i < 3; i++)
        {
            await collector.NextAsync();
        }

        string queue = $"queue=\"http-log http://{collector.EndPoint}/\"";
        string metrics = await Metrics.ReadUntilAsync(edge, text => text.Contains($"vse_queue_entries_total{{{queue},result=\"sent\"}} 1\n", StringComparison.Ordinal));
        Assert.Contains($"vse_queue_failed_attempts_total{{{queue}}} 2\n", metrics);
    }

    [Fact]
    public async Task Reload_KeepsTheQueue_AndWhatWaitsInIt()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        string Kong(string token) => KongText.Single(upstream.Address, tail: $$"""
            plugins:
            - name: http-log
              config:
                http_endpoint: "http://{{collector.EndPoint}}"
                headers: {X-Token: {{token}}}
                queue: {max_batch_size: 2, max_coalescing_delay: 60}
            """);
        await using RunningEdge edge = await RunningEdge.StartAsync(Kong("old"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET /before HTTP/1.1\r\nHost: a\r\n\r\n");
        await edge.ReloadAsync(Kong("new"));
        await client.ExchangeAsync("GET /after HTTP/1.1\r\nHost: a\r\n\r\n");

        Delivery batch = await collector.NextAsync();
        Assert.Equal(2, batch.Entries().Count);
        Assert.Equal("new", batch.Header("X-Token"));
    }

    [Fact]
    public async Task Entry_OfAConsumer_NamesHimAndHisCredential()
    {
        await using LogCollector collector = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, tail: $$"""
            consumers:
            - username: alice
              custom_id: "7"
              jwt_secrets:
              - {key: alice-key, secret: alice-secret, algorithm: HS256}
            plugins:
            - name: jwt
            - name: http-log
              config: {http_endpoint: "http://{{collector.EndPoint}}"}
            """));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {Token("alice-key", "alice-secret")}\r\n\r\n");
        Assert.Equal(200, response.Status);

        JsonElement entry = (await collector.NextAsync()).Entries().Single();
        JsonElement consumer = entry.GetProperty("consumer");
        Assert.Equal(("alice", "7"), (consumer.GetProperty("username").GetString(), consumer.GetProperty("custom_id").GetString()));
        JsonElement entity = entry.GetProperty("authenticated_entity");
        Assert.Equal(consumer.GetProperty("id").GetString(), entity.GetProperty("consumer_id").GetString());
        Assert.NotEqual(entity.GetProperty("id").GetString(), entity.GetProperty("consumer_id").GetString());
        Assert.Equal("alice", entry.GetProperty("request").GetProperty("headers").GetProperty("x-consumer-username").GetString());
        Assert.DoesNotContain("alice-secret", entry.GetRawText());
    }

    private static string Token(string key, string secret)
    {
        static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        string text = Encode("""{"alg":"HS256","typ":"JWT"}"""u8.ToArray()) + "." + Encode(Encoding.UTF8.GetBytes($$"""{"iss":"{{key}}"}"""));
        return text + "." + Encode(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text)));
    }

    private static string Plugin(LogCollector collector) => $$"""
        plugins:
        - name: http-log
          config: {http_endpoint: "http://{{collector.EndPoint}}"}
        """;
}
