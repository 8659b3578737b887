using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Telemetry;

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

/// <summary>
/// A named group of endpoints and how to reach them. Belongs to one snapshot; its endpoints and ledger come from the state registry and
/// outlive it. Name resolution publishes a new <see cref="EndpointSet"/>; loops read the current one. Thread-safe.
/// </summary>
internal sealed class Cluster
{
    private readonly ILoadBalancer[] _balancers;
    private readonly TaskCompletionSource _firstAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EndpointSet _endpoints = new([], []);
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

    /// <summary>The endpoints now; loops read it once per attempt.</summary>
    public EndpointSet Endpoints => Volatile.Read(ref _endpoints);

    public ClusterResolution Resolution => _resolution;

    /// <summary>Completes with the first answer of its names, whatever it says.</summary>
    public Task FirstAnswer => _firstAnswer.Task;

    /// <summary>Called when connecting fails, so that names are looked up sooner. Any thread.</summary>
    public Action? RefreshNames { get; set; }

    /// <summary>Picks an endpoint on the calling loop.</summary>
    public PickResult Pick(int loop, ReadOnlySpan<Endpoint> tried)
    {
        PickQuery query = new() { Tried = tried };
        return _balancers[loop].Pick(Volatile.Read(ref _endpoints), in query);
    }

    /// <summary>Publishes the members; called off the loops, one caller at a time.</summary>
    public void Publish(ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights, ClusterResolution resolution)
    {
        Volatile.Write(ref _endpoints, new EndpointSet(endpoints, weights));
        _resolution = resolution;
        if (resolution != ClusterResolution.Pending)
        {
            _firstAnswer.TrySetResult();
        }
    }
}
