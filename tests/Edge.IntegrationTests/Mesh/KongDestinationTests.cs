using System.Net;
using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>
/// A Kong service whose host has a DestinationRule, over real sockets: balancing, limits, ejections and keys are the rule's; answers, retries and
/// headers stay Kong's.
/// </summary>
public sealed class KongDestinationTests
{
    private const string Host = "app.test.svc.cluster.local";
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private const string Kong = $$"""
        _format_version: "3.0"
        services:
        - name: app
          url: http://{{Host}}:8080
          retries: 0
          routes: [{name: all, paths: ["/"]}]
        """;

    private const string Narrow = "{connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1}}}";

    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task Balancing_IsTheRulesAndTheAnswerKongs(string transport)
    {
        await using ScriptedUpstream a = Named("a");
        await using ScriptedUpstream b = Named("b");
        await using RunningMesh mesh = await StartAsync("{loadBalancer: {simple: ROUND_ROBIN}}", transport, a, b);
        await using RawClient client = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        for (int i = 0; i < 20; i++)
        {
            RawResponse response = await client.ExchangeAsync(Get);
            Assert.Equal(200, response.Status);
            Assert.NotNull(response.Header("X-Kong-Upstream-Latency"));
            Assert.Null(response.Header("x-envoy-upstream-service-time"));
        }

        Assert.Equal((10, 10), (a.Requests.Count, b.Requests.Count));
        Assert.Equal($"{Host}:8080", a.Requests.First().Header("Host"));
        Assert.Null(a.Requests.First().Header("x-envoy-attempt-count"));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task Limits_OfTheRule_AreAnsweredByKong(string transport)
    {
        using SemaphoreSlim answers = new(0);
        await using ScriptedUpstream upstream = Holding(answers);
        await using RunningMesh mesh = await StartAsync(Narrow, transport, upstream);
        PermitLedger ledger = Guard(mesh).Ledger;
        await using RawClient first = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        await first.SendAsync(Get);
        await Eventually.TrueAsync(() => ledger is { Requests: 1, Pending: 0 }, "the first is in flight");
        await using RawClient second = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        await second.SendAsync(Get);
        await Eventually.TrueAsync(() => ledger.Pending == 1, "the second waits");
        await using RawClient third = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        RawResponse refused = await third.ExchangeAsync(Get);
        Assert.Equal(503, refused.Status);
        Assert.Null(refused.Header("x-envoy-overloaded"));
        Assert.NotNull(refused.Header("X-Kong-Response-Latency"));
        Assert.DoesNotContain("overflow", refused.Body);
        answers.Release(2);
        Assert.Equal(["held", "held"], [(await first.ReceiveAsync()).Body, (await second.ReceiveAsync()).Body]);
        Assert.Equal((1, 1), (upstream.Connections, ledger.Connections));
    }

    // One is answered by nobody, one waits for its connection: neither outlives the deadline.
    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task Drain_WithRequestsThatWait_EndsAtItsDeadline(string transport)
    {
        using SemaphoreSlim answers = new(0);
        await using ScriptedUpstream upstream = Holding(answers);
        await using RunningMesh mesh = await StartAsync(Narrow, transport, upstream);
        PermitLedger ledger = Guard(mesh).Ledger;
        await using RawClient first = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        await first.SendAsync(Get);
        await Eventually.TrueAsync(() => ledger is { Requests: 1, Pending: 0 }, "the first is in flight");
        await using RawClient second = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        await second.SendAsync(Get);
        await Eventually.TrueAsync(() => ledger.Pending == 1, "the second waits");
        Assert.Equal(2, await mesh.Edge.DrainAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(TimeSpan.FromSeconds(30)));
        await Eventually.TrueAsync(() => ledger is { Requests: 0, Pending: 0 }, "nothing is held any more");
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task Ejection_OfTheRule_KeepsRequestsAway(string transport)
    {
        await using ScriptedUpstream good = Named("good");
        await using ScriptedUpstream bad = ScriptedUpstream.Respond(static _ => "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad");
        await using RunningMesh mesh = await StartAsync(
            "{loadBalancer: {simple: ROUND_ROBIN}, outlierDetection: {consecutive5xxErrors: 2, baseEjectionTime: 1h, maxEjectionPercent: 50}}", transport, good, bad);
        await using RawClient client = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        int errors = 0;
        for (int i = 0; i < 30; i++)
        {
            RawResponse response = await client.ExchangeAsync(Get);
            errors += response.Status == 500 ? 1 : 0;
            Assert.True(response.Status == 200 || response.Body == "bad");
        }

        Assert.Equal((2, 2, 28), (errors, bad.Requests.Count, good.Requests.Count));
        Assert.Equal(1, Guard(mesh).Detector!.Active);
    }

    [Fact]
    public async Task Retries_AreKongsAndLeaveTheOneTried()
    {
        await using ScriptedUpstream good = Named("good");
        ScriptedUpstream dead = Named("dead");
        IPEndPoint nowhere = dead.EndPoint;
        await dead.DisposeAsync();
        await using RunningMesh mesh = await RunningMesh.StartAsync(
            Documents("{loadBalancer: {simple: ROUND_ROBIN}}", good.EndPoint, nowhere), null, Settings("auto", Kong.Replace("retries: 0", "retries: 1", StringComparison.Ordinal)));
        await using RawClient client = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal((200, "good"), ((await client.ExchangeAsync(Get)) is var response ? (response.Status, response.Body) : default));
        }
    }

    // Envoy's router makes the cookie of the connection's two addresses; the client that brings it stays where it was.
    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task Cookie_OfTheRule_IsMadeAndHoldsTheClient(string transport)
    {
        ScriptedUpstream[] all = [Named("a"), Named("b"), Named("c"), Named("d")];
        await using RunningMesh mesh = await StartAsync(
            "{loadBalancer: {consistentHash: {httpCookie: {name: user, path: /, ttl: 3600s, attributes: [{name: SameSite, value: Lax}]}}}}", transport, all);
        await using RawClient client = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        RawResponse first = await client.ExchangeAsync(Get);
        string value = XxHash64.Compute(Encoding.ASCII.GetBytes($"{client.Socket.LocalEndPoint}{mesh.Edge.Proxy}")).ToString("x16");
        Assert.Equal([$"user=\"{value}\"; Max-Age=3600; Path=/; SameSite=Lax; HttpOnly"], first.Headers("Set-Cookie"));
        for (int i = 0; i < 5; i++)
        {
            RawResponse next = await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nCookie: x=1; user=\"{value}\"\r\n\r\n");
            Assert.Equal(first.Body, next.Body);
            Assert.Empty(next.Headers("Set-Cookie"));
        }

        // Where Envoy's ring has it.
        Assert.Equal(all.Single(one => one.Requests.Count == 6).Address, OwnerOf(mesh, value));

        // Without ttl none is made.
        await mesh.ReloadAsync(Documents("{loadBalancer: {consistentHash: {httpCookie: {name: user}}}}", [.. all.Select(static one => one.EndPoint)]));
        Assert.Empty((await client.ExchangeAsync(Get)).Headers("Set-Cookie"));
        foreach (ScriptedUpstream one in all)
        {
            await one.DisposeAsync();
        }
    }

