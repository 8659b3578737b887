using System.Collections.Immutable;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// How a cluster of the mesh spreads requests over its endpoints: priorities that take over from each other, localities with weights of their
/// own, panic, warm-up and the placement of keys. Immutable.
/// </summary>
public sealed record EndpointLayout
{
    /// <summary>One priority, no panic, no warm-up.</summary>
    public static EndpointLayout Plain { get; } = new();

    /// <summary>Priority per endpoint, 0 first, without gaps; empty where all have the same.</summary>
    public ImmutableArray<int> Priorities { get; init; } = [];

    /// <summary>Locality per endpoint as an index of <see cref="LocalityWeights"/>; empty where localities do not weigh.</summary>
    public ImmutableArray<int> Localities { get; init; } = [];

    /// <summary>Weight per locality; 0 gets nothing.</summary>
    public ImmutableArray<int> LocalityWeights { get; init; } = [];

    /// <summary>A priority with a smaller percentage of healthy endpoints uses all of them; 0 never does.</summary>
    public double PanicThreshold { get; init; }

    /// <summary>Null where endpoints have their whole weight at once.</summary>
    public SlowStart? SlowStart { get; init; }

    /// <summary>Null where no key decides.</summary>
    public KeyPlacementRule? Keys { get; init; }

    /// <summary>Number of priorities.</summary>
    public int PriorityCount => Priorities.IsEmpty ? 1 : Priorities.Max() + 1;

    /// <summary>Priority of the endpoint at a position.</summary>
    public int PriorityOf(int index) => Priorities.IsEmpty ? 0 : Priorities[index];

    /// <summary>Locality of the endpoint at a position.</summary>
    public int LocalityOf(int index) => Localities.IsEmpty ? 0 : Localities[index];
}
