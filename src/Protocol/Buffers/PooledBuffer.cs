using System.Buffers;

namespace VoltageSoda.Edge.Protocol.Buffers;

/// <summary>
/// One block rented from the shared array pool, filled from the front and growing by replacement. Positions stay valid over growth,
/// spans do not. A mutable struct owned by one object on one thread; the owner calls <see cref="Return"/>.
/// </summary>
internal struct PooledBuffer
{
    private const int SmallestBlock = 1024;

    /// <summary>Between name and value of a line.</summary>
    public static ReadOnlySpan<byte> Separator => ": "u8;

    /// <summary>After the value.</summary>
    public static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    private byte[]? _block;
    private int _length;

    /// <summary>Bytes in use.</summary>
    public readonly int Length => _length;

    /// <summary>Bytes rented; 0 when no block is held.</summary>
    public readonly int Capacity => _block?.Length ?? 0;

    public readonly ReadOnlySpan<byte> Written => _block.AsSpan(0, _length);

    public readonly ReadOnlySpan<byte> Slice(int start, int length) => _block.AsSpan(start, length);

    /// <summary>Appends bytes, which may lie in this very block, and returns their position.</summary>
    public int Append(ReadOnlySpan<byte> bytes) => Append(bytes, default, default);

    /// <summary>Appends three runs behind each other, any of which may lie in this very block, and returns the position of the first.</summary>
    public int Append(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        int start = _length;
        Span<byte> room = Extend(first.Length + second.Length + third.Length, out byte[]? old);
        first.CopyTo(room);
        second.CopyTo(room[first.Length..]);
        third.CopyTo(room[(first.Length + second.Length)..]);
        Retire(old);
        return start;
    }

    /// <summary>Appends <c>name: value CR LF</c>, of which name and value may lie in this very block, and returns the position of the name.</summary>
    public int AppendLine(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        int start = _length;
        Span<byte> room = Extend(name.Length + Separator.Length + value.Length + LineEnd.Length, out byte[]? old);
        name.CopyTo(room);
        Separator.CopyTo(room[name.Length..]);
        room = room[(name.Length + Separator.Length)..];
        value.CopyTo(room);
        LineEnd.CopyTo(room[value.Length..]);
        Retire(old);
        return start;
    }

    /// <summary>Room for <paramref name="length"/> bytes behind those in use; take what was filled with <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int length)
    {
        if (_block is null || _block.Length - _length < length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBlock, (_length + length) * 2));
            Written.CopyTo(larger);
            Replace(larger);
        }

        return _block.AsSpan(_length);
    }

    public void Advance(int count) => _length += count;

    /// <summary>Forgets everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => _length = Math.Min(_length, length);

    /// <summary>Gives the block back to the pool; the buffer is empty and usable again.</summary>
    public void Return()
    {
        Replace(null);
        _length = 0;
    }

    // The block that was outgrown is given back after the copy: what is appended may lie in it.
    private Span<byte> Extend(int added, out byte[]? old)
    {
        int start = _length;
        byte[]? block = _block;
        old = null;
        if (block is null || block.Length - start < added)
        {
            old = block;
            _block = block = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBlock, (start + added) * 2));
            old.AsSpan(0, start).CopyTo(block);
        }

        _length = start + added;
        return block.AsSpan(start, added);
    }

    private static void Retire(byte[]? old)
    {
        if (old is not null)
        {
            ArrayPool<byte>.Shared.Return(old);
        }
    }

    private void Replace(byte[]? block)
    {
        byte[]? old = _block;
        _block = block;
        if (old is not null)
        {
            ArrayPool<byte>.Shared.Return(old);
        }
    }
}
