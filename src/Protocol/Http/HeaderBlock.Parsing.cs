using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Protocol.Http;

/// <content>What codecs use to fill a block without copying twice.</content>
public sealed partial class HeaderBlock
{
    /// <summary>Names below 64 of which more than one field was pushed since Clear, as bits.</summary>
    internal ulong RepeatedLow => _repeatedLow;

    /// <summary>Names below 64 of which a live field exists, as bits.</summary>
    internal ulong PresentLow => _presentLow;

    /// <summary>Bytes of the block in use: a head read from the wire first, then what was added.</summary>
    internal ReadOnlySpan<byte> Bytes => _buffer.Written;

    /// <summary>More than the live fields can take as HTTP/1 lines: all bytes held, and names and separators that are not in the block.</summary>
    internal int SerialisedBound => _buffer.Length + (_count * (KnownHeaders.LongestName + 4));

    internal int BlockCapacity => _buffer.Capacity;

    internal static ulong Bit(KnownHeader header) => 1UL << (int)header;

    internal ReadOnlySpan<byte> Slice(int start, int length) => _buffer.Slice(start, length);

    internal FieldTraits Traits(int index) => _fields[index].Traits;

    internal ref readonly HeaderField Field(int index) => ref _fields[index];

    /// <summary>Copies bytes behind those in use and returns their position.</summary>
    internal int AppendBytes(ReadOnlySpan<byte> bytes) => _buffer.Append(bytes);

    internal Span<byte> GetSpan(int length) => _buffer.GetSpan(length);

    internal void Advance(int count) => _buffer.Advance(count);

    internal void Truncate(int length) => _buffer.Truncate(length);

    /// <summary>Replaces a value by an equivalent that the parser itself made, which therefore needs no check by the writer.</summary>
    internal void Normalise(int index, ReadOnlySpan<byte> value)
    {
        SetValue(index, value);
        _fields[index].Traits |= FieldTraits.Parsed;
    }

    /// <summary>Adds a field whose bytes are, or will be once the head is complete, at these positions of the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void PushParsed(int nameStart, int nameLength, KnownHeader known, int valueStart, int valueLength, bool verbatim)
    {
        int index = _count;
        if ((uint)index >= (uint)_fields.Length)
        {
            Grow();
        }

        ref HeaderField field = ref _fields[index];
        field.NameStart = nameStart;
        field.NameLength = (ushort)nameLength;
        field.Known = known;
        field.ValueStart = valueStart;
        field.ValueLength = valueLength;
        field.Traits = verbatim ? FieldTraits.Parsed | FieldTraits.Verbatim : FieldTraits.Parsed;
        _count = index + 1;
        if (known != KnownHeader.None)
        {
            Remember(known, index);
        }
    }

    private void Push(in HeaderField field)
    {
        if (_count == _fields.Length)
        {
            Grow();
        }

        _fields[_count] = field;
        if (field.Known != KnownHeader.None)
        {
            Remember(field.Known, _count);
        }

        _count++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Remember(KnownHeader known, int index)
    {
        ulong bit = 1UL << ((int)known & 63);
        if ((int)known < 64)
        {
            if ((_presentLow & bit) != 0)
            {
                _repeatedLow |= bit;
                return;
            }

            _presentLow |= bit;
        }
        else
        {
            if ((_presentHigh & bit) != 0)
            {
                return;
            }

            _presentHigh |= bit;
        }

        _first[(int)known] = (ushort)index;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        // Positions of first fields are kept in 16 bits; the count limits of every codec are far below.
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_count, ushort.MaxValue, nameof(Count));
        Array.Resize(ref _fields, _fields.Length * 2);
    }
}
