namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>
/// Read access to the fields of one message head. Implemented by a struct over a header block and taken as a generic
/// argument, so that no call is virtual and nothing is boxed. Names compare case-insensitively (ASCII).
/// Returned spans stay valid until the next edit of the same block.
/// </summary>
public interface IHeaderSource
{
    /// <summary>Finds the first field line named <paramref name="name"/>.</summary>
    bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value);

    /// <summary>
    /// Steps through every field line named <paramref name="name"/> in message order. Start with a cursor of 0; the
    /// implementation stores in it what it needs to continue (any value, opaque to the caller).
    /// </summary>
    bool TryGetNext(scoped ReadOnlySpan<byte> name, scoped ref int cursor, out ReadOnlySpan<byte> value);
}
