namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Where keys land among the endpoints of one set, and in which order the rest follows. Built off the loops. Immutable, thread-safe.
/// </summary>
/// <remarks>
/// Kong's continuum is built once per membership and kept over changes of health, so a key returns to its endpoint when that heals; the
/// placements of the mesh are built over what may be picked, as Envoy does, and replaced when that changes.
/// </remarks>
public abstract class HashPlacement
{
    /// <summary>Number of positions; 0 when nothing was placed.</summary>
    public abstract int Count { get; }

    /// <summary>Position of a key, 0..<see cref="Count"/>-1.</summary>
    public abstract int Find(ulong hash);

    /// <summary>Position of a key when the positions of the attempts before this one are refused; attempt 0 is <see cref="Find(ulong)"/>.</summary>
    public virtual int Find(ulong hash, int attempt) =>
        attempt == 0 ? Find(hash) : (int)(((uint)Find(hash) + (uint)attempt) % (uint)Count);

    /// <summary>Index in the set of the endpoint at a position.</summary>
    public abstract int OwnerAt(int position);

    /// <summary>The position that is asked after this one; once around after <see cref="Count"/> steps.</summary>
    public abstract int Next(int position);
}
