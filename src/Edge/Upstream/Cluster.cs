using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Upstream;

/// <summary>Whether the names behind a cluster have been answered.</summary>
internal enum ClusterResolution
{
    /// <summary>No answer yet.</summary>
    Pending,

    /// <summary>At least one address is known, or the members are addresses.</summary>
    Resolved,

    /// <summary>Every name failed: 503 "name resolution failed".</summary>
    Failed,
}

/// <summary>Who changed the health of an endpoint.</summary>
internal enum HealthCause
{
    /// <summary>Real traffic.</summary>
    Passive,

    /// <summary>A probe.</summary>
    Active,

    /// <summary>The operator.</summary>
    Manual,
}

/// <summary>
/// A named group of endpoints and how to reach it. Belongs to one snapshot; its endpoints and ledger come from the state registry and
/// outlive it. Name resolution and health publish a new <see cref="EndpointSet"/>; loops read the current one. Thread-safe.
/// </summary>
internal sealed partial class Cluster
{
    private readonly ILoadBalancer[] _balancers;
    private readonly TaskCompletionSource _firstAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EndpointSet _endpoints = EndpointSet.Empty;
    private volatile ClusterResolution _resolution = ClusterResolution.Pending;

    public Cluster(string name, ClusterMetrics metrics, int loops, Func<int, ILoadBalancer> balancer)
    {
        Name = name;
        Metrics = metrics;
        _balancers = new ILoadBalancer[loops];
        for (int i = 0; i < loops; i++)
        {
            _balancers[i] = balancer(i);
        }
    }

    public string Name { get; }

    public ClusterMetrics Metrics { get; }

    /// <summary>Whether it is a configured upstream, whose unanswered names leave it without endpoint, rather than the host of a service.</summary>
    public bool IsUpstream { get; init; }

    /// <summary>Name of the algorithm as configured, for explain.</summary>
    public string Algorithm { get; init; } = "round-robin";

    /// <summary>What a key is made of; null unless the algorithm hashes.</summary>
    public HashInputs? HashInputs { get; init; }

    /// <summary>Whether its balancer wants to know how long answers take.</summary>
    public bool MeasuresLatency { get; init; }

    /// <summary>What of a request decides its endpoint, for a cluster of the mesh that hashes; null elsewhere.</summary>
    public RequestKey? Key { get; init; }

    /// <summary>What judges its endpoints; null when nothing does.</summary>
    public ClusterHealth? Health { get; init; }

    /// <summary>The endpoints now; loops read it once per attempt.</summary>
    public EndpointSet Endpoints => Volatile.Read(ref _endpoints);

    public ClusterResolution Resolution => _resolution;

    /// <summary>Completes with the first answer of its names, whatever it says.</summary>
    public Task FirstAnswer => _firstAnswer.Task;

    /// <summary>Called when connecting fails, so that names are looked up sooner. Any thread.</summary>
    public Action? RefreshNames { get; set; }

    /// <summary>Called when the health of an endpoint changed, so that probes fall due as its new state wants. Any thread; must not block.</summary>
    public Action? HealthMoved { get; set; }

    /// <summary>Told of every change of an endpoint's health, once. Any thread; must not block.</summary>
    public Action<UpstreamEndpoint, HealthChange, HealthCause>? HealthChanged { get; init; }

    /// <summary>Picks an endpoint on the calling loop.</summary>
    public PickResult Pick(int loop, scoped in PickQuery query) => _balancers[loop].Pick(Volatile.Read(ref _endpoints), in query);

    /// <summary>Publishes the members; called off the loops, one caller at a time.</summary>
    public void Publish(EndpointSet endpoints, ClusterResolution resolution)
    {
        Volatile.Write(ref _endpoints, endpoints);

        // Reports that came while the set was made went to the set before it.
        AgreeAll();
        _resolution = resolution;
        if (resolution != ClusterResolution.Pending)
        {
            _firstAnswer.TrySetResult();
        }
    }

    /// <summary>Makes the set say of every endpoint what its record says. Any thread.</summary>
    public void AgreeAll()
    {
        if (Health is null && Guard is null)
        {
            return;
        }

        Guard?.Adopt(this);

        // A report writes the record and reads where it counts; this side wrote where and reads the record.
        Interlocked.MemoryBarrier();
        EndpointSet seen = Volatile.Read(ref _endpoints);
        for (int i = 0; i < seen.Endpoints.Length; i++)
        {
            if (seen.IsHealthy(i) != seen.Endpoints[i].IsUsable)
            {
                Agree(seen.Endpoints[i]);
            }
        }
    }

    /// <summary>Counts the status an upstream answered an attempt with. On a loop.</summary>
    public void ReportStatus(UpstreamEndpoint endpoint, int status)
    {
        if (Health is { } health)
        {
            // Kong counts a gateway timeout as a timeout, whoever says so.
            HealthRecord record = endpoint.Policy.Health;
            Apply(endpoint, status == 504 ? health.Passive.Report(record, HealthSignal.Timeout) : health.Passive.ReportStatus(record, status), HealthCause.Passive);
        }
    }

    /// <summary>Counts the failure of an attempt. On a loop.</summary>
    public void ReportFailure(UpstreamEndpoint endpoint, HealthSignal signal)
    {
        if (Health is { } health)
        {
            Apply(endpoint, health.Passive.Report(endpoint.Policy.Health, signal), HealthCause.Passive);
        }
    }

    /// <summary>Makes a change of an endpoint's health count everywhere, and tells of it. Any thread, lock-free.</summary>
    public void Apply(UpstreamEndpoint endpoint, HealthChange change, HealthCause cause)
    {
        if (change == HealthChange.None)
        {
            return;
        }

        // An exchange may be older than the configuration in force.
        Agree(endpoint.Policy);
        HealthMoved?.Invoke();
        if (endpoint.Cluster is { } current && current != this)
        {
            current.Agree(endpoint.Policy);
            current.HealthMoved?.Invoke();
        }

        Metrics.HealthChanged(change == HealthChange.BecameHealthy);
        HealthChanged?.Invoke(endpoint, change, cause);
    }

    // Repeated until the set says what the record says: whoever comes last has read the latest record.
    private void Agree(Endpoint endpoint)
    {
        if (Health is null && Guard is null)
        {
            return;
        }

        while (true)
        {
            EndpointSet seen = Volatile.Read(ref _endpoints);
            int index = seen.Endpoints.IndexOf(endpoint);
            if (index < 0)
            {
                return;
            }

            EndpointSet next = seen.WithHealth(index, endpoint.IsUsable);
            if (ReferenceEquals(next, seen))
            {
                PlaceKeysSoon(seen);
                return;
            }

            Interlocked.CompareExchange(ref _endpoints, next, seen);
        }
    }
}
