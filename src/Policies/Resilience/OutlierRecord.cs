using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>Where an endpoint stands with its <see cref="OutlierDetector"/>.</summary>
public enum OutlierState : byte
{
    /// <summary>In rotation.</summary>
    Healthy,

    /// <summary>Set aside for a time.</summary>
    Ejected,

    /// <summary>In rotation again since less than an interval, or on trial with a half-open breaker.</summary>
    Returning,
}

/// <summary>
/// What an <see cref="OutlierDetector"/> knows of one endpoint: failures in a row, the successes of the interval, and where it stands.
/// Thread-safe and lock-free; written by its detector only. A success after a success writes nothing unless shares are measured.
/// </summary>
public sealed class OutlierRecord
{
    /// <summary>Highest threshold of failures in a row.</summary>
    public const int MaxCount = (1 << CountBits) - 1;

    private const int CountBits = 21;

    private Counters _counters;
    private Standing _standing = Standing.Outside;
    private double _successRate = -1;

    /// <summary>Where it stands.</summary>
    public OutlierState State => Volatile.Read(ref _standing).State;

    /// <summary>Whether it may not be picked.</summary>
    public bool IsEjected => Volatile.Read(ref _standing).State == OutlierState.Ejected;

    /// <summary>How many times the base time the next ejection lasts, less one; falls by one with each quiet interval.</summary>
    public int Multiplier => Volatile.Read(ref _standing).Multiplier;

    /// <summary>Ejections since it became a member.</summary>
    public int Ejections => Volatile.Read(ref _standing).Ejections;

    /// <summary>When it is due to return, on the reports' clock; 0 unless it is ejected. It returns at the first tick from then on.</summary>
    public long ReturnDue => Volatile.Read(ref _standing) is { State: OutlierState.Ejected } ejected ? ejected.Since + ejected.Length : 0;

    /// <summary>Percentage of the last interval's requests that succeeded; -1 when there were too few, or shares are not measured.</summary>
    public double SuccessRate
    {
        get => Volatile.Read(ref _successRate);
        internal set => Volatile.Write(ref _successRate, value);
    }

    /// <summary>Lets a fixed number of requests through after an ejection, where the rule says so.</summary>
    public HalfOpenBreaker Breaker { get; } = new();

    /// <summary>Failures of a kind in a row, for status and tests; 0 for causes that are no rows.</summary>
    public int Count(EjectionCause cause) =>
        cause <= EjectionCause.ConsecutiveLocalOriginFailure
            ? (int)((Volatile.Read(ref _counters.Rows) >> ((int)cause * CountBits)) & MaxCount)
            : 0;

    internal Standing Current => Volatile.Read(ref _standing);

    /// <summary>Moves from one standing to the next; false when another thread was first.</summary>
    internal bool TryMove(Standing from, Standing to) =>
        // Not ==, which two standings with the same values pass: one that left and came again has those of before.
        ReferenceEquals(Interlocked.CompareExchange(ref _standing, to, from), from);

    /// <summary>Counts a request of the interval.</summary>
    internal void Measure(bool success) => Interlocked.Add(ref _counters.Rates, success ? (1UL << 32) | 1 : 1);

    /// <summary>Counts an attempt of the interval by whether it was answered.</summary>
    internal void MeasureLocal(bool answered) => Interlocked.Add(ref _counters.LocalRates, answered ? (1UL << 32) | 1 : 1);

    /// <summary>Closes the interval: its requests and how many of them succeeded.</summary>
    internal (uint Total, uint Successes) TakeRates() => Take(ref _counters.Rates);

    /// <summary>Closes the interval: its attempts and how many of them were answered.</summary>
    internal (uint Total, uint Successes) TakeLocalRates() => Take(ref _counters.LocalRates);

    private static (uint Total, uint Successes) Take(ref ulong rates)
    {
        ulong closed = Volatile.Read(ref rates) == 0 ? 0 : Interlocked.Exchange(ref rates, 0);
        return ((uint)closed, (uint)(closed >> 32));
    }

    /// <summary>Ends every row.</summary>
    internal void Clear()
    {
        if (Volatile.Read(ref _counters.Rows) != 0)
        {
            Volatile.Write(ref _counters.Rows, 0);
        }
    }

    /// <summary>
    /// Lengthens the rows in <paramref name="add"/>, ends those in <paramref name="end"/>, and tells which reached their thresholds; these
    /// begin anew. Of many threads exactly one sees a threshold reached.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Rows Advance(Rows add, Rows end, OutlierRule rule)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref _counters.Rows);
            ulong next = seen;
            Rows fired = Rows.None;
            Step(ref next, 0, rule.Consecutive5xx, add, end, ref fired);
            Step(ref next, 1, rule.ConsecutiveGatewayFailure, add, end, ref fired);
            Step(ref next, 2, rule.ConsecutiveLocalOriginFailure, add, end, ref fired);
            if (Interlocked.CompareExchange(ref _counters.Rows, next, seen) == seen)
            {
                return fired;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ref ulong word, int row, int threshold, Rows add, Rows end, ref Rows fired)
    {
        Rows mask = (Rows)(1 << row);
        int shift = row * CountBits;
        ulong counter = (ulong)MaxCount << shift;
        if ((end & mask) != 0)
        {
            word &= ~counter;
        }
        else if ((add & mask) != 0)
        {
            ulong count = (word & counter) >> shift;
            count += count < MaxCount ? 1u : 0;
            if (threshold > 0 && count >= (ulong)threshold)
            {
                fired |= mask;
                count = 0;
            }

            word = (word & ~counter) | (count << shift);
        }
    }

    /// <summary>Rows of failures; a bit each, in the order of their causes.</summary>
    [Flags]
    internal enum Rows : byte
    {
        None = 0,
        Error = 1,
        Gateway = 2,
        LocalOrigin = 4,
    }

    /// <summary>Replaced as a whole. Since is when it was ejected or returned; Length how long the ejection lasts.</summary>
    internal sealed record Standing(OutlierState State, bool IsMember, int Multiplier, int Ejections, long Since, long Length)
    {
        public static Standing Outside { get; } = new(OutlierState.Healthy, false, 0, 0, 0, 0);
    }

    // Written by every loop: a line of their own keeps them away from the standing, which every choice may read.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Counters
    {
        [FieldOffset(64)]
        public ulong Rows;

        [FieldOffset(72)]
        public ulong Rates;

        [FieldOffset(80)]
        public ulong LocalRates;
    }
}
