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
    private readonly ulong[]? _pickable;
    private readonly PriorityLoads? _loads;
    private readonly ImmutableArray<HashPlacement> _placements = [];
    private readonly long _warmUntil = long.MinValue;

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

    /// <summary>A set of the mesh, in which all endpoints are healthy.</summary>
    /// <param name="endpoints">The endpoints, in declaration order.</param>
    /// <param name="weights">One weight each; 0 keeps an endpoint out of rotation.</param>
    /// <param name="layout">How requests spread over them.</param>
    public EndpointSet(ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights, EndpointLayout layout)
        : this(endpoints, weights, new ulong[(endpoints.Length + 63) / 64], layout, default)
    {
    }

    private EndpointSet(
        ImmutableArray<Endpoint> endpoints,
        ImmutableArray<int> weights,
        ulong[] unhealthy,
        EndpointLayout layout,
        ImmutableArray<HashPlacement> placements)
        : this(endpoints, weights, unhealthy, 0, null)
    {
        Layout = layout;
        int priorities = layout.PriorityCount;
        int[] total = new int[priorities];
        int[] healthy = new int[priorities];
        for (int i = 0; i < endpoints.Length; i++)
        {
            if (weights[i] > 0)
            {
                total[layout.PriorityOf(i)]++;
                healthy[layout.PriorityOf(i)] += IsHealthy(i) ? 1 : 0;
            }
        }

        _loads = PriorityLoads.Of(healthy, total, layout.PanicThreshold);
        _available = [.. Enumerable.Range(0, endpoints.Length).Where(MayBePicked)];
        _pickable = new ulong[_unhealthy.Length];
        foreach (int index in _available)
        {
            _pickable[index >> 6] |= 1UL << (index & 63);
        }

        IsServing = _available.Length != 0;
        IsPanicking = Enumerable.Range(0, priorities).Any(_loads.IsPanicking);
        HasEqualWeights = _available.Length == 0 || Array.TrueForAll(_available, i => weights[i] == weights[_available[0]]);
        Spread = EndpointSpread.Of(this, layout, _loads);
        if (layout.SlowStart is { } slow)
        {
            foreach (int index in _available)
            {
                long joined = endpoints[index].JoinedAt;
                _warmUntil = joined == Endpoint.Settled ? _warmUntil : Math.Max(_warmUntil, joined + slow.Window);
            }
        }

        HasCurrentPlacements = placements.IsDefault;
        _placements = layout.Keys is null ? [] : placements.IsDefault ? KeyPlacements.Of(this, layout, _loads) : placements;
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
            unhealthy[i >> 6] |= endpoints[i].IsUsable ? 0 : 1UL << (i & 63);
        }

        return new EndpointSet(endpoints, weights, unhealthy, threshold, placement);
    }

    /// <summary>A set of the mesh whose health bits are what is said of the endpoints at the call.</summary>
    /// <param name="endpoints">The endpoints, in declaration order.</param>
    /// <param name="weights">One weight each; 0 keeps an endpoint out of rotation.</param>
    /// <param name="layout">How requests spread over them.</param>
    /// <param name="isHealthy">Tells of one endpoint.</param>
    public static EndpointSet AsRecorded(
        ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights, EndpointLayout layout, Func<Endpoint, bool> isHealthy)
    {
        ArgumentNullException.ThrowIfNull(isHealthy);
        ulong[] unhealthy = new ulong[(endpoints.Length + 63) / 64];
        for (int i = 0; i < endpoints.Length; i++)
        {
            unhealthy[i >> 6] |= isHealthy(endpoints[i]) ? 0 : 1UL << (i & 63);
        }

        return new EndpointSet(endpoints, weights, unhealthy, layout, default);
    }

    /// <summary>A set without endpoints.</summary>
    public static EndpointSet Empty { get; } = new([], []);

    public ImmutableArray<Endpoint> Endpoints { get; }

    public ImmutableArray<int> Weights { get; }

    /// <summary>Percentage of the weight that must be exceeded by what is healthy.</summary>
    public double Threshold { get; }

    /// <summary>Where keys land; null unless the cluster hashes.</summary>
    public HashPlacement? Placement { get; }

    /// <summary>How a set of the mesh spreads requests; null for one of Kong's.</summary>
    public EndpointLayout? Layout { get; }

    /// <summary>The groups a set of the mesh is picked by; null when it is one.</summary>
    public EndpointSpread? Spread { get; }

    /// <summary>Whether keys are placed as the health of the endpoints wants; see <see cref="WithPlacements"/>.</summary>
    public bool HasCurrentPlacements { get; } = true;

    /// <summary>Whether a key decides.</summary>
    public bool HasPlacements => !_placements.IsEmpty;

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
    public bool IsAvailable(int index) => _pickable is { } pickable
        ? (pickable[index >> 6] & (1UL << (index & 63))) != 0
        : IsServing && Weights[index] > 0 && IsHealthy(index);

    /// <summary>Whether the endpoint at a position belongs to a priority that uses its unhealthy endpoints too.</summary>
    public bool IsInPanic(int index) => _loads is { } loads && loads.IsPanicking(Layout!.PriorityOf(index));

    /// <summary>Whether any priority uses its unhealthy endpoints too.</summary>
    public bool IsPanicking { get; }

    /// <summary>Percentages of requests by priority; empty for a set of Kong's.</summary>
    public ReadOnlySpan<int> PriorityLoad => _loads is { } loads ? loads.Loads : default;

    /// <summary>Whether an endpoint that may be picked has not its whole weight yet.</summary>
    public bool IsWarming(long now) => now < _warmUntil;

    /// <summary>Weight of the endpoint at a position, as far as it is warm.</summary>
    public double WeightAt(int index, long now) =>
        now < _warmUntil ? Weights[index] * Layout!.SlowStart!.ShareAt(Endpoints[index].JoinedAt, now) : Weights[index];

    /// <summary>Where the keys of a hash's priority are placed; null when no key decides.</summary>
    public HashPlacement? PlacementFor(ulong hash) =>
        _placements.IsEmpty ? null : _placements.Length == 1 ? _placements[0] : _placements[_loads!.Choose(hash)];

    /// <summary>
    /// The same set with keys placed over what may be picked now; itself where they are. A change of health keeps the old placement, since it
    /// may happen on a loop, and this is for the time after: it takes up to milliseconds.
    /// </summary>
    public EndpointSet WithPlacements() =>
        HasCurrentPlacements || Layout is null ? this : new EndpointSet(Endpoints, Weights, _unhealthy, Layout, default);

    /// <summary>The same endpoints with one health bit changed; this set itself when nothing changes.</summary>
    public EndpointSet WithHealth(int index, bool healthy)
    {
        if (IsHealthy(index) == healthy)
        {
            return this;
        }

        ulong[] unhealthy = [.. _unhealthy];
        unhealthy[index >> 6] ^= 1UL << (index & 63);
        return Layout is { } layout
            ? new EndpointSet(Endpoints, Weights, unhealthy, layout, layout.Keys is null ? default : _placements)
            : new EndpointSet(Endpoints, Weights, unhealthy, Threshold, Placement);
    }

    private bool MayBePicked(int index)
    {
        int priority = Layout!.PriorityOf(index);
        return Weights[index] > 0
            && _loads!.Loads[priority] > 0
            && (IsHealthy(index) || _loads.IsPanicking(priority))
            && (Layout.LocalityWeights.Length < 2 || _loads.IsPanicking(priority) || Layout.LocalityWeights[Layout.LocalityOf(index)] > 0);
    }
}
