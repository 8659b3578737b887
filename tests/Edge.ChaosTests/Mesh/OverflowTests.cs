using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>More requests than a cluster may have, at a Gateway listener: what fits is served, what does not is told at once.</summary>
public sealed class OverflowTests
{
    [Fact]
    public async Task ConnectionsAndPending_Full_TheNextIsRefusedAtOnceAndTheOthersAreServed()
    {
        using SemaphoreSlim answers = new(0);
        await using ScriptedUpstream upstream = Holding(answers);
        CircuitLimits limits = new() { MaxConnections = 2, MaxPendingRequests = 1 };
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(ChaosMesh.Profile(), ChaosMesh.NoRetries, 0, limits, upstream);
        await using RawClient first = await RawClient.ConnectAsync(mesh.EndPoint);
        await using RawClient second = await RawClient.ConnectAsync(mesh.EndPoint);
        await using RawClient third = await RawClient.ConnectAsync(mesh.EndPoint);
        await using RawClient fourth = await RawClient.ConnectAsync(mesh.EndPoint);
        int sent = 0;
        foreach (RawClient client in (RawClient[])[first, second, third])
        {
            sent++;
            await client.SendAsync("GET / HTTP/1.1\r\nHost: app\r\n\r\n");
            await Eventually.TrueAsync(() => mesh.Guard.Ledger.Requests + mesh.Guard.Ledger.Pending == sent, "the request waits or is in flight");
            await Eventually.TrueAsync(() => mesh.Guard.Ledger.Requests == Math.Min(sent, 2), "it is in flight unless it is the third");
        }

        RawResponse refused = await fourth.ExchangeAsync("GET / HTTP/1.1\r\nHost: app\r\n\r\n");
        Assert.Equal(503, refused.Status);
        Assert.Equal("true", refused.Header("x-envoy-overloaded"));
        Assert.Equal("upstream connect error or disconnect/reset before headers. reset reason: overflow", refused.Body);
        Assert.Equal((2, 1), (mesh.Guard.Ledger.Requests, mesh.Guard.Ledger.Pending));
        Assert.Equal((1, 0), (mesh.Statistic("upstream_rq_pending_overflow"), mesh.Statistic("upstream_rq_retry")));

        answers.Release(3);
        foreach (RawClient client in (RawClient[])[first, second, third])
        {
            Assert.Equal(200, (await client.ReceiveAsync()).Status);
        }

        Assert.InRange(mesh.Guard.Ledger.Connections, 1, 2);
        await Eventually.TrueAsync(() => mesh.Guard.Ledger is { Requests: 0, Pending: 0 }, "nothing is held any more");

        // A refusal is no failure of the endpoint.
        Assert.Equal(0, mesh.Statistic("outlier_detection.ejections_overflow"));
        Assert.Equal(0, mesh.Cluster.Endpoints.Endpoints[0].Outlier.Count(Policies.Resilience.EjectionCause.Consecutive5xx));
    }

    [Fact]
    public async Task Waiting_ClientResets_GivesItsPlaceBack()
    {
        using SemaphoreSlim answers = new(0);
        await using ScriptedUpstream upstream = Holding(answers);
        CircuitLimits limits = new() { MaxConnections = 1, MaxPendingRequests = 1 };
        await using ChaosMesh mesh = await ChaosMesh.StartAsync(ChaosMesh.Profile(), ChaosMesh.NoRetries, 0, limits, upstream);
        await using RawClient first = await RawClient.ConnectAsync(mesh.EndPoint);
        await first.SendAsync("GET / HTTP/1.1\r\nHost: app\r\n\r\n");
        await Eventually.TrueAsync(() => mesh.Guard.Ledger is { Requests: 1, Pending: 0 }, "the first is in flight");
        await using RawClient gone = await RawClient.ConnectAsync(mesh.EndPoint);
        await gone.SendAsync("GET / HTTP/1.1\r\nHost: app\r\n\r\n");
        await Eventually.TrueAsync(() => mesh.Guard.Ledger.Pending == 1, "the second waits");
        gone.Reset();
        await Eventually.TrueAsync(() => mesh.Guard.Ledger.Pending == 0, "its place is free");
        Assert.Equal(1, mesh.Statistic("upstream_rq_cancelled"));
        answers.Release(1);
        Assert.Equal(200, (await first.ReceiveAsync()).Status);
    }

    private static ScriptedUpstream Holding(SemaphoreSlim answers) => ScriptedUpstream.Script(async peer =>
    {
        while (await peer.RequestAsync() is not null)
        {
            await answers.WaitAsync();
            await peer.SendAsync(ScriptedUpstream.Ok("served"));
        }
    });
}
