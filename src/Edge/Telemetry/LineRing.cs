using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// A bounded byte queue of whole lines between one producer and one consumer, without locks. A line is always contiguous: one that does
/// not fit before the end of the buffer starts at its beginning, and <c>_lap</c> tells the consumer where the data of the lap ended.
/// </summary>
internal sealed class LineRing
{
    /// <summary>Room a producer reserves; no line is longer.</summary>
    public const int MaxLine = 16 * 1024;

    // The buffer is made with the first line: a log of a loop without traffic costs nothing.
    private readonly int _capacity;
    private byte[]? _buffer;
    private Positions _at;

    public LineRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2 * MaxLine);
        _capacity = capacity;
    }

    /// <summary>True when more than half waits to be written. Producer only.</summary>
    public bool IsHalfFull
    {
        get
        {
            int used = _at.Tail - Volatile.Read(ref _at.Head);
            return (used < 0 ? used + _capacity : used) > _capacity / 2;
        }
    }

    /// <summary>True when nothing waits. Any thread.</summary>
    public bool IsEmpty => Volatile.Read(ref _at.Head) == Volatile.Read(ref _at.Tail);

    /// <summary><see cref="MaxLine"/> bytes to write a line into, or nothing when the queue is full. Producer only.</summary>
    public Span<byte> Reserve()
    {
        // Not cleared: a page that no line has reached yet takes no memory.
        byte[] buffer = _buffer ??= GC.AllocateUninitializedArray<byte>(_capacity);
        int tail = _at.Tail;
        int head = Volatile.Read(ref _at.Head);
        if (tail >= head)
        {
            if (_capacity - tail >= MaxLine)
            {
                return _at.Reserved(buffer, tail);
            }

            // Strictly more than a line: a tail that reaches the head would read as empty.
            return head > MaxLine ? _at.Reserved(buffer, 0) : default;
        }

        return head - tail > MaxLine ? _at.Reserved(buffer, tail) : default;
    }

    /// <summary>Publishes the first <paramref name="length"/> bytes of what <see cref="Reserve"/> gave. Producer only.</summary>
    public void Commit(int length)
    {
        if (_at.Start != _at.Tail)
        {
            _at.Lap = _at.Tail;
        }

        Volatile.Write(ref _at.Tail, _at.Start + length);
    }

    /// <summary>The oldest contiguous run of lines up to <paramref name="until"/>. Consumer only.</summary>
    /// <param name="until">A <see cref="Mark"/> taken before; the run does not go past it.</param>
    public ReadOnlySpan<byte> Peek(int until)
    {
        int head = _at.Head;
        if (until >= head)
        {
            return until == head ? default : _buffer.AsSpan(head, until - head);
        }

        int lap = _at.Lap;
        if (head == lap)
        {
            Volatile.Write(ref _at.Head, 0);
            return _buffer.AsSpan(0, until);
        }

        return _buffer.AsSpan(head, lap - head);
    }

    /// <summary>Where the producer is now. Consumer only.</summary>
    public int Mark() => Volatile.Read(ref _at.Tail);

    /// <summary>Gives back what was peeked. Consumer only.</summary>
    public void Advance(int length) => Volatile.Write(ref _at.Head, _at.Head + length);

    // Producer and consumer fields lie on cache lines of their own.
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Positions
    {
        [FieldOffset(128)]
        public int Tail;

        [FieldOffset(132)]
        public int Lap;

        [FieldOffset(136)]
        public int Start;

        [FieldOffset(256)]
        public int Head;

        public Span<byte> Reserved(byte[] buffer, int start)
        {
            Start = start;
            return buffer.AsSpan(start, MaxLine);
        }
    }
}
