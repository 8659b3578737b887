using System.Numerics;
using System.Security.Cryptography;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// Counters of one rate-limiting scope in this process (Kong policy local): fixed UTC windows per identifier. Thread-safe
/// and lock-free. Survives reloads; the rule comes with every call, so limits may change without losing counts.
/// </summary>
/// <remarks>
/// Memory is bounded by <see cref="LocalRateLimiterOptions.MaxEntries"/> whatever the number of identifiers: about 200 bytes each, identifiers over
/// <see cref="MaxKeyLength"/> bytes kept as their SHA-256. Up to that number counting is exact. Beyond it a new identifier takes the place of an expired
/// one, else of the one among a few that has used the least of its limits: a flood of new identifiers displaces other newcomers, not the clients
/// that are close to being refused. Buckets are arrays replaced as a whole, so that an identifier never has two sets of counters.
/// </remarks>
public sealed class LocalRateLimiter
{
    /// <summary>Longer identifiers are stored as a digest.</summary>
    public const int MaxKeyLength = 128;

    // Entries compared before one is displaced.
    private const int DisplacementSample = 8;

    private const int DisplacementAttempts = 4;

    // Buckets looked at to find them; at two entries a bucket, more than enough when the table is full.
    private const int DisplacementProbes = 64;

    private readonly WindowCounters[]?[] _buckets;
    private readonly SeededHash _hash;
    private readonly int _maxEntries;
    private int _count;
    private int _sweepHand;

