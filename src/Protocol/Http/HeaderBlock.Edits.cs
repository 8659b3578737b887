using System.Text;
using VoltageSoda.Edge.Protocol.Buffers;

namespace VoltageSoda.Edge.Protocol.Http;

/// <content>Changes made by the edge after parsing. Nothing is checked here: the writers refuse what may not be written.</content>
public sealed partial class HeaderBlock
{
    /// <summary>Appends a field. The bytes are copied; they may come from this block.</summary>
    public void Add(KnownHeader header, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)header, (int)KnownHeader.None, nameof(header));
        Push(new HeaderField
        {
            ValueStart = _buffer.Append(value),
            ValueLength = value.Length,
            Known = header,
            Traits = FieldTraits.CanonicalName,
        });
    }

    /// <summary>Appends a field. The bytes are copied; they may come from this block. Names are at most 65 535 bytes.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Add(name, KnownHeaders.Classify(name), value);

    /// <summary>Replaces the value of one live field in its place.</summary>
    public void SetValue(int index, ReadOnlySpan<byte> value)
    {
        int start = _buffer.Append(value);
        ref HeaderField field = ref Slot(index);
        field.ValueStart = start;
        field.ValueLength = value.Length;
        field.Traits &= ~(FieldTraits.Parsed | FieldTraits.Verbatim);
    }

    /// <summary>Appends to the value of one live field, for lists such as X-Forwarded-For: the caller brings the separator.</summary>
    public void AppendValue(int index, ReadOnlySpan<byte> separator, ReadOnlySpan<byte> suffix)
    {
        ref HeaderField field = ref Slot(index);
        field.ValueStart = _buffer.Append(Value(index), separator, suffix);
        field.ValueLength += separator.Length + suffix.Length;
        field.Traits &= ~(FieldTraits.Parsed | FieldTraits.Verbatim);
    }

    /// <summary>Replaces the first live field of that name and removes the others, or appends one.</summary>
    public void Set(KnownHeader header, ReadOnlySpan<byte> value)
    {
        int first = IndexOf(header);
        if (first < 0)
        {
            Add(header, value);
            return;
        }

        SetValue(first, value);
        RemoveFrom(NextSame(first));
    }

    /// <summary>Replaces the first live field of that name and removes the others, or appends one.</summary>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        KnownHeader known = KnownHeaders.Classify(name);
        int first = known != KnownHeader.None ? IndexOf(known) : IndexOfUnknown(name, 0);
        if (first < 0)
        {
            Add(name, known, value);
            return;
        }

        SetValue(first, value);
        RemoveFrom(NextSame(first));
    }

    /// <summary>Removes one field; a second removal does nothing.</summary>
    public void RemoveAt(int index)
    {
        ref HeaderField field = ref Slot(index);
        field.Traits |= FieldTraits.Removed;
        if (field.Known != KnownHeader.None && _first[(int)field.Known] == index)
        {
            Forget(field.Known, IndexOfKnown(field.Known, index + 1));
        }
    }

    /// <summary>Removes every field of that name and returns how many there were.</summary>
    public int Remove(KnownHeader header) => RemoveFrom(IndexOf(header));

    /// <summary>Removes every field of that name and returns how many there were.</summary>
    public int Remove(ReadOnlySpan<byte> name) => RemoveFrom(IndexOf(name));

    /// <summary>Removes every received field whose name begins so, without regard to ASCII case, and returns how many there were.</summary>
    public int RemovePrefixed(ReadOnlySpan<byte> prefix)
    {
        int removed = 0;
        byte last = prefix[^1];
        for (int i = 0; i < _count; i++)
        {
            ref HeaderField field = ref _fields[i];
            if (field.NameLength < prefix.Length || (field.Traits & (FieldTraits.Removed | FieldTraits.CanonicalName)) != 0)
            {
                continue;
            }

            // The last byte tells most names apart and needs no folding where it is no letter.
            ReadOnlySpan<byte> name = _buffer.Slice(field.NameStart, prefix.Length);
            if (((name[^1] ^ last) & ~0x20) == 0 && Ascii.EqualsIgnoreCase(name, prefix))
            {
                RemoveAt(i);
                removed++;
            }
        }

        return removed;
    }

    /// <summary>Forgets all fields and keeps the block for the next head.</summary>
    public void Clear()
    {
        _count = 0;
        _presentLow = 0;
        _presentHigh = 0;
        _repeatedLow = 0;
        _buffer.Truncate(0);
    }

    /// <summary>Forgets all fields and returns the block to the pool.</summary>
    public void Release()
    {
        Clear();
        _buffer.Return();
        if (_fields.Length > LargestKept)
        {
            _fields = new HeaderField[FirstCapacity];
        }
    }

    // As the line that a writer would write: fields added side by side go out in one copy.
    private void Add(ReadOnlySpan<byte> name, KnownHeader known, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, ushort.MaxValue, nameof(name));
        int nameStart = _buffer.AppendLine(name, value);
        Push(new HeaderField
        {
            NameStart = nameStart,
            NameLength = (ushort)name.Length,
            ValueStart = nameStart + name.Length + PooledBuffer.Separator.Length,
            ValueLength = value.Length,
            Known = known,
            Traits = FieldTraits.Verbatim,
        });
    }

    private int RemoveFrom(int index)
    {
        int removed = 0;
        while (index >= 0)
        {
            int next = NextSame(index);
            RemoveAt(index);
            removed++;
            index = next;
        }

        return removed;
    }

    private void Forget(KnownHeader known, int next)
    {
        if (next >= 0)
        {
            _first[(int)known] = (ushort)next;
        }
        else if ((int)known < 64)
        {
            _presentLow &= ~(1UL << (int)known);
        }
        else
        {
            _presentHigh &= ~(1UL << ((int)known & 63));
        }
    }
}
