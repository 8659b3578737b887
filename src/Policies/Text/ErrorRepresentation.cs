using System.Text;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>
/// One representation of an error body, ready to send: the text of Kong 3.4, into which the request id of Kong 3.5 fits when
/// there is one. Owned by its <see cref="KongErrorBody"/>; immutable, thread-safe.
/// </summary>
public sealed class ErrorRepresentation
{
    private readonly byte[] _contentType;
    private readonly byte[] _head;
    private readonly byte[]? _beforeId;
    private readonly byte[]? _afterId;
    private readonly byte[] _tail;

    internal ErrorRepresentation(string contentType, string head, string? beforeId, string? afterId, string tail)
    {
        _contentType = Encoding.UTF8.GetBytes(contentType);
        _head = Encoding.UTF8.GetBytes(head);
        _beforeId = beforeId is null ? null : Encoding.UTF8.GetBytes(beforeId);
        _afterId = afterId is null ? null : Encoding.UTF8.GetBytes(afterId);
        _tail = Encoding.UTF8.GetBytes(tail);
    }

    /// <summary>Value of Content-Type; empty when none is to be sent.</summary>
    public ReadOnlySpan<byte> ContentType => _contentType;

    /// <summary>Bytes of the body when written with a request id of that length (0: the 3.4 shape without it).</summary>
    public int GetLength(int requestIdLength)
    {
        int length = _head.Length + _tail.Length;
        return requestIdLength == 0 || _beforeId is null || _afterId is null ? length : length + _beforeId.Length + requestIdLength + _afterId.Length;
    }

    /// <summary>Writes the body; <paramref name="destination"/> holds at least <see cref="GetLength"/> bytes. Returns the length.</summary>
    public int Write(ReadOnlySpan<byte> requestId, Span<byte> destination)
    {
        _head.CopyTo(destination);
        int at = _head.Length;
        if (!requestId.IsEmpty && _beforeId is not null && _afterId is not null)
        {
            _beforeId.CopyTo(destination[at..]);
            at += _beforeId.Length;
            requestId.CopyTo(destination[at..]);
            at += requestId.Length;
            _afterId.CopyTo(destination[at..]);
            at += _afterId.Length;
        }

        _tail.CopyTo(destination[at..]);
        return at + _tail.Length;
    }

    /// <summary>The body as an array, for callers outside the hot path.</summary>
    public byte[] ToArray(ReadOnlySpan<byte> requestId)
    {
        byte[] body = new byte[GetLength(requestId.Length)];
        Write(requestId, body);
        return body;
    }
}
