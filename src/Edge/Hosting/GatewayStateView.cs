using System.Net;
using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Admin.Gateways;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Hosting;

/// <summary>What the endpoints of the mesh may see of a running edge, and ask of it. Thread-safe; never blocks.</summary>
internal sealed class GatewayStateView(EdgeHost host, StateRegistry registry, TimeProvider time) : IGatewayState
{
    // Istio's drainDuration.
    private static readonly TimeSpan DefaultDrain = TimeSpan.FromSeconds(45);

    private readonly long _started = time.GetTimestamp();
    private readonly Lock _gate = new();
    private volatile bool _failsHealth;
    private volatile bool _drained;
    private bool _isDraining;

    public Readiness Readiness =>
        host.EdgeState.IsStopping ? new Readiness(false, "draining")
        : _failsHealth ? new Readiness(false, "told to fail health checks")
        : _drained ? new Readiness(false, "listeners are drained")
        : Mesh.IsEmpty ? new Readiness(false, "no Gateway is configured")
        : Mesh.Listeners.FirstOrDefault(listener => host.Gateways.Bound.All(bound => bound.Plan.Key != listener.Key)) is { } missing
            ? new Readiness(false, $"listener {missing.Name} is not bound")
            : new Readiness(true, "");

    public ServerState State => host.EdgeState.IsStopping || _failsHealth ? ServerState.Draining
        : Readiness.Ready || _drained ? ServerState.Live
        : ServerState.PreInitializing;

    public MeshSnapshot Mesh => host.Snapshots.Current.Mesh;

    public IReadOnlyList<GatewayBinding> Listeners =>
        [.. host.Gateways.Bound.Select(static bound => new GatewayBinding(bound.Plan, new IPEndPoint(bound.Plan.Address, bound.Port), bound.Stats))];

    public IReadOnlyList<Cluster> Clusters =>
    [
        .. host.Snapshots.Current.Clusters.Where(static cluster => cluster.Guard is not null)
            .DistinctBy(static cluster => cluster.Name).OrderBy(static cluster => cluster.Name, StringComparer.Ordinal),
    ];

    public IReadOnlyList<ClusterGuard> Guards => [.. registry.Guards.OrderBy(static guard => guard.Name, StringComparer.Ordinal)];

    public IReadOnlyList<GatewayCertificate> Certificates => host.GatewayCertificates.Shown();

    public TimeSpan Uptime => time.GetElapsedTime(_started);

    public DateTimeOffset Now => time.GetUtcNow();

    public void FailHealth(bool fails)
    {
        lock (_gate)
        {
            _failsHealth = fails;
            host.State.ClosesGateways = fails || _isDraining || host.EdgeState.IsStopping;
        }
    }

    public Task DrainListenersAsync(bool graceful, bool skipExit)
    {
        lock (_gate)
        {
            if (graceful && _isDraining)
            {
                return Task.CompletedTask;
            }

            _isDraining = true;
            host.State.ClosesGateways = true;
        }

        if (!graceful)
        {
            return StopAsync();
        }

        if (!skipExit)
        {
            _ = StopLaterAsync();
        }

        return Task.CompletedTask;
    }

    public void Quit() => host.RequestStop();

    public void ReopenLogs() => host.ReopenLogs();

    private async Task StopLaterAsync()
    {
        await Task.Delay(Mesh.DrainDuration ?? DefaultDrain, time, host.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await StopAsync();
    }

    private async Task StopAsync()
    {
        _drained = true;
        await host.Gateways.DrainAsync();
    }
}