    public LocalRateLimiter(LocalRateLimiterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxEntries, 64);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxEntries, 1 << 24);
        _maxEntries = options.MaxEntries;
        _buckets = new WindowCounters[BitOperations.RoundUpToPowerOf2((uint)options.MaxEntries) / 2][];
        Span<byte> seed = stackalloc byte[16];
        RandomNumberGenerator.Fill(seed);
        _hash = new SeededHash(BitConverter.ToUInt64(seed), BitConverter.ToUInt64(seed[8..]));
    }

    /// <summary>Identifiers remembered now; at most <see cref="LocalRateLimiterOptions.MaxEntries"/>, give or take one per calling thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Decides all windows of <paramref name="rule"/> together: a refused request consumes nothing. Never admits more than a
    /// limit in a window, whatever the number of threads.
    /// </summary>
    /// <param name="rule">The limits.</param>
    /// <param name="identifier">Who is counted: consumer id, address text, ... Compared exactly.</param>
    /// <param name="nowUnixMilliseconds">The time now.</param>
    public RateLimitVerdict Check(RateLimitRule rule, scoped ReadOnlySpan<byte> identifier, long nowUnixMilliseconds)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Span<byte> digest = stackalloc byte[1 + SHA256.HashSizeInBytes];
        if (identifier.Length > MaxKeyLength)
        {
            digest[0] = 0xFF; // No UTF-8 text begins with this byte: a digest is never mistaken for a short identifier.
            SHA256.HashData(identifier, digest[1..]);
            identifier = digest;
        }

        PeriodValues limits = rule.ToLimits();
        ulong hash = _hash.Compute(identifier);
        while (true)
        {
            WindowCounters counters = FindOrAdd(identifier, hash, limits, nowUnixMilliseconds);
            if (counters.TryDecide(limits, nowUnixMilliseconds, out RateLimitVerdict verdict))
            {
                return verdict;
            }

            Drop(counters, hash);
        }
    }

    /// <summary>
    /// Forgets identifiers whose windows are all over, in the next <paramref name="buckets"/> buckets of the table. Called now and then by a control
    /// loop so that memory returns after a flood; correctness does not depend on it. Returns how many were forgotten.
    /// </summary>
    public int RemoveIdle(long nowUnixMilliseconds, int buckets)
    {
        int removed = 0;
        for (int i = 0; i < buckets; i++)
        {
            int index = Interlocked.Increment(ref _sweepHand) & (_buckets.Length - 1);
            foreach (WindowCounters counters in Volatile.Read(ref _buckets[index]) ?? [])
            {
                if (counters.TryExpire(nowUnixMilliseconds) && Remove(counters, index))
                {
                    removed++;
                }
            }
        }

        return removed;
    }

    private WindowCounters FindOrAdd(ReadOnlySpan<byte> identifier, ulong hash, in PeriodValues limits, long now)
    {
        int index = IndexOf(hash);
        uint tag = (uint)hash;
        WindowCounters[]? bucket = Volatile.Read(ref _buckets[index]);
        return Find(bucket, identifier, tag) ?? Add(identifier, index, tag, limits, now);
    }

    private WindowCounters Add(ReadOnlySpan<byte> identifier, int index, uint tag, in PeriodValues limits, long now)
    {
        // Another thread may count the same removal as its own, so a surplus is worked off by whoever comes next.
        Interlocked.Increment(ref _count);
        for (int attempt = 0; attempt < DisplacementAttempts && Count > _maxEntries; attempt++)
        {
            Displace(index, limits, now);
        }

        WindowCounters added = new(tag, identifier.ToArray());
        while (true)
        {
            WindowCounters[]? bucket = Volatile.Read(ref _buckets[index]);
            if (Find(bucket, identifier, tag) is { } other)
            {
                Interlocked.Decrement(ref _count);
                return other;
            }

            WindowCounters[] grown = bucket is null ? [added] : [.. bucket, added];
            if (Interlocked.CompareExchange(ref _buckets[index], grown, bucket) == bucket)
            {
                return added;
            }
        }
    }

    private static WindowCounters? Find(WindowCounters[]? bucket, ReadOnlySpan<byte> identifier, uint tag)
    {
        if (bucket is not null)
        {
            foreach (WindowCounters counters in bucket)
            {
                if (counters.Tag == tag && identifier.SequenceEqual(counters.Key))
                {
                    return counters;
                }
            }
        }

        return null;
    }

    // Frees one place, starting near the bucket that needs it.
    private void Displace(int start, in PeriodValues limits, long now)
    {
        WindowCounters? victim = null;
        int victimIndex = 0;
        int least = int.MaxValue;
        int seen = 0;
        for (int probe = 0; probe < DisplacementProbes && seen < DisplacementSample; probe++)
        {
            int index = (start + probe) & (_buckets.Length - 1);
            WindowCounters[]? bucket = Volatile.Read(ref _buckets[index]);
            if (bucket is null)
            {
                continue;
            }

            foreach (WindowCounters counters in bucket)
            {
                seen++;
                if (counters.TryExpire(now))
                {
                    if (Remove(counters, index))
                    {
                        return;
                    }

                    continue;
                }

                int fullness = counters.Fullness(limits, now);
                if (fullness < least)
                {
                    (victim, victimIndex, least) = (counters, index, fullness);
                }
            }
        }

        if (victim is not null && victim.TryKill())
        {
            Remove(victim, victimIndex);
        }
    }

    private void Drop(WindowCounters counters, ulong hash) => Remove(counters, IndexOf(hash));

    // Takes dead counters out of their bucket; true for the one caller that did it.
    private bool Remove(WindowCounters counters, int index)
    {
        while (true)
        {
            WindowCounters[]? bucket = Volatile.Read(ref _buckets[index]);
            int at = bucket is null ? -1 : Array.IndexOf(bucket, counters);
            if (bucket is null || at < 0)
            {
                return false;
            }

            WindowCounters[]? shrunk = null;
            if (bucket.Length > 1)
            {
                shrunk = new WindowCounters[bucket.Length - 1];
                bucket.AsSpan(0, at).CopyTo(shrunk);
                bucket.AsSpan(at + 1).CopyTo(shrunk.AsSpan(at));
            }

            if (Interlocked.CompareExchange(ref _buckets[index], shrunk, bucket) == bucket)
            {
                Interlocked.Decrement(ref _count);
                return true;
            }
        }
    }

    private int IndexOf(ulong hash) => (int)(hash >> 32) & (_buckets.Length - 1);
}

/// <summary>Memory bound of a <see cref="LocalRateLimiter"/>.</summary>
public sealed record LocalRateLimiterOptions
{
    /// <summary>Memory of one identifier at most, with a key of <see cref="LocalRateLimiter.MaxKeyLength"/> bytes and its share of the table.</summary>
    public const int BytesPerEntry = 320;

    /// <summary>As many identifiers as fit into a budget.</summary>
    public static LocalRateLimiterOptions Within(long bytes) => new() { MaxEntries = (int)Math.Clamp(bytes / BytesPerEntry, 64, 1 << 24) };

    /// <summary>Distinct identifiers remembered at once, 64..16 777 216.</summary>
    public int MaxEntries { get; init; } = 65_536;
}
