using System.Buffers;

namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>
/// The bytes of one entry, written by the loop that rented it and owned by the queue once it was handed over. The buffer is kept between
/// uses, so that an entry of the usual size costs no allocation. One owner at a time; not thread-safe.
/// </summary>
public sealed class QueueEntry : IBufferWriter<byte>
{
    private const int InitialBytes = 2048;

    // Buffers of rare giants go back to the collector.
    private const int KeptBytes = 8 * 1024;

    private byte[] _buffer = [];

    internal QueueEntry(EntryShelf? shelf) => Shelf = shelf;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, Length);

    internal EntryShelf? Shelf { get; }

    internal QueueEntry? Next { get; set; }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - Length), nameof(count));
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(Length);
    }

    /// <summary>Makes ASCII letters lower case from a position on.</summary>
    internal void LowerFrom(int start)
    {
        Span<byte> written = _buffer.AsSpan(start, Length - start);
        System.Text.Ascii.ToLowerInPlace(written, out _);
    }

    internal void Reset()
    {
        Length = 0;
        if (_buffer.Length > KeptBytes)
        {
            _buffer = [];
        }
    }

    private void Reserve(int sizeHint)
    {
        int needed = Length + Math.Max(sizeHint, 1);
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(needed, InitialBytes)));
        }
    }
}
