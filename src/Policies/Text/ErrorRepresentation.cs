namespace VoltageSoda.Edge.Policies.Text;

/// <summary>One representation of an error body, ready to send. Borrowed from its <see cref="KongErrorBody"/>; immutable.</summary>
public sealed class ErrorRepresentation
{
    internal ErrorRepresentation()
    {
    }

    /// <summary>Value of Content-Type.</summary>
    public ReadOnlySpan<byte> ContentType => throw new NotImplementedException();

    /// <summary>Bytes of the body when written with a request id of that length (0: the 3.4 shape without it).</summary>
    public int GetLength(int requestIdLength) => throw new NotImplementedException();

    /// <summary>Writes the body; <paramref name="destination"/> holds at least <see cref="GetLength"/> bytes. Returns the length.</summary>
    public int Write(ReadOnlySpan<byte> requestId, Span<byte> destination) => throw new NotImplementedException();
}
