namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>An endpoint that takes part in a placement of keys.</summary>
/// <param name="Name">What is hashed for it: <c>ip:port</c>.</param>
/// <param name="Weight">Its share of all keys, above 0; the shares of a placement add up to 1 or less.</param>
/// <param name="Index">Its position in the set.</param>
public readonly record struct KeyOwner(string Name, double Weight, int Index);

/// <summary>How a cluster of the mesh places keys. Immutable.</summary>
public abstract record KeyPlacementRule
{
    /// <summary>Places keys among the owners; an empty placement without any. Costs up to milliseconds: not for a loop.</summary>
    public abstract HashPlacement Place(IReadOnlyList<KeyOwner> owners);
}

/// <summary><c>consistentHash.ringHash</c>, and what holds without it.</summary>
/// <param name="MinimumSize">Fewest entries wanted.</param>
/// <param name="MaximumSize">Most entries made.</param>
public sealed record RingHashRule(long MinimumSize = RingHash.DefaultMinimumSize, long MaximumSize = RingHash.DefaultMaximumSize) : KeyPlacementRule
{
    public override HashPlacement Place(IReadOnlyList<KeyOwner> owners) => RingHash.Build(owners, MinimumSize, MaximumSize);
}

/// <summary><c>consistentHash.maglev</c>.</summary>
/// <param name="TableSize">Slots; a prime below <see cref="Maglev.SizeLimit"/>.</param>
public sealed record MaglevRule(int TableSize = Maglev.DefaultSize) : KeyPlacementRule
{
    public override HashPlacement Place(IReadOnlyList<KeyOwner> owners) => Maglev.Build(owners, TableSize);
}
