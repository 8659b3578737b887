namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Where keys land among the endpoints of one set, and in which order the rest follows. Built once per membership off the loops and kept
/// over changes of health, so a key returns to its endpoint when that heals. Immutable, thread-safe.
/// </summary>
public abstract class HashPlacement
{
    /// <summary>Number of positions; 0 when nothing was placed.</summary>
    public abstract int Count { get; }

    /// <summary>Position of a key, 0..<see cref="Count"/>-1.</summary>
    public abstract int Find(ulong hash);

    /// <summary>Index in the set of the endpoint at a position.</summary>
    public abstract int OwnerAt(int position);

    /// <summary>The position that is asked after this one; once around after <see cref="Count"/> steps.</summary>
    public abstract int Next(int position);
}
