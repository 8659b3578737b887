namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// All counters of the process. Lives as long as the process; loops write their <see cref="LoopMetrics"/>, routes and clusters are
/// resolved to handles when a snapshot is compiled and are kept by name over reloads, and scrapes read everything without stopping
/// anybody. Look-ups (<see cref="Route"/>, <see cref="Cluster"/>, <see cref="Consumer"/>) lock and belong to the compiler, not to a loop.
/// </summary>
public sealed class EdgeMetrics
{
    /// <summary>The consumer index that stands for no consumer (empty label).</summary>
    public const int NoConsumer = 0;

    private readonly LoopMetrics[] _loops;

    /// <summary>Creates the counters of a process.</summary>
    public EdgeMetrics(MetricsOptions options)
    {
        Options = options;
        _loops = new LoopMetrics[options.Loops];
        for (int i = 0; i < _loops.Length; i++)
        {
            _loops[i] = new LoopMetrics(i, options.ProtocolErrorKinds.Count);
        }
    }

    /// <summary>Sizes given at start.</summary>
    public MetricsOptions Options { get; }

    /// <summary>Shown as <c>edge_drain_state</c>. Written by the host.</summary>
    public DrainState DrainState { get; set; }

    /// <summary>The counters of one loop; only that loop may write them.</summary>
    public LoopMetrics Loop(int loopId) => _loops[loopId];

    /// <summary>Starts a compilation: handles asked for from here on belong to the snapshot being built. Compiler only.</summary>
    public void BeginGeneration() => throw new NotImplementedException();

    /// <summary>The snapshot being built was published; series that only older snapshots used may be evicted when the budget is reached.</summary>
    public void CommitGeneration() => throw new NotImplementedException();

    /// <summary>
    /// The handle of a route. Kong's labels: the service's name or host, the route's name or id. Routes without a service record
    /// nothing in Kong 3.4 and take no handle.
    /// </summary>
    public RouteMetrics Route(string service, string route, RouteMetricSet enabled) => throw new NotImplementedException();

    /// <summary>The counters of a cluster, kept by name.</summary>
    public ClusterMetrics Cluster(string name) => throw new NotImplementedException();

    /// <summary>The label index of a consumer by user name, kept by name; at least 1.</summary>
    public int Consumer(string username) => throw new NotImplementedException();

    /// <summary>A reload was published (or refused). Any thread.</summary>
    public void Reloaded(bool published) => throw new NotImplementedException();
}
