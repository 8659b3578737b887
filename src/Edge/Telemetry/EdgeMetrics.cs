namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// All counters of the process. Lives as long as the process; loops write their <see cref="LoopMetrics"/>, routes and clusters are
/// resolved to handles when a snapshot is compiled and are kept by name over reloads, and scrapes read everything without stopping
/// anybody. Look-ups (<see cref="Route"/>, <see cref="Cluster"/>, <see cref="Consumer"/>) lock and belong to the compiler, not to a loop.
/// </summary>
/// <remarks>
/// Labels come from configuration, and consumers and status codes multiply them, so every dimension has a budget. Past it, new names
/// share one series labelled <c>overflow</c> and <c>vse_metric_series_overflow_total</c> counts. Series that only older snapshots used
/// are shown for ten minutes more, so that their last counts are scraped, and go sooner only when the budget is reached.
/// </remarks>
public sealed class EdgeMetrics
{
    /// <summary>The consumer index that stands for no consumer (empty label).</summary>
    public const int NoConsumer = 0;

    /// <summary>The consumer index that stands for every consumer over the budget.</summary>
    public const int OverflowConsumer = 1;

    private const string Overflow = "overflow";

    private static readonly TimeSpan ShownAfterRemoval = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly LoopMetrics[] _loops;
    private readonly Dictionary<(string Service, string Route), RouteSeries> _routes = [];
    private readonly Dictionary<string, ClusterEntry> _clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _consumerIndex = new(StringComparer.Ordinal);
    private readonly List<string> _consumers = ["", Overflow];
    private readonly List<LogDrops> _logs = [];
    private RouteSeries? _overflowRoute;
    private ClusterMetrics? _overflowCluster;
    private long _building;
    private long _committed;
    private int _series;
    private long _overflows;
    private long _reloadsPublished;
    private long _reloadsRefused;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, long> _configPosts = new();
    private int _drainState;
    private long _certificatesReplaced;
    private long _certificatesRefused;

    /// <summary>Creates the counters of a process.</summary>
    public EdgeMetrics(MetricsOptions options)
    {
        Options = options;
        Mesh = new MeshMetrics.MeshSeries(this, options.Loops);
        _loops = new LoopMetrics[options.Loops];
        for (int i = 0; i < _loops.Length; i++)
        {
            _loops[i] = new LoopMetrics(i, options.ProtocolErrorKinds.Count);
        }
    }

    /// <summary>Istio's series.</summary>
    internal MeshMetrics.MeshSeries Mesh { get; }

    /// <summary>Sizes given at start.</summary>
    public MetricsOptions Options { get; }

    /// <summary>Shown as <c>edge_drain_state</c>. Written by the host.</summary>
    public DrainState DrainState
    {
        get => (DrainState)Volatile.Read(ref _drainState);
        set => Volatile.Write(ref _drainState, (int)value);
    }

    /// <summary>Queues whose accounting is shown; null when there are none. Written once by the host.</summary>
    public Queues.BatchQueues? Queues { get; set; }

    /// <summary>Gives what is shown of the Redis connections in use. Set by the host.</summary>
    public Func<IReadOnlyList<RedisGauges>> ReadRedis { get; set; } = static () => [];

    /// <summary>Certificates in use with the end of their life, by name; set by the host, called by scrapes.</summary>
    public Func<IEnumerable<(string Name, DateTimeOffset NotAfter)>>? Certificates { get; set; }

    /// <summary>Replaced and refused certificate rotations.</summary>
    internal (long Replaced, long Refused) CertificateReloads =>
        (Interlocked.Read(ref _certificatesReplaced), Interlocked.Read(ref _certificatesRefused));

    /// <summary>Published and refused reloads.</summary>
    /// <summary>Posts to <c>/config</c> by the status they got.</summary>
    internal IEnumerable<KeyValuePair<int, long>> ConfigPosts => _configPosts.OrderBy(static pair => pair.Key);

    internal (long Published, long Refused) Reloads => (Interlocked.Read(ref _reloadsPublished), Interlocked.Read(ref _reloadsRefused));