    private static string OwnerOf(RunningMesh mesh, string value)
    {
        EndpointSet endpoints = Plan(mesh).Endpoints;
        HashPlacement placement = endpoints.PlacementFor(0)!;
        return endpoints.Endpoints[placement.OwnerAt(placement.Find(XxHash64.Compute(Encoding.ASCII.GetBytes(value))))].Address;
    }

    private static ScriptedUpstream Holding(SemaphoreSlim answers) => ScriptedUpstream.Script(async peer =>
    {
        while (await peer.RequestAsync() is not null)
        {
            await answers.WaitAsync();
            await peer.SendAsync(ScriptedUpstream.Ok("held"));
        }
    });

    private static ScriptedUpstream Named(string name) => ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok(name));

    private static Cluster Plan(RunningMesh mesh) => mesh.Edge.Host.Snapshots.Current.Clusters.Single(static one => one.Name == $"outbound|8080||{Host}");

    private static ClusterGuard Guard(RunningMesh mesh) => Plan(mesh).Guard!;

    // By the labels of the endpoints, by the whole namespace, for the whole mesh, by a short name, and through an upstream of Kong's.
    [Theory]
    [InlineData("test", "selector: {matchLabels: {app: x}}", Host, false, 403)]
    [InlineData("test", "", Host, false, 403)]
    [InlineData("istio-system", "", Host, false, 403)]
    [InlineData("test", "", "app", false, 403)]
    [InlineData("test", "", "local", true, 403)]
    [InlineData("test", "selector: {matchLabels: {app: y}}", Host, false, 200)]
    [InlineData("other", "", Host, false, 200)]
    public async Task Guard_ThatIsNotEnforced_ClosesTheKongRouteToItsWorkload(string guarded, string spec, string host, bool viaUpstream, int status)
    {
        await using ScriptedUpstream app = Named("a");
        string documents = Documents("{}", app.EndPoint)
            + $"---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: {guarded}}}\nspec: {{{spec}}}\n";
        string kong = Kong.Replace(Host, host, StringComparison.Ordinal)
            + (viaUpstream ? $"\nupstreams: [{{name: {host}, targets: [{{target: \"{Host}:8080\"}}]}}]\n" : "");
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents, null, [.. Settings("auto", kong), ("EDGE_CONFIG_MODE", "lenient")]);
        await using RawClient client = await RawClient.ConnectAsync(mesh.Edge.Proxy);
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 403, response.Body.Contains("\"message\":\"RBAC: access denied\"", StringComparison.Ordinal));
        Assert.Equal(status == 403 ? 0 : 1, app.Requests.Count);
    }

    private static Task<RunningMesh> StartAsync(string policy, string transport, params ScriptedUpstream[] endpoints) =>
        RunningMesh.StartAsync(Documents(policy, [.. endpoints.Select(static one => one.EndPoint)]), null, Settings(transport, Kong));

    private static string Documents(string policy, params IPEndPoint[] endpoints) =>
        MeshText.Service(Host, 8080, [.. endpoints.Select(static one => (one, "app: x"))]) + MeshText.Rule(Host, policy);

    private static (string, string)[] Settings(string transport, string kong) =>
        [("KONG_PROXY_LISTEN", "127.0.0.1:0"), ("KONG_DECLARATIVE_CONFIG_STRING", kong), ("EDGE_TRANSPORT", transport), ("KONG_PROXY_ERROR_LOG", "off")];
}
