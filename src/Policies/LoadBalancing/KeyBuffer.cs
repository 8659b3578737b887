using System.Buffers;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Bytes of a hash key while it is put together: in memory of the caller first, in a rented array when they outgrow it. Not thread-safe;
/// <see cref="Dispose"/> returns what was rented.
/// </summary>
public ref struct KeyBuffer(Span<byte> initial)
{
    private Span<byte> _room = initial;
    private byte[]? _rented;
    private int _length;

    /// <summary>What was appended so far; valid until the next append.</summary>
    public readonly ReadOnlySpan<byte> Written => _room[.._length];

    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Appends with percent triplets decoded, and plus signs where a query wants that.</summary>
    public void AppendDecoded(scoped ReadOnlySpan<byte> text, bool plusIsSpace)
    {
        Span<byte> room = Reserve(text.Length);
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte c = text[i];
            if (c == '%' && i + 2 < text.Length && HexValue(text[i + 1]) is >= 0 and int high && HexValue(text[i + 2]) is >= 0 and int low)
            {
                c = (byte)((high << 4) | low);
                i += 2;
            }
            else if (c == '+' && plusIsSpace)
            {
                c = (byte)' ';
            }

            room[written++] = c;
        }

        _length += written;
    }

    public void Dispose()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    private Span<byte> Reserve(int length)
    {
        if (_room.Length - _length < length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + length, _room.Length * 2));
            _room[.._length].CopyTo(larger);
            Dispose();
            _rented = larger;
            _room = larger;
        }

        return _room[_length..];
    }
}