    /// <summary>Names, label sets and increments that went to an overflow series.</summary>
    internal long Overflows => Interlocked.Read(ref _overflows);

    internal bool SeriesBudgetSpent => Volatile.Read(ref _series) >= Options.MaxSeries;

    internal ReadOnlySpan<LoopMetrics> Loops => _loops;

    /// <summary>A certificate of a listener was replaced, or kept because the new one cannot be used.</summary>
    public void CertificateReloaded(bool replaced) =>
        Interlocked.Increment(ref replaced ? ref _certificatesReplaced : ref _certificatesRefused);

    /// <summary>The counters of one loop; only that loop may write them.</summary>
    public LoopMetrics Loop(int loopId) => _loops[loopId];

    /// <summary>Starts a compilation: handles asked for from here on belong to the snapshot being built. Compiler only.</summary>
    public void BeginGeneration()
    {
        lock (_lock)
        {
            _building++;
        }
    }

    /// <summary>The snapshot being built was published; series that only older snapshots used may be evicted when the budget is reached.</summary>
    public void CommitGeneration()
    {
        lock (_lock)
        {
            _committed = _building;
            Retire();
        }
    }

    /// <summary>
    /// The handle of a route. Kong's labels: the service's name or host, the route's name or id. Routes without a service record
    /// nothing in Kong 3.4 and take no handle.
    /// </summary>
    public RouteMetrics Route(string service, string route, RouteMetricSet enabled)
    {
        lock (_lock)
        {
            if (!_routes.TryGetValue((service, route), out RouteSeries? series))
            {
                if (_routes.Count >= Options.MaxRoutes && !EvictRoutes())
                {
                    CountOverflow();
                    _overflowRoute ??= new RouteSeries(this, Overflow, Overflow, _loops.Length);
                    return new RouteMetrics(_overflowRoute, enabled);
                }

                series = new RouteSeries(this, service, route, _loops.Length);
                _routes.Add((service, route), series);
            }

            series.Generation = _building;
            series.RetiredAt = null;
            return new RouteMetrics(series, enabled);
        }
    }

    /// <summary>The counters of a cluster, kept by name.</summary>
    public ClusterMetrics Cluster(string name)
    {
        lock (_lock)
        {
            if (!_clusters.TryGetValue(name, out ClusterEntry? entry))
            {
                if (_clusters.Count >= Options.MaxRoutes && !EvictClusters())
                {
                    CountOverflow();
                    return _overflowCluster ??= new ClusterMetrics(Overflow, _loops.Length);
                }

                entry = new ClusterEntry(new ClusterMetrics(name, _loops.Length));
                _clusters.Add(name, entry);
            }

            entry.Generation = _building;
            entry.RetiredAt = null;
            return entry.Metrics;
        }
    }

    /// <summary>The label index of a consumer by user name, kept by name for the life of the process; at least 1.</summary>
    public int Consumer(string username)
    {
        lock (_lock)
        {
            if (_consumerIndex.TryGetValue(username, out int index))
            {
                return index;
            }

            if (_consumerIndex.Count >= Options.MaxConsumers)
            {
                CountOverflow();
                return OverflowConsumer;
            }

            _consumers.Add(username);
            _consumerIndex.Add(username, _consumers.Count - 1);
            return _consumers.Count - 1;
        }
    }

    /// <summary>A reload was published (or refused). Any thread.</summary>
    public void Reloaded(bool published) => Interlocked.Increment(ref published ? ref _reloadsPublished : ref _reloadsRefused);

    /// <summary>A post to the Admin API's <c>/config</c> was answered. Any thread.</summary>
    public void ConfigPosted(int status) => _configPosts.AddOrUpdate(status, 1, static (_, count) => count + 1);

    /// <summary>Shows the lost lines of a log as <c>vse_log_lines_dropped_total{log}</c>. At start.</summary>
    public void AddLog(string name, Func<long> droppedLines)
    {
        lock (_lock)
        {
            _logs.Add(new LogDrops(name, droppedLines));
        }
    }

