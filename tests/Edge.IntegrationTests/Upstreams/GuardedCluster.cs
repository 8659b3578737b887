using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.IntegrationTests.Upstreams;

/// <summary>A cluster with limits and outlier detection on the loops of a running edge, driven at its pools: no route leads to it.</summary>
internal sealed class GuardedCluster
{
    private readonly RunningEdge _edge;

    public GuardedCluster(RunningEdge edge, CircuitLimits limits, OutlierRule? rule, PoolSettings? pools, params IPEndPoint[] addresses)
    {
        _edge = edge;
        int loops = edge.Host.Workers.Count;
        UpstreamLoop[] upstreams = [.. edge.Host.Workers.Select(static worker => worker.Upstream)];
        Guard = new ClusterGuard("outbound|80||app", loops, NullLogger.Instance, static () => 0.5);
        Guard.Configure(limits, rule, EventLoop.ReadMilliseconds());
        Cluster = new Cluster(Guard.Name, edge.Host.Metrics.Cluster(Guard.Name), loops, static loop => new RoundRobin((uint)loop))
        {
            Guard = Guard,
            PoolSettings = pools ?? Unlimited,
        };
        Endpoints =
        [
            .. addresses.Select(address => new UpstreamEndpoint(
                $"{Guard.Name}|{address}", address, "app", Guard.Ledger, Cluster.Metrics, loops) { Stats = Guard.Stats, Cluster = Cluster }),
        ];
        foreach (UpstreamEndpoint endpoint in Endpoints)
        {
            endpoint.Configure(pools ?? Unlimited, upstreams);
        }

        Cluster.Publish(
            new EndpointSet([.. Endpoints.Select(static endpoint => endpoint.Policy)], [.. Endpoints.Select(static _ => 1)]), ClusterResolution.Resolved);
    }

    public static PoolSettings Unlimited { get; } = new(int.MaxValue, 0, int.MaxValue, 0, int.MaxValue, int.MaxValue);

    public ClusterGuard Guard { get; }

    public Cluster Cluster { get; }

    public UpstreamEndpoint[] Endpoints { get; }

    public long Counter(ClusterCounter counter) => Guard.Stats.Total(counter);

    public long Statistic(string name) => ClusterStatistics.Of(Guard).Single(one => one.Name == name).Value;

    /// <summary>Runs something on a loop and returns when it is done.</summary>
    public Task<T> OnLoop<T>(int loop, Func<UpstreamLoop, T> work)
    {
        EdgeWorker worker = _edge.Host.Workers[loop];
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Loop.Post(
            _ =>
            {
                try
                {
                    done.SetResult(work(worker.Upstream));
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            },
            null);
        return done.Task;
    }

    /// <summary>Asks for a connection; the wait begins before the returned task completes, its result is another task.</summary>
    public async Task<Waiting> AcquireAsync(int loop = 0, int endpoint = 0)
    {
        TaskCompletionSource<AcquireResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        PendingAcquire? waiting = await OnLoop(loop, upstream =>
        {
            _ = CompleteAsync(Endpoints[endpoint].PoolOf(upstream).Acquire(5000, fresh: false, out PendingAcquire? pending), result);
            return pending;
        });
        return new Waiting(this, loop, waiting, result.Task);
    }

    public Task ReturnAsync(UpstreamConnection connection, int loop = 0, bool reusable = true) => OnLoop(loop, _ =>
    {
        connection.Pool.Return(connection, reusable);
        return true;
    });

    private static async Task CompleteAsync(ValueTask<AcquireResult> acquiring, TaskCompletionSource<AcquireResult> result) =>
        result.SetResult(await acquiring);
}

/// <summary>A request for a connection under way.</summary>
internal sealed record Waiting(GuardedCluster Cluster, int Loop, PendingAcquire? Pending, Task<AcquireResult> Result)
{
    public async Task<UpstreamConnection> ConnectedAsync() =>
        (await Result.WaitAsync(TimeSpan.FromSeconds(20))).Connection ?? throw new InvalidOperationException("There is no connection.");

    public async Task<AcquireFailure> FailedAsync() => (await Result.WaitAsync(TimeSpan.FromSeconds(20))).Failure;

    public Task CancelAsync() => Cluster.OnLoop(Loop, _ =>
    {
        Pending!.Cancel();
        return true;
    });
}
