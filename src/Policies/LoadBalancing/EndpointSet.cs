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
    /// <param name="weights">One weight each; 0 keeps an endpoint out of rotation.</param>
    public EndpointSet(ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights)
        : this(endpoints, weights, new ulong[(endpoints.Length + 63) / 64], 0, null)
    {
    }

    /// <param name="endpoints">The endpoints, in declaration order.</param>
    /// <param name="weights">One weight each; 0 keeps an endpoint out of rotation.</param>
    /// <param name="threshold">Percentage of the weight, 0..100; the set serves only while strictly more of it is healthy.</param>
    /// <param name="placement">Where keys land, for balancers that hash.</param>
    public EndpointSet(ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights, double threshold, HashPlacement? placement)
        : this(endpoints, weights, new ulong[(endpoints.Length + 63) / 64], threshold, placement)
    {
    }

    private EndpointSet(
        ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights, ulong[] unhealthy, double threshold, HashPlacement? placement)
    {
        if (weights.Length != endpoints.Length || weights.Any(static w => w < 0))
        {
            throw new ArgumentException("Every endpoint has one weight that is not negative.", nameof(weights));
        }

        Endpoints = endpoints;
        Weights = weights;
        Threshold = threshold;
        Placement = placement;
        _unhealthy = unhealthy;
        for (int i = 0; i < weights.Length; i++)
        {
            TotalWeight += weights[i];
            HealthyWeight += IsHealthy(i) ? weights[i] : 0;
        }

        IsServing = TotalWeight > 0 && HealthyWeight * 100.0 / TotalWeight > threshold;
        _available = IsServing ? [.. Enumerable.Range(0, endpoints.Length).Where(i => weights[i] > 0 && IsHealthy(i))] : [];
        HasEqualWeights = _available.Length == 0 || Array.TrueForAll(_available, i => weights[i] == weights[_available[0]]);
    }

    /// <summary>A set whose health bits are what the endpoints' records say at the call.</summary>
    /// <param name="endpoints">The endpoints, in declaration order.</param>
    /// <param name="weights">One weight each; 0 keeps an endpoint out of rotation.</param>
    /// <param name="threshold">Percentage of the weight, 0..100; the set serves only while strictly more of it is healthy.</param>
    /// <param name="placement">Where keys land, for balancers that hash.</param>
    public static EndpointSet AsRecorded(
        ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights, double threshold, HashPlacement? placement)
    {
        ulong[] unhealthy = new ulong[(endpoints.Length + 63) / 64];
        for (int i = 0; i < endpoints.Length; i++)
        {
            unhealthy[i >> 6] |= endpoints[i].Health.IsHealthy ? 0 : 1UL << (i & 63);
        }

        return new EndpointSet(endpoints, weights, unhealthy, threshold, placement);
    }

    /// <summary>A set without endpoints.</summary>
    public static EndpointSet Empty { get; } = new([], []);

    public ImmutableArray<Endpoint> Endpoints { get; }

    public ImmutableArray<int> Weights { get; }

    /// <summary>Percentage of the weight that must be exceeded by what is healthy.</summary>
    public double Threshold { get; }

    /// <summary>Where keys land; null unless the cluster hashes.</summary>
    public HashPlacement? Placement { get; }

    /// <summary>Sum of all weights.</summary>
    public long TotalWeight { get; }

    /// <summary>Sum of the weights of healthy endpoints.</summary>
    public long HealthyWeight { get; }

    /// <summary>Whether enough weight is healthy for the set to serve at all.</summary>
    public bool IsServing { get; }

    /// <summary>Number of endpoints that may be picked: healthy, with weight, in a set that serves.</summary>
    public int AvailableCount => _available.Length;

    /// <summary>Positions of the endpoints that may be picked, ascending.</summary>
    public ReadOnlySpan<int> Available => _available;

    /// <summary>True when all available endpoints have the same weight.</summary>
    public bool HasEqualWeights { get; }

    public bool IsHealthy(int index) => (_unhealthy[index >> 6] & (1UL << (index & 63))) == 0;

    /// <summary>Whether the endpoint at a position may be picked.</summary>
    public bool IsAvailable(int index) => IsServing && Weights[index] > 0 && IsHealthy(index);

    /// <summary>The same endpoints with one health bit changed; this set itself when nothing changes.</summary>
    public EndpointSet WithHealth(int index, bool healthy)
    {
        if (IsHealthy(index) == healthy)
        {
            return this;
        }

        ulong[] unhealthy = [.. _unhealthy];
        unhealthy[index >> 6] ^= 1UL << (index & 63);
        return new EndpointSet(Endpoints, Weights, unhealthy, Threshold, Placement);
    }
}
