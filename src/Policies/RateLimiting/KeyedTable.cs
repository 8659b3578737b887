using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// A bounded table by keys that clients choose: the hash is secret, a known key is found without allocation or lock, and a full table takes
/// nothing more until something is removed. Thread-safe.
/// </summary>
public sealed class KeyedTable<TValue>
    where TValue : class
{
    private readonly ConcurrentDictionary<byte[], TValue> _entries;
    private readonly ConcurrentDictionary<byte[], TValue>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private readonly int _maxEntries;
    private int _count;

    /// <param name="maxEntries">Most keys kept, give or take one per calling thread.</param>
    public KeyedTable(int maxEntries)
    {
        _maxEntries = maxEntries;
        Span<byte> seed = stackalloc byte[16];
        RandomNumberGenerator.Fill(seed);
        _entries = new ConcurrentDictionary<byte[], TValue>(
            new Comparer(new SeededHash(BitConverter.ToUInt64(seed), BitConverter.ToUInt64(seed[8..]))));
        _bySpan = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Keys kept now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Every entry, as a moving picture.</summary>
    public IEnumerable<KeyValuePair<byte[], TValue>> Entries => _entries;

    public bool TryGet(ReadOnlySpan<byte> key, [MaybeNullWhen(false)] out TValue value) => _bySpan.TryGetValue(key, out value);

    /// <summary>Adds a value unless the key is there or the table is full.</summary>
    public bool TryAdd(ReadOnlySpan<byte> key, TValue value)
    {
        if (Interlocked.Increment(ref _count) <= _maxEntries && _entries.TryAdd(key.ToArray(), value))
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        return false;
    }

    /// <summary>Puts a value in the place of one that is still there.</summary>
    public bool TryReplace(ReadOnlySpan<byte> key, TValue value, TValue expected) =>
        _bySpan.TryGetValue(key, out byte[]? stored, out _) && _entries.TryUpdate(stored, value, expected);

    /// <summary>Removes a key that still has this value.</summary>
    public bool TryRemove(KeyValuePair<byte[], TValue> entry)
    {
        if (!_entries.TryRemove(entry))
        {
            return false;
        }

        Interlocked.Decrement(ref _count);
        return true;
    }

    private sealed class Comparer(SeededHash hash) : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => (int)hash.Compute(obj);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)hash.Compute(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
