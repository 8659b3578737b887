using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>
/// A fixed dictionary from byte strings, looked up by span without allocation. Keys come from configuration only: a peer can probe
/// the table but never fill it, so the hash needs no secret. Immutable after construction, thread-safe.
/// </summary>
internal sealed class ByteStringMap<TValue>
{
    private readonly int[] _buckets;
    private readonly Entry[] _entries;
    private readonly ulong _fold;

    /// <param name="items">Distinct keys (under the comparison asked for) with their values.</param>
    /// <param name="ignoreCase">Compare ASCII letters without case.</param>
    public ByteStringMap(IReadOnlyCollection<KeyValuePair<byte[], TValue>> items, bool ignoreCase)
    {
        _fold = ignoreCase ? ByteStringHash.FoldCase : 0;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(items.Count * 2, 2));
        _buckets = new int[size];
        _entries = new Entry[items.Count];
        int index = 0;
        foreach (KeyValuePair<byte[], TValue> item in items)
        {
            uint hash = ByteStringHash.Compute(item.Key, _fold);
            ref int bucket = ref _buckets[hash & (uint)(size - 1)];
            _entries[index] = new Entry { Hash = hash, Key = item.Key, Value = item.Value, Next = bucket };
            bucket = ++index; // 0 is the empty bucket.
        }
    }

    public int Count => _entries.Length;

    public bool TryGet(ReadOnlySpan<byte> key, out TValue value)
    {
        uint hash = ByteStringHash.Compute(key, _fold);
        Entry[] entries = _entries;
        for (int i = _buckets[hash & (uint)(_buckets.Length - 1)]; i > 0; i = entries[i - 1].Next)
        {
            ref Entry entry = ref entries[i - 1];
            if (entry.Hash == hash && (_fold == 0 ? key.SequenceEqual(entry.Key) : AsciiCase.Equal(key, entry.Key)))
            {
                value = entry.Value;
                return true;
            }
        }

        value = default!;
        return false;
    }

    private struct Entry
    {
        public uint Hash;
        public int Next;
        public byte[] Key;
        public TValue Value;
    }
}

/// <summary>The hash of <see cref="ByteStringMap{TValue}"/>: eight bytes a step, optionally blind to ASCII case.</summary>
internal static class ByteStringHash
{
    /// <summary>Sets the case bit of every byte. It also merges some punctuation, which costs a comparison and nothing else.</summary>
    public const ulong FoldCase = 0x2020_2020_2020_2020;

    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    public static uint Compute(ReadOnlySpan<byte> key, ulong fold)
    {
        ulong hash = (ulong)key.Length * Multiplier;
        while (key.Length >= sizeof(ulong))
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ (MemoryMarshal.Read<ulong>(key) | fold)) * Multiplier;
            key = key[sizeof(ulong)..];
        }

        ulong tail = 0;
        for (int i = 0; i < key.Length; i++)
        {
            tail = (tail << 8) | key[i];
        }

        hash = (BitOperations.RotateLeft(hash, 23) ^ (tail | fold)) * Multiplier;
        return (uint)(hash >> 32);
    }
}
