using System.Net;
using System.Net.Sockets;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.IntegrationTests.Upstreams;

/// <summary>The limits of a DestinationRule at the pools, over real sockets.</summary>
public sealed class CircuitLimitTests : IAsyncLifetime
{
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
    private readonly ScriptedUpstream _other = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync(KongText.Single(_upstream.Address), ("EDGE_LOOPS", "2"));

    public async Task DisposeAsync()
    {
        await _edge.DisposeAsync();
        await _upstream.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task ConnectionsAndPending_Full_TheNextIsRefusedAtOnceAndTheQueueIsServedInOrder()
    {
        GuardedCluster cluster = Make(new CircuitLimits { MaxConnections = 2, MaxPendingRequests = 3 });
        UpstreamConnection first = await (await cluster.AcquireAsync()).ConnectedAsync();
        UpstreamConnection second = await (await cluster.AcquireAsync()).ConnectedAsync();
        Waiting[] queue = [await cluster.AcquireAsync(), await cluster.AcquireAsync(), await cluster.AcquireAsync()];
        Assert.All(queue, static one => Assert.False(one.Result.IsCompleted));
        Waiting refused = await cluster.AcquireAsync();
        Assert.Null(refused.Pending);
        Assert.Equal(AcquireFailure.Overflow, await refused.FailedAsync());
        Assert.Equal(1, cluster.Statistic("upstream_rq_pending_overflow"));
        Assert.Equal(3, cluster.Statistic("upstream_cx_overflow"));
        Assert.Equal(
            (1, 1, 0, 0),
            (cluster.Statistic("circuit_breakers.default.cx_open"), cluster.Statistic("circuit_breakers.default.rq_pending_open"),
                cluster.Statistic("circuit_breakers.default.remaining_cx"), cluster.Statistic("circuit_breakers.default.rq_open")));

        foreach (Waiting next in queue)
        {
            await cluster.ReturnAsync(first);
            first = await next.ConnectedAsync();
        }

        await cluster.ReturnAsync(first);
        await cluster.ReturnAsync(second);
        Assert.Equal((0, 0, 2), (cluster.Guard.Ledger.Requests, cluster.Guard.Ledger.Pending, cluster.Guard.Ledger.Connections));
        await _upstream.ConnectedAsync(2);
        Assert.Equal(2, _upstream.Connections);
    }

    [Fact]
    public async Task Pending_CountsRequestsWhoseConnectionIsBeingOpened()
    {
        GuardedCluster cluster = Make(new CircuitLimits { MaxPendingRequests = 1 });
        (Task<AcquireResult> one, Task<AcquireResult> other) = await cluster.OnLoop(0, upstream =>
        {
            ConnectionPool pool = cluster.Endpoints[0].PoolOf(upstream);
            return (pool.Acquire(5000, fresh: false, out _).AsTask(), pool.Acquire(5000, fresh: false, out _).AsTask());
        });
        Assert.Equal(AcquireFailure.Overflow, (await other).Failure);
        await cluster.ReturnAsync((await one).Connection!);
    }

    [Fact]
    public async Task Requests_Full_RefusesAtDispatchAndKeepsTheConnection()
    {
        GuardedCluster cluster = Make(new CircuitLimits { MaxRequests = 1 });
        UpstreamConnection first = await (await cluster.AcquireAsync()).ConnectedAsync();
        Assert.Equal(AcquireFailure.Overflow, await (await cluster.AcquireAsync()).FailedAsync());
        Assert.Equal(1, cluster.Statistic("circuit_breakers.default.rq_open"));
        Assert.Equal(2, cluster.Guard.Ledger.Connections);

        // The connection that was opened in vain is idle now, and found full at once.
        Waiting refused = await cluster.AcquireAsync();
        Assert.Null(refused.Pending);
        Assert.Equal(AcquireFailure.Overflow, await refused.FailedAsync());
        await cluster.ReturnAsync(first);
        UpstreamConnection again = await (await cluster.AcquireAsync()).ConnectedAsync();
        await cluster.ReturnAsync(again);
        Assert.Equal((2, 2), (cluster.Statistic("upstream_rq_pending_overflow"), cluster.Statistic("upstream_rq_total")));
        await _upstream.ConnectedAsync(2);
        Assert.Equal(2, _upstream.Connections);
    }

    [Fact]
    public async Task EmptyEndpoint_AtTheLimit_OpensOneAllTheSame()
    {
        GuardedCluster cluster = Make(new CircuitLimits { MaxConnections = 1 }, addresses: [_upstream.EndPoint, _other.EndPoint]);
        UpstreamConnection first = await (await cluster.AcquireAsync()).ConnectedAsync();
        UpstreamConnection second = await (await cluster.AcquireAsync(loop: 1, endpoint: 1)).ConnectedAsync();
        Waiting third = await cluster.AcquireAsync(loop: 0, endpoint: 1);
        Assert.False(third.Result.IsCompleted);
        Assert.Equal(2, cluster.Guard.Ledger.Connections);
        Assert.Equal(2, cluster.Statistic("upstream_cx_overflow"));
        await cluster.ReturnAsync(second, loop: 1);
        UpstreamConnection moved = await third.ConnectedAsync();
        Assert.Equal(2, cluster.Guard.Ledger.Connections);
        await cluster.ReturnAsync(first);
        await cluster.ReturnAsync(moved);
    }

    [Fact]
    public async Task RequestsPerConnection_Reached_ClosesIt()
    {
        GuardedCluster cluster = Make(CircuitLimits.None, GuardedCluster.Unlimited with { MaxRequests = 2 });
        UpstreamConnection first = await (await cluster.AcquireAsync()).ConnectedAsync();
        await cluster.ReturnAsync(first);
        Assert.Same(first, await (await cluster.AcquireAsync()).ConnectedAsync());
        await cluster.ReturnAsync(first);
        UpstreamConnection next = await (await cluster.AcquireAsync()).ConnectedAsync();
        Assert.NotSame(first, next);
        await cluster.ReturnAsync(next);
        Assert.Equal((1, 2), (cluster.Statistic("upstream_cx_max_requests"), cluster.Statistic("upstream_cx_total")));
    }

    [Fact]
    public async Task IdleForTooLong_IsClosed()
    {
        GuardedCluster cluster = Make(CircuitLimits.None, GuardedCluster.Unlimited with { IdleMilliseconds = 20 });
        await cluster.ReturnAsync(await (await cluster.AcquireAsync()).ConnectedAsync());
        await Eventually.TrueAsync(() => cluster.Guard.Ledger.Connections == 0, "the idle connection is closed");
        Assert.Equal(1, cluster.Statistic("upstream_cx_idle_timeout"));
    }

    [Fact]
    public async Task IdleButOld_IsClosedInTime()
    {
        GuardedCluster cluster = Make(CircuitLimits.None, GuardedCluster.Unlimited with { MaxAgeMilliseconds = 30 });
        await cluster.ReturnAsync(await (await cluster.AcquireAsync()).ConnectedAsync());
        long returned = Environment.TickCount64;
        await Eventually.TrueAsync(() => cluster.Guard.Ledger.Connections == 0, "the old connection is closed");
        Assert.InRange(Environment.TickCount64 - returned, 0, 900);
        Assert.Equal((1, 0), (cluster.Statistic("upstream_cx_max_duration_reached"), cluster.Statistic("upstream_cx_idle_timeout")));
    }

    [Fact]
    public async Task OldAtItsReturn_IsClosedAndNotReused()
    {
        GuardedCluster cluster = Make(CircuitLimits.None, GuardedCluster.Unlimited with { MaxAgeMilliseconds = 20 });
        UpstreamConnection first = await (await cluster.AcquireAsync()).ConnectedAsync();
        await Eventually.TrueAsync(() => cluster.OnLoop(0, loop => loop.Loop.NowMilliseconds - first.CreatedAt >= 20), "it is old");
        await cluster.ReturnAsync(first);
        UpstreamConnection second = await (await cluster.AcquireAsync()).ConnectedAsync();
        Assert.NotSame(first, second);
        await cluster.ReturnAsync(second);
        Assert.Equal((1, 2), (cluster.Statistic("upstream_cx_max_duration_reached"), cluster.Statistic("upstream_cx_total")));
    }

    // Clients that come and go behind one that waits long leave nothing behind.
    [Fact]
    public async Task Cancelled_ManyBehindOneThatWaits_LeaveTheQueueShort()
    {
        GuardedCluster cluster = Make(new CircuitLimits { MaxConnections = 1 });
        UpstreamConnection held = await (await cluster.AcquireAsync()).ConnectedAsync();
        Waiting first = await cluster.AcquireAsync();
        for (int i = 0; i < 500; i++)
        {
            await (await cluster.AcquireAsync()).CancelAsync();
        }

        Assert.InRange(await cluster.OnLoop(0, loop => cluster.Endpoints[0].PoolOf(loop).QueueLength), 1, 50);
        Assert.Equal(1, cluster.Guard.Ledger.Pending);
        await cluster.ReturnAsync(held);
        await cluster.ReturnAsync(await first.ConnectedAsync());
    }

    [Fact]
    public async Task Cancelled_LeavesTheQueueAndItsConnectionServesTheNext()
    {
        GuardedCluster cluster = Make(new CircuitLimits { MaxConnections = 1 });
        UpstreamConnection first = await (await cluster.AcquireAsync()).ConnectedAsync();
        Waiting gone = await cluster.AcquireAsync();
        Waiting stays = await cluster.AcquireAsync();
        await gone.CancelAsync();
        Assert.Equal(AcquireFailure.Canceled, await gone.FailedAsync());
        Assert.Equal(1, cluster.Guard.Ledger.Pending);
        await gone.CancelAsync();
        await cluster.ReturnAsync(first);
        Assert.Same(first, await stays.ConnectedAsync());
        await cluster.ReturnAsync(first);
        Assert.Equal((0, 0), (cluster.Guard.Ledger.Pending, cluster.Guard.Ledger.Requests));
        Assert.Equal(1, cluster.Statistic("upstream_rq_cancelled"));
    }

    [Fact]
    public async Task ConnectFails_EveryoneWhoWaitsLearnsAtOnce()
    {
        using Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        GuardedCluster cluster = Make(new CircuitLimits { MaxConnections = 1 }, addresses: [(IPEndPoint)closed.LocalEndPoint!]);
        Waiting[] waiting = [await cluster.AcquireAsync(), await cluster.AcquireAsync(), await cluster.AcquireAsync()];
        foreach (Waiting one in waiting)
        {
            Assert.Equal(AcquireFailure.ConnectFailed, await one.FailedAsync());
        }

        Assert.Equal((0, 0, 0), (cluster.Guard.Ledger.Requests, cluster.Guard.Ledger.Pending, cluster.Guard.Ledger.Connections));
        Assert.Equal(3, cluster.Statistic("upstream_rq_pending_failure_eject"));
        Assert.InRange(cluster.Statistic("upstream_cx_connect_fail"), 1, 3);
    }

    [Fact]
    public async Task KeepAlive_IsSetOnTheSocket()
    {
        GuardedCluster cluster = Make(CircuitLimits.None, GuardedCluster.Unlimited with { KeepAlive = new Transport.TcpKeepAlive(77, 11, 5) });
        UpstreamConnection connection = await (await cluster.AcquireAsync()).ConnectedAsync();
        int descriptor = ((Transport.Loop.LoopConnection)connection.Transport).Descriptor;
        using Socket view = new(new SafeSocketHandle(descriptor, ownsHandle: false));
        Assert.Equal(1, (int)view.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.Equal(
            (77, 11, 5),
            ((int)view.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!,
                (int)view.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)!,
                (int)view.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)!));
        await cluster.ReturnAsync(connection);
    }