    /// <summary>Shown as <c>vse_trace_*</c>; null before the host has set it.</summary>
    internal (Tracing.TraceCounters Counters, Queues.BatchQueues Queues)? Traces { get; set; }

    internal bool TryTakeSeries()
    {
        while (true)
        {
            int seen = Volatile.Read(ref _series);
            if (seen >= Options.MaxSeries)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _series, seen + 1, seen) == seen)
            {
                return true;
            }
        }
    }

    internal void CountOverflow() => Interlocked.Increment(ref _overflows);

    /// <summary>All routes with series, sorted by their labels as Kong prints them.</summary>
    internal RouteSeries[] ReadRoutes()
    {
        lock (_lock)
        {
            Forget();
            var all = new List<RouteSeries>(_routes.Count + 1);
            all.AddRange(_routes.Values);
            if (_overflowRoute is not null)
            {
                all.Add(_overflowRoute);
            }

            all.Sort(static (a, b) =>
            {
                int byService = string.CompareOrdinal(a.Service, b.Service);
                return byService != 0 ? byService : string.CompareOrdinal(a.Route, b.Route);
            });
            return [.. all];
        }
    }

    internal ClusterMetrics[] ReadClusters()
    {
        lock (_lock)
        {
            Forget();
            var all = new List<ClusterMetrics>(_clusters.Count + 1);
            foreach (ClusterEntry entry in _clusters.Values)
            {
                all.Add(entry.Metrics);
            }

            if (_overflowCluster is not null)
            {
                all.Add(_overflowCluster);
            }

            all.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            return [.. all];
        }
    }

    internal string[] ReadConsumers()
    {
        lock (_lock)
        {
            return [.. _consumers];
        }
    }

    internal LogDrops[] ReadLogs()
    {
        lock (_lock)
        {
            return [.. _logs];
        }
    }

    // Caller holds the lock.
    private void Retire()
    {
        long now = Options.Time.GetTimestamp();
        foreach (RouteSeries series in _routes.Values)
        {
            series.RetiredAt ??= series.Generation < _committed ? now : null;
        }

        foreach (ClusterEntry entry in _clusters.Values)
        {
            entry.RetiredAt ??= entry.Generation < _committed ? now : null;
        }
    }

    // Caller holds the lock.
    private void Forget()
    {
        foreach (((string Service, string Route) key, RouteSeries series) in _routes)
        {
            if (series.RetiredAt is { } since && Options.Time.GetElapsedTime(since) >= ShownAfterRemoval)
            {
                _routes.Remove(key);
                Interlocked.Add(ref _series, -series.KnownCount);
            }
        }

        foreach ((string name, ClusterEntry entry) in _clusters)
        {
            if (entry.RetiredAt is { } since && Options.Time.GetElapsedTime(since) >= ShownAfterRemoval)
            {
                _clusters.Remove(name);
            }
        }
    }

    // Caller holds the lock. A series in use by neither the published snapshot nor the one being built goes; its exchanges in flight
    // still count, but nobody prints them.
    private bool EvictRoutes()
    {
        int before = _routes.Count;
        foreach (((string Service, string Route) key, RouteSeries series) in _routes)
        {
            if (series.Generation < _committed)
            {
                _routes.Remove(key);
                Interlocked.Add(ref _series, -series.KnownCount);
            }
        }

        return _routes.Count < before;
    }

    private bool EvictClusters()
    {
        int before = _clusters.Count;
        foreach ((string name, ClusterEntry entry) in _clusters)
        {
            if (entry.Generation < _committed)
            {
                _clusters.Remove(name);
            }
        }

        return _clusters.Count < before;
    }

    internal readonly record struct LogDrops(string Name, Func<long> Dropped);

    private sealed class ClusterEntry(ClusterMetrics metrics)
    {
        public ClusterMetrics Metrics { get; } = metrics;

        public long Generation { get; set; }

        public long? RetiredAt { get; set; }
    }
}
