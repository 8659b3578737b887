using System.Collections.Immutable;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// The endpoints of one cluster with weights and health, immutable: a change of membership or health publishes a new set that
/// shares the endpoints. Thread-safe.
/// </summary>
public sealed class EndpointSet
{
    private readonly ulong[] _unhealthy;
    private readonly int[] _available;

    /// <param name="endpoints">The endpoints, in declaration order.</param>
    /// <param name="weights">One weight each, 0..65535; 0 keeps an endpoint out of rotation.</param>
    public EndpointSet(ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights)
        : this(endpoints, weights, new ulong[(endpoints.Length + 63) / 64])
    {
    }

    private EndpointSet(ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights, ulong[] unhealthy)
    {
        if (weights.Length != endpoints.Length || weights.Any(static w => w is < 0 or > 65535))
        {
            throw new ArgumentException("Every endpoint has one weight of 0..65535.", nameof(weights));
        }

        Endpoints = endpoints;
        Weights = weights;
        _unhealthy = unhealthy;
        _available = [.. Enumerable.Range(0, endpoints.Length).Where(i => weights[i] > 0 && IsHealthy(i))];
        HasEqualWeights = _available.Length == 0 || Array.TrueForAll(_available, i => weights[i] == weights[_available[0]]);
    }

    /// <summary>A set without endpoints.</summary>
    public static EndpointSet Empty { get; } = new([], []);

    public ImmutableArray<Endpoint> Endpoints { get; }

    public ImmutableArray<int> Weights { get; }

    /// <summary>Number of endpoints that are healthy and have weight.</summary>
    public int AvailableCount => _available.Length;

    /// <summary>Positions of the endpoints that are healthy and have weight, ascending.</summary>
    public ReadOnlySpan<int> Available => _available;

    /// <summary>True when all available endpoints have the same weight.</summary>
    public bool HasEqualWeights { get; }

    public bool IsHealthy(int index) => (_unhealthy[index >> 6] & (1UL << (index & 63))) == 0;

    /// <summary>The same endpoints with one health bit changed; this set itself when nothing changes.</summary>
    public EndpointSet WithHealth(int index, bool healthy)
    {
        if (IsHealthy(index) == healthy)
        {
            return this;
        }

        ulong[] unhealthy = [.. _unhealthy];
        unhealthy[index >> 6] ^= 1UL << (index & 63);
        return new EndpointSet(Endpoints, Weights, unhealthy);
    }
}