    [Fact]
    public async Task Limits_TwoLoopsAtOnce_AreNeverPassedAndNobodyStarves()
    {
        const int MaxConnections = 3;
        const int MaxRequests = 2;
        GuardedCluster cluster = Make(new CircuitLimits { MaxConnections = MaxConnections, MaxRequests = MaxRequests, MaxPendingRequests = 4 });
        int inFlight = 0;
        int worst = 0;
        int served = 0;
        int refused = 0;
        int worstConnections = 0;
        int worstPending = 0;

        async Task ClientAsync(int loop)
        {
            for (int done = 0; done < 50;)
            {
                AcquireResult result = await (await cluster.AcquireAsync(loop)).Result.WaitAsync(TimeSpan.FromSeconds(30));
                if (result.Connection is not { } connection)
                {
                    Assert.Equal(AcquireFailure.Overflow, result.Failure);
                    Interlocked.Increment(ref refused);
                    continue;
                }

                Max(ref worst, Interlocked.Increment(ref inFlight));
                Max(ref worstConnections, cluster.Guard.Ledger.Connections);
                Max(ref worstPending, cluster.Guard.Ledger.Pending);
                Interlocked.Increment(ref served);
                done++;
                await Task.Yield();
                Interlocked.Decrement(ref inFlight);
                await cluster.ReturnAsync(connection, loop);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 12).Select(client => Task.Run(() => ClientAsync(client % 2))));
        Assert.Equal(600, served);
        Assert.InRange(worst, 1, MaxRequests);
        Assert.InRange(worstConnections, 1, MaxConnections);
        Assert.InRange(worstPending, 0, 4);
        Assert.Equal(refused, cluster.Statistic("upstream_rq_pending_overflow"));
        Assert.Equal((0, 0), (cluster.Guard.Ledger.Requests, cluster.Guard.Ledger.Pending));
    }

    private static void Max(ref int worst, int now)
    {
        int seen;
        while (now > (seen = Volatile.Read(ref worst)))
        {
            Interlocked.CompareExchange(ref worst, now, seen);
        }
    }

    private GuardedCluster Make(CircuitLimits limits, PoolSettings? pools = null, IPEndPoint[]? addresses = null) =>
        new(_edge, limits, (OutlierRule?)null, pools, addresses ?? [_upstream.EndPoint]);
}
