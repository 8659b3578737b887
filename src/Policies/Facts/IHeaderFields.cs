namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>
/// Field lines by position, for policies that look for many names at once: one walk over the head instead of a search per name. Positions
/// do not move; edits append behind <see cref="Count"/> or replace in place.
/// </summary>
public interface IHeaderFields : IHeaderEdits
{
    /// <summary>Number of positions, removed lines included.</summary>
    int Count { get; }

    /// <summary>The line at a position; false when it was removed.</summary>
    bool TryGetField(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value);
}
