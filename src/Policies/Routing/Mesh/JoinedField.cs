using System.Buffers;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// The value of a header field as Envoy compares it: the one line, or all lines joined with a comma in a pooled buffer. Dispose it after use.
/// </summary>
internal ref struct JoinedField
{
    private byte[]? _rented;

    /// <summary>The value; empty when the field is absent.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether the field is there.</summary>
    public bool IsPresent { get; private set; }

    public static JoinedField Read<THeaders>(ref THeaders headers, ReadOnlySpan<byte> name)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        JoinedField field = default;
        int cursor = 0;
        if (headers.TryGetNext(name, ref cursor, out ReadOnlySpan<byte> first))
        {
            field.IsPresent = true;
            field.Value = first;
            if (headers.TryGetNext(name, ref cursor, out ReadOnlySpan<byte> more))
            {
                field.Join(ref headers, name, first, more, cursor);
            }
        }

        return field;
    }

    public void Dispose()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            Value = default;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void Join<THeaders>(ref THeaders headers, ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, ReadOnlySpan<byte> more, int cursor)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int length = first.Length;
        _rented = ArrayPool<byte>.Shared.Rent((2 * length) + more.Length + 64);
        first.CopyTo(_rented);
        do
        {
            if (_rented.Length < length + 1 + more.Length)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent(2 * (length + 1 + more.Length));
                _rented.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_rented);
                _rented = larger;
            }

            _rented[length++] = (byte)',';
            more.CopyTo(_rented.AsSpan(length));
            length += more.Length;
        }
        while (headers.TryGetNext(name, ref cursor, out more));
        Value = _rented.AsSpan(0, length);
    }
}
