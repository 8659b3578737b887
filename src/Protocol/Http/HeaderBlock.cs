using System.Runtime.CompilerServices;
using System.Text;
using VoltageSoda.Edge.Protocol.Buffers;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>
/// Version-neutral header fields in insertion order: every codec fills it, every codec writes from it. Names and values are offsets
/// into one pooled byte block that this object owns and keeps over <see cref="Clear"/>; <see cref="Release"/> gives it back (idle
/// connections). Spans handed out are valid until the next change. One thread at a time; not disposable, reused by its pooled owner.
/// </summary>
/// <remarks>
/// The block only grows at its end: a replaced value leaves the old bytes in place, so a position once taken (authority, target)
/// keeps its meaning until Clear.
/// </remarks>
public sealed partial class HeaderBlock
{
    private const int FirstCapacity = 32;

    // 2 KiB of slots; more than that is given up on Release.
    private const int LargestKept = 128;

    private readonly ushort[] _first = new ushort[KnownHeaders.Count];
    private HeaderField[] _fields = new HeaderField[FirstCapacity];
    private PooledBuffer _buffer;
    private ulong _presentLow;
    private ulong _presentHigh;
    private ulong _repeatedLow;
    private int _count;

    /// <summary>
    /// Whether fields added by <see cref="KnownHeader"/> are spelled in lower case; names received or given as bytes stay as they are. Kept over
    /// <see cref="Clear"/>.
    /// </summary>
    public bool UsesLowerCaseNames { get; set; }

    /// <summary>Number of slots, removed ones included. Valid indexes are 0 to Count-1.</summary>
    public int Count => _count;

    /// <summary>True when the slot was removed and is not to be read or written.</summary>
    public bool IsRemoved(int index) => (Slot(index).Traits & FieldTraits.Removed) != 0;

    /// <summary>True when the field came from a parser and so is known to be well formed; later additions are checked by the writer.</summary>
    public bool IsParsed(int index) => (Slot(index).Traits & FieldTraits.Parsed) != 0;

    /// <summary>The classified name of a slot.</summary>
    public KnownHeader Known(int index) => Slot(index).Known;

    /// <summary>The name as received, or the canonical spelling for fields added by <see cref="KnownHeader"/>.</summary>
    public ReadOnlySpan<byte> Name(int index)
    {
        ref HeaderField field = ref Slot(index);
        return (field.Traits & FieldTraits.CanonicalName) != 0
            ? UsesLowerCaseNames ? KnownHeaders.LowerName(field.Known) : KnownHeaders.Name(field.Known)
            : _buffer.Slice(field.NameStart, field.NameLength);
    }

    /// <summary>The value without surrounding white space.</summary>
    public ReadOnlySpan<byte> Value(int index)
    {
        ref HeaderField field = ref Slot(index);
        return _buffer.Slice(field.ValueStart, field.ValueLength);
    }

    /// <summary>First live field of that name, or -1. Constant time.</summary>
    public int IndexOf(KnownHeader header) => Contains(header) ? _first[(int)header] : -1;

    /// <summary>First live field of that name without regard to ASCII case, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        KnownHeader known = KnownHeaders.Classify(name);
        return known != KnownHeader.None ? IndexOf(known) : IndexOfUnknown(name, 0);
    }

    /// <summary>The next live field with the same name as the one at <paramref name="index"/>, or -1.</summary>
    public int NextSame(int index)
    {
        KnownHeader known = Slot(index).Known;
        return known != KnownHeader.None ? IndexOfKnown(known, index + 1) : IndexOfUnknown(Name(index), index + 1);
    }

    /// <summary>True when a live field of that name exists.</summary>
    public bool Contains(KnownHeader header)
    {
        int bit = (int)header;
        return (((bit < 64 ? _presentLow : _presentHigh) >> (bit & 63)) & 1) != 0;
    }

    /// <summary>The first live value of that name, or an empty span.</summary>
    public ReadOnlySpan<byte> FirstValue(KnownHeader header) => Contains(header) ? Value(_first[(int)header]) : default;

    /// <summary>Holds what another block holds, positions included, and nothing else.</summary>
    public void CopyFrom(HeaderBlock other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Clear();
        _buffer.Append(other._buffer.Written);
        if (_fields.Length < other._count)
        {
            _fields = new HeaderField[other._fields.Length];
        }

        Array.Copy(other._fields, _fields, other._count);
        Array.Copy(other._first, _first, _first.Length);
        _count = other._count;
        _presentLow = other._presentLow;
        _presentHigh = other._presentHigh;
        _repeatedLow = other._repeatedLow;
    }

    /// <summary>The number of live fields of that name; counting stops at 2.</summary>
    internal int CountUpToTwo(KnownHeader header)
    {
        int first = IndexOf(header);
        return first < 0 ? 0 : NextSame(first) < 0 ? 1 : 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref HeaderField Slot(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
        return ref _fields[index];
    }

    private int IndexOfKnown(KnownHeader header, int from)
    {
        for (int i = from; i < _count; i++)
        {
            ref HeaderField field = ref _fields[i];
            if (field.Known == header && (field.Traits & FieldTraits.Removed) == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private int IndexOfUnknown(ReadOnlySpan<byte> name, int from)
    {
        for (int i = from; i < _count; i++)
        {
            ref HeaderField field = ref _fields[i];
            if (field.Known == KnownHeader.None && field.NameLength == name.Length && (field.Traits & FieldTraits.Removed) == 0
                && Ascii.EqualsIgnoreCase(_buffer.Slice(field.NameStart, field.NameLength), name))
            {
                return i;
            }
        }

        return -1;
    }
}
