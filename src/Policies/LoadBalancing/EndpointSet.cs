using System.Collections.Immutable;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// The endpoints of one cluster with weights and health, immutable: a change of membership or health publishes a new set that
/// shares the endpoints. Thread-safe.
/// </summary>
public sealed class EndpointSet
{
    /// <param name="endpoints">The endpoints, in declaration order.</param>
    /// <param name="weights">One weight each, 0..65535; 0 keeps an endpoint out of rotation.</param>
    public EndpointSet(ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights)
    {
        Endpoints = endpoints;
        Weights = weights;
    }

    public ImmutableArray<Endpoint> Endpoints { get; }

    public ImmutableArray<int> Weights { get; }

    /// <summary>Number of endpoints that are healthy and have weight.</summary>
    public int AvailableCount => throw new NotImplementedException();

    public bool IsHealthy(int index) => throw new NotImplementedException();

    /// <summary>The same endpoints with one health bit changed; this set itself when nothing changes.</summary>
    public EndpointSet WithHealth(int index, bool healthy) => throw new NotImplementedException();
}
