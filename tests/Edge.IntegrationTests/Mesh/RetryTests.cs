using System.Diagnostics;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>Retries of a Gateway listener beyond their conditions: what a further try says, how long it waits, what is never tried again.</summary>
public sealed class RetryTests
{
    private const string Host = "backend.test.svc.cluster.local";
    private const string Get = "GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n";
    private const string Bad = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad";

    [Fact]
    public async Task Attempt_TellsItsNumberAndTheTimeLeft()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => Bad);
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 10s\nretries: {attempts: 2, retryOn: 5xx, backoff: 20ms, perTryTimeout: 9990ms}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.ExchangeAsync(Get);
        UpstreamRequest[] tries = [.. upstream.Requests];
        Assert.Equal(["1", "2", "3"], tries.Select(static one => one.Header("x-envoy-attempt-count")));
        Assert.Equal("9990", tries[0].Header("x-envoy-expected-rq-timeout-ms"));
        Assert.All(tries, static one => Assert.Single(one.Headers("x-envoy-expected-rq-timeout-ms")));
        Assert.True(int.Parse(tries[2].Header("x-envoy-expected-rq-timeout-ms")!) <= 9990);
        Assert.Single(tries.Select(static one => one.Header("x-request-id")).Distinct());
    }

    [Theory]
    [InlineData("timeout: 2s", "5S", "2000m")]
    [InlineData("timeout: 2s", "700m", "700m")]
    [InlineData("timeout: 2s", "", "2000m")]
    [InlineData("timeout: 2s", "nonsense", "2000m")]
    [InlineData("timeout: 2s\nretries: {attempts: 1, perTryTimeout: 300ms}", "5S", "300m")]
    [InlineData("timeout: 0s", "5S", "5000m")]
    [InlineData("", "250000u", "250m")]
    [InlineData("", "", "")]
    public async Task Grpc_Timeout_IsCappedAndToldToTheUpstream(string rule, string given, string told)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, rule);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        string field = given.Length == 0 ? "" : $"grpc-timeout: {given}\r\n";
        await client.ExchangeAsync($"POST /pkg.Svc/Call HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\n{field}Content-Length: 0\r\n\r\n");
        Assert.Equal(told, upstream.Requests.Single().Header("grpc-timeout") ?? "");
    }

    [Fact]
    public async Task Grpc_TimeoutOfAnotherRequest_IsNotLookedAt()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningMesh mesh = await StartAsync(upstream, "timeout: 3s");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\ngrpc-timeout: 1S\r\n\r\n");
        Assert.Equal(("1S", "3000"), (upstream.Requests.Single().Header("grpc-timeout"), upstream.Requests.Single().Header("x-envoy-expected-rq-timeout-ms")));
    }

    [Fact]
    public async Task Interim_AnswerWentDown_NothingIsTriedAgain()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer =>
        {
            await peer.HeadAsync();
            await peer.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        });
        await using RunningMesh mesh = await StartAsync(upstream, "retries: {attempts: 2, retryOn: 5xx, backoff: 1ms}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(103, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(503, (await client.ReceiveAsync()).Status);
        Assert.Equal(1, upstream.Connections);
    }

    [Theory]
    [InlineData(60 * 1024, 3)]
    [InlineData(70 * 1024, 1)]
    public async Task Body_IsSentAgainUpToABound(int length, int tries)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => Bad);
        await using RunningMesh mesh = await StartAsync(upstream, "retries: {attempts: 2, retryOn: 503, backoff: 1ms}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        string body = string.Concat(Enumerable.Range(0, (length / 8) + 1).Select(static i => $"{i:D8}"))[..length];
        RawResponse counted = await client.ExchangeAsync($"POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Length: {length}\r\n\r\n{body}");
        Assert.Equal((503, "bad"), (counted.Status, counted.Body));
        RawResponse chunked = await client.ExchangeAsync(
            $"POST /a HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n");
        Assert.Equal((503, "bad"), (chunked.Status, chunked.Body));
        Assert.Equal(2 * tries, upstream.Requests.Count);
        Assert.All(upstream.Requests, one => Assert.Equal(body, one.Body));
    }

    [Fact]
    public async Task Backoff_GrowsFromItsBaseToTenTimes()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => Bad);
        await using RunningMesh mesh = await StartAsync(upstream, "retries: {attempts: 8, retryOn: 503, backoff: 10ms}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 4; i++)
        {
            await client.ExchangeAsync(Get);
        }

        // At most 10 + 30 + 70 + 5 * 100 ms each; uniform, so that four of them take some time.
        Assert.Equal(4 * 9, upstream.Requests.Count);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 150, 4 * 10_000);
    }

    [Theory]
    [InlineData("attempts: 1, retryOn: \"503\"", "", 2)]
    [InlineData("attempts: 0", "", 1)]
    [InlineData("attempts: 3, backoff: 1ms", "", 1)]
    [InlineData("attempts: 1, retryOn: \"503\"", "retries: {attempts: 0}", 1)]
    [InlineData("attempts: 1, retryOn: \"503\"", "retries: {attempts: 2, backoff: 1ms}", 1)]
    public async Task Mesh_DefaultRetries_HoldWhereARuleSaysNothing(string defaults, string rule, int tries)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => Bad);
        string documents = MeshText.Plain(MeshText.Route(Host, rule), MeshText.Service(Host, 80, (upstream.EndPoint, "")))
            .Replace("  meshConfig:\n", $"  meshConfig:\n    defaultHttpRetryPolicy: {{{defaults}}}\n", StringComparison.Ordinal);
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(503, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(tries, upstream.Requests.Count);
    }

    [Fact]
    public async Task ClientFields_DoNotChangeThePolicy()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => Bad);
        await using RunningMesh mesh = await StartAsync(upstream, "retries: {attempts: 1, retryOn: 503, backoff: 1ms}\ntimeout: 5s");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        string[] fields =
        [
            "x-envoy-retry-on: 5xx", "x-envoy-retry-grpc-on: unavailable", "x-envoy-max-retries: 9", "x-envoy-retriable-status-codes: 503",
            "x-envoy-retriable-header-names: x", "x-envoy-upstream-rq-timeout-ms: 1", "x-envoy-upstream-rq-per-try-timeout-ms: 1",
            "x-envoy-hedge-on-per-try-timeout: true", "x-envoy-upstream-alt-stat-name: a", "x-envoy-upstream-rq-timeout-alt-response: 1",
            "x-envoy-expected-rq-timeout-ms: 1", "x-envoy-force-trace: true", "x-envoy-ip-tags: a", "x-envoy-original-path: /x", "x-envoy-original-dst-host: 1.1.1.1:1",
            "x-envoy-decorator-operation: a", "x-envoy-downstream-service-cluster: a", "x-envoy-downstream-service-node: a", "x-envoy-internal: true",
            "x-envoy-external-address: 9.9.9.9", "x-envoy-attempt-count: 7", "X-Envoy-Anything: 1", "x-forwarded-client-cert: Hash=1", "x-forwarded-host: a",
            "x-forwarded-port: 1", "x-forwarded-prefix: /a", "x-real-ip: 9.9.9.9", "forwarded: for=9.9.9.9", "x-request-id: mine",
        ];
        RawResponse response = await client.ExchangeAsync($"GET /a HTTP/1.1\r\nHost: example.com\r\n{string.Join("\r\n", fields)}\r\n\r\n");
        Assert.Equal(503, response.Status);
        Assert.Equal(2, upstream.Requests.Count);
        UpstreamRequest first = upstream.Requests.First();
        string[] names = [.. first.Head.Split("\r\n").Skip(1).Select(static line => line.Split(':')[0]).Where(static name => name.StartsWith("x-", StringComparison.OrdinalIgnoreCase) || name == "forwarded").Order(StringComparer.Ordinal)];
        Assert.Equal(["x-envoy-attempt-count", "x-envoy-expected-rq-timeout-ms", "x-envoy-external-address", "x-forwarded-for", "x-forwarded-proto", "x-request-id"], names);
        Assert.Equal(("1", "5000", "127.0.0.1"), (first.Header("x-envoy-attempt-count"), first.Header("x-envoy-expected-rq-timeout-ms"), first.Header("x-envoy-external-address")));
        Assert.NotEqual("mine", first.Header("x-request-id"));
    }

    [Fact]
    public async Task MaxRetries_OfTheCluster_LetsTheAnswerStand()
    {
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is { } request)
            {
                if (request.Header("x-envoy-attempt-count") == "2")
                {
                    arrived.TrySetResult();
                    await second.Task;
                }

                await peer.SendAsync(Bad);
            }
        });
        string documents = MeshText.Plain(
            MeshText.Route(Host, "retries: {attempts: 1, retryOn: 503, backoff: 1ms}"),
            MeshText.Service(Host, 80, (upstream.EndPoint, "")) + MeshText.Rule(Host, "{connectionPool: {http: {maxRetries: 1}}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient holder = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await holder.SendAsync(Get);
        await arrived.Task;
        await using RawClient refused = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse stands = await refused.ExchangeAsync(Get);
        Assert.Equal((503, "bad", null), (stands.Status, stands.Body, stands.Header("x-envoy-overloaded")));
        Assert.Equal("503 UO via_upstream", (await mesh.LinesAsync(1))[0]);
        second.SetResult();
        Assert.Equal(503, (await holder.ReceiveAsync()).Status);
        Assert.Equal("503 URX via_upstream", (await mesh.LinesAsync(2))[1]);
    }

    // A key keeps its endpoint over tries where the destination is the only one, unless the rule says otherwise.
    [Theory]
    [InlineData("", 3)]
    [InlineData(", retryIgnorePreviousHosts: false", 3)]
    [InlineData(", retryIgnorePreviousHosts: true", 1)]
    public async Task Key_KeepsItsEndpointOverTries(string more, int tries)
    {
        await using ScriptedUpstream one = ScriptedUpstream.Respond(static _ => Bad);
        await using ScriptedUpstream two = ScriptedUpstream.Respond(static _ => Bad);
        string documents = MeshText.Plain(
            MeshText.Route(Host, $"retries: {{attempts: 2, retryOn: 503, backoff: 1ms{more}}}"),
            MeshText.Service(Host, 80, (one.EndPoint, ""), (two.EndPoint, ""))
            + MeshText.Rule(Host, "{loadBalancer: {consistentHash: {httpHeaderName: x-key}}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await client.ExchangeAsync("GET /a HTTP/1.1\r\nHost: example.com\r\nx-key: k\r\n\r\n");
        int[] seen = [one.Requests.Count, two.Requests.Count];
        Assert.Equal(3, seen.Sum());
        Assert.Equal(tries == 3, seen.Contains(3));
    }

    // 20 % of one active request is less than the minimum: one retry at once, as maxRetries would have it.
    [Fact]
    public async Task RetryBudget_OfTheCluster_LetsTheAnswerStand()
    {
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is { } request)
            {
                if (request.Header("x-envoy-attempt-count") == "2")
                {
                    arrived.TrySetResult();
                    await second.Task;
                }

                await peer.SendAsync(Bad);
            }
        });
        string documents = MeshText.Plain(
            MeshText.Route(Host, "retries: {attempts: 1, retryOn: 503, backoff: 1ms}"),
            MeshText.Service(Host, 80, (upstream.EndPoint, "")) + MeshText.Rule(Host, "{retryBudget: {percent: 20, minRetryConcurrency: 1}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient holder = await RawClient.ConnectAsync(mesh.EndPoint(80));
        await holder.SendAsync(Get);
        await arrived.Task;
        await using RawClient refused = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal("bad", (await refused.ExchangeAsync(Get)).Body);
        Assert.Equal("503 UO via_upstream", (await mesh.LinesAsync(1))[0]);
        second.SetResult();
        Assert.Equal(503, (await holder.ReceiveAsync()).Status);
    }

    [Theory]
    [InlineData("", 503)]
    [InlineData(", retryRemoteLocalities: true", 200)]
    public async Task RemoteLocalities_TakeOverAfterTwoTries(string more, int status)
    {
        await using ScriptedUpstream near = ScriptedUpstream.Respond(static _ => Bad);
        await using ScriptedUpstream far = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("far"));
        string service = $$"""
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: backend, namespace: test}
            spec:
              hosts: [{{Host}}]
              resolution: STATIC
              ports: [{number: 80, name: http, protocol: HTTP}]
              endpoints:
              - {address: 127.0.0.1, ports: {http: {{near.EndPoint.Port}}}, locality: here/a}
              - {address: 127.0.0.1, ports: {http: {{far.EndPoint.Port}}}, locality: there/a}
            ---

            """;
        string documents = MeshText.Plain(
            MeshText.Route(Host, $"retries: {{attempts: 3, retryOn: 503, backoff: 1ms{more}}}"),
            service + MeshText.Rule(Host, "{outlierDetection: {consecutive5xxErrors: 1000}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents, null, ("EDGE_LOCALITY", "here/a"));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(status, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(status == 200 ? (2, 1) : (4, 0), (near.Requests.Count, far.Requests.Count));
    }

    // Outlier detection judges a gRPC answer by the status in its head.
    [Theory]
    [InlineData("14", true)]
    [InlineData("2", true)]
    [InlineData("5", false)]
    [InlineData("0", false)]
    public async Task Grpc_StatusInTheHead_CountsForEjection(string grpc, bool ejected)
    {
        await using ScriptedUpstream one = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("", "Content-Type: application/grpc", $"grpc-status: {grpc}"));
        string documents = MeshText.Plain(
            MeshText.Route(Host, "retries: {attempts: 0}"),
            MeshText.Service(Host, 80, (one.EndPoint, ""))
            + MeshText.Rule(Host, "{outlierDetection: {consecutive5xxErrors: 2, maxEjectionPercent: 100, interval: 1h, baseEjectionTime: 1h}}"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        for (int i = 0; i < 3; i++)
        {
            await client.ExchangeAsync("POST /pkg.Svc/Call HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n");
        }

        Assert.Equal(ejected ? 2 : 3, one.Requests.Count);
    }

    // Decision 20.11: a connection that was idle and turns out to be dead is a reset, and no free retry.
    [Theory]
    [InlineData("", 503, 2)]
    [InlineData("retries: {attempts: 1, retryOn: reset, backoff: 1ms}", 200, 3)]
    public async Task Reused_ConnectionThatDies_IsAReset(string rule, int status, int requests)
    {
        int seen = 0;
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            bool isFirst = true;
            while (await peer.RequestAsync() is not null)
            {
                Interlocked.Increment(ref seen);
                if (!isFirst)
                {
                    return;
                }

                isFirst = false;
                await peer.SendAsync(ScriptedUpstream.Ok("x"));
            }
        });
        await using RunningMesh mesh = await StartAsync(upstream, rule);
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(status, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(requests, seen);
        string reset = "503 UC upstream_reset_before_response_started{connection_termination}";
        Assert.Equal(status == 503 ? reset : "200 - via_upstream", (await mesh.LinesAsync(2))[1]);
    }

    private static Task<RunningMesh> StartAsync(ScriptedUpstream upstream, string rule) =>
        RunningMesh.StartAsync(MeshText.Plain(MeshText.Route(Host, rule), MeshText.Service(Host, 80, (upstream.EndPoint, ""))));
}
