using System.Numerics;
using System.Security.Cryptography;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// A token bucket per identifier in a fixed amount of memory: 16 bytes each, allocated once. Thread-safe; a request of a known
/// identifier is lock-free and allocates nothing, and neither does a new one.
/// </summary>
/// <remarks>
/// Identifiers are kept as 64 bits of a keyed hash that clients cannot know, in sets of eight. A full bucket is as good as none, so its place is
/// free. When all eight are in use the fullest one is forgotten: a flood of new identifiers displaces other newcomers, not the clients that are
/// close to being refused. Only taking a place is guarded, by a spin of a few instructions per set, so that an identifier never has two buckets.
/// </remarks>
public sealed class TokenBucketTable
{
    /// <summary>Bytes per identifier.</summary>
    public const int BytesPerEntry = 2 * sizeof(long);

    private const int Ways = 8;

    private readonly SeededHash _hash;
    private readonly long[] _names;
    private readonly long[] _states;
    private readonly int[] _guards;
    private readonly int _setMask;

    /// <param name="maxBytes">Memory of the table, at least 4 KiB; rounded down to a power of two.</param>
    public TokenBucketTable(long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 4096);
        long sets = Math.Min(maxBytes / ((BytesPerEntry * Ways) + sizeof(int)), 1 << 24);
        int rounded = 1 << BitOperations.Log2((ulong)sets);
        _setMask = rounded - 1;
        _names = new long[rounded * Ways];
        _states = new long[rounded * Ways];
        _guards = new int[rounded];
        Span<byte> seed = stackalloc byte[16];
        RandomNumberGenerator.Fill(seed);
        _hash = new SeededHash(BitConverter.ToUInt64(seed), BitConverter.ToUInt64(seed[8..]));
    }

    /// <summary>Identifiers there is room for.</summary>
    public int Capacity => _names.Length;

    /// <summary>Takes one token of an identifier's bucket if it has one.</summary>
    /// <param name="rate">Size and refill; a table is used with one rate at a time, and a change of it lets buckets settle within one fill.</param>
    /// <param name="identifier">Who is counted.</param>
    /// <param name="nowTicks">Now, in 100 ns ticks of a monotonic clock.</param>
    public BucketVerdict TryTake(in BucketRate rate, ReadOnlySpan<byte> identifier, long nowTicks)
    {
        ulong hash = _hash.Compute(identifier);
        long name = hash == 0 ? 1 : (long)hash;
        int set = (int)(hash >> 40) & _setMask;
        while (true)
        {
            int at = Find(set, name);
            if (at < 0)
            {
                at = Place(rate, set, name, nowTicks);
            }

            long seen = Volatile.Read(ref _states[at]);
            if (!rate.TryNext(seen, nowTicks, out long next))
            {
                return rate.Describe(false, seen, nowTicks);
            }

            if (Interlocked.CompareExchange(ref _states[at], next, seen) == seen)
            {
                return rate.Describe(true, next, nowTicks);
            }
        }
    }

    private int Find(int set, long name)
    {
        for (int at = set * Ways; at < (set + 1) * Ways; at++)
        {
            if (Volatile.Read(ref _names[at]) == name)
            {
                return at;
            }
        }

        return -1;
    }

    private int Place(in BucketRate rate, int set, long name, long nowTicks)
    {
        SpinWait spin = default;
        while (Interlocked.CompareExchange(ref _guards[set], 1, 0) != 0)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        int at = Find(set, name);
        if (at < 0)
        {
            at = Fullest(rate, set, nowTicks);

            // First the state: who still holds the old name finds its word changed and looks again.
            Volatile.Write(ref _names[at], 0);
            Interlocked.Exchange(ref _states[at], rate.Full(nowTicks));
            Volatile.Write(ref _names[at], name);
        }

        Volatile.Write(ref _guards[set], 0);
        return at;
    }

    private int Fullest(in BucketRate rate, int set, long nowTicks)
    {
        int best = set * Ways;
        long least = long.MaxValue;
        for (int at = set * Ways; at < (set + 1) * Ways; at++)
        {
            long missing = Volatile.Read(ref _names[at]) == 0 ? -1 : rate.Missing(Volatile.Read(ref _states[at]), nowTicks);
            if (missing < least)
            {
                (best, least) = (at, missing);
            }
        }

        return best;
    }
}
