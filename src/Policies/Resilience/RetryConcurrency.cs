using System.Diagnostics;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>
/// The retries of a cluster that are under way at once: a fixed number (<c>maxRetries</c>), or a share of its requests
/// (<c>retryBudget</c>). Exact under concurrency, lock-free.
/// </summary>
public sealed class RetryConcurrency
{
    private readonly Func<long> _requests;
    private Cell _cell;
    private Limits _limits;

    /// <param name="maximum">Retries at once; <see cref="int.MaxValue"/> for no limit.</param>
    /// <param name="requests">Requests of the cluster that are active or wait for a connection; asked where there is a budget.</param>
    public RetryConcurrency(int maximum, Func<long> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        _requests = requests;
        _limits = new Limits(maximum, 0, false);
    }

    /// <summary>Counters of the cluster's retries.</summary>
    public RetryStats Stats { get; } = new();

    /// <summary>Retries under way.</summary>
    public int Active => Volatile.Read(ref _cell.Count);

    /// <summary>How many may be under way now.</summary>
    public int Maximum
    {
        get
        {
            Limits limits = Volatile.Read(ref _limits);
            return limits.IsBudget ? (int)Math.Min(int.MaxValue, Math.Max(limits.Minimum, limits.Percent / 100 * _requests())) : limits.Minimum;
        }
    }

    /// <summary>Limits them to a number.</summary>
    public void SetMaximum(int maximum) => Volatile.Write(ref _limits, new Limits(maximum, 0, false));

    /// <summary>Limits them to a share of the cluster's requests, of which a number is always allowed.</summary>
    /// <param name="percent">0..100.</param>
    /// <param name="minimum">Always allowed, 0 or more.</param>
    public void SetBudget(double percent, int minimum) => Volatile.Write(ref _limits, new Limits(minimum, percent, true));

    /// <summary>Takes a place; false when all are taken.</summary>
    public bool TryBegin()
    {
        int seen = Volatile.Read(ref _cell.Count);
        while (seen < Maximum)
        {
            int found = Interlocked.CompareExchange(ref _cell.Count, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void End()
    {
        int left = Interlocked.Decrement(ref _cell.Count);
        Debug.Assert(left >= 0, "A place is given back once.");
    }

    private sealed record Limits(int Minimum, double Percent, bool IsBudget);

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Cell
    {
        [FieldOffset(64)]
        public int Count;
    }
}

/// <summary>What became of a cluster's retries. Thread-safe.</summary>
public sealed class RetryStats
{
    private long _begun;
    private long _succeeded;
    private long _overflowed;
    private long _limitExceeded;

    /// <summary>Retries made (<c>upstream_rq_retry</c>).</summary>
    public long Total => Interlocked.Read(ref _begun);

    /// <summary>Exchanges whose last try ended in something that is not tried again (<c>upstream_rq_retry_success</c>).</summary>
    public long Successes => Interlocked.Read(ref _succeeded);

    /// <summary>Retries refused because too many were under way (<c>upstream_rq_retry_overflow</c>).</summary>
    public long Overflows => Interlocked.Read(ref _overflowed);

    /// <summary>Retries not made because no try was left (<c>upstream_rq_retry_limit_exceeded</c>).</summary>
    public long LimitsExceeded => Interlocked.Read(ref _limitExceeded);

    internal void Begun() => Interlocked.Increment(ref _begun);

    internal void Succeeded() => Interlocked.Increment(ref _succeeded);

    internal void Overflowed() => Interlocked.Increment(ref _overflowed);

    internal void LimitExceeded() => Interlocked.Increment(ref _limitExceeded);
}
