using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Protocol.Buffers;

/// <summary>
/// Appends bytes to an <see cref="IBufferWriter{T}"/>, all or nothing: nothing is advanced before <see cref="Commit"/>. When the span it
/// was given is too small it goes on in a pooled array. Use on the stack only; call Commit or Discard exactly once.
/// </summary>
public ref struct ByteWriter
{
    private const int MaxDecimalLength = 19;

    private readonly IBufferWriter<byte> _output;
    private Span<byte> _span;
    private int _written;
    private byte[]? _rented;

    /// <summary>Takes a span of at least <paramref name="sizeHint"/> bytes from the output.</summary>
    public ByteWriter(IBufferWriter<byte> output, int sizeHint = 1024)
    {
        _output = output;
        _span = output.GetSpan(sizeHint);
    }

    /// <summary>Bytes written and not committed.</summary>
    public readonly int Written => _written;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_span.Length - _written < bytes.Length)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(_span[_written..]);
        _written += bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteByte(byte value)
    {
        if (_written >= _span.Length)
        {
            Grow(1);
        }

        _span[_written++] = value;
    }

    /// <summary>Writes a non-negative number in decimal digits.</summary>
    public void WriteDecimal(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        if (value < 10)
        {
            WriteByte((byte)('0' + value));
            return;
        }

        Utf8Formatter.TryFormat(value, GetSpan(MaxDecimalLength), out int length);
        _written += length;
    }

    /// <summary>Gives room for at least <paramref name="length"/> bytes that the caller fills before <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int length)
    {
        if (_span.Length - _written < length)
        {
            Grow(length);
        }

        return _span[_written..];
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_span.Length - _written), nameof(count));
        _written += count;
    }

    /// <summary>Hands everything written to the output.</summary>
    public void Commit()
    {
        if (_rented is null)
        {
            _output.Advance(_written);
        }
        else
        {
            _output.Write(_span[.._written]);
        }

        Discard();
    }

    /// <summary>Forgets everything written.</summary>
    public void Discard()
    {
        byte[]? rented = _rented;
        _rented = null;
        _span = default;
        _written = 0;
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Advancing and asking the output for more would commit half a head; a pooled array keeps the promise of all or nothing.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int needed)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(checked((_written + needed) * 2));
        _span[.._written].CopyTo(larger);
        byte[]? old = _rented;
        _rented = larger;
        _span = larger;
        if (old is not null)
        {
            ArrayPool<byte>.Shared.Return(old);
        }
    }
}
