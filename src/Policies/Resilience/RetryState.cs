namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>Whether an exchange tries once more, and why not.</summary>
public enum RetryDecision : byte
{
    /// <summary>It does; a place among the cluster's retries is held until the next decision or the end.</summary>
    Retry,

    /// <summary>What happened is not to be tried again; the answer stands.</summary>
    NotRetriable,

    /// <summary>No try is left: flag URX.</summary>
    Exhausted,

    /// <summary>Too many retries of the cluster are under way: flag UO.</summary>
    Overflow,
}

/// <summary>
/// The retries of one exchange. Lives in the exchange and belongs to one thread; the limit it asks is shared. Between
/// <see cref="Begin"/> and <see cref="End"/> it may hold a place of the limit.
/// </summary>
public struct RetryState
{
    private RetryConcurrency? _held;
    private int _left;

    /// <summary>Retries decided so far.</summary>
    public int Count { get; private set; }

    /// <summary>Whether it tried again and has not heard the outcome.</summary>
    public readonly bool IsRetrying => _held is not null;

    /// <summary>A new exchange.</summary>
    public void Begin(RetryPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        End();
        _left = Math.Max(0, policy.Retries);
        Count = 0;
    }

    /// <summary>Decides after an attempt.</summary>
    /// <param name="isRetriable">What the conditions say, and whether the request can be sent once more at all.</param>
    /// <param name="limit">The cluster's retries.</param>
    public RetryDecision Decide(bool isRetriable, RetryConcurrency limit)
    {
        ArgumentNullException.ThrowIfNull(limit);
        if (_held is not null && !isRetriable)
        {
            limit.Stats.Succeeded();
        }

        End();
        if (!isRetriable)
        {
            return RetryDecision.NotRetriable;
        }

        if (_left == 0)
        {
            limit.Stats.LimitExceeded();
            return RetryDecision.Exhausted;
        }

        _left--;
        if (!limit.TryBegin())
        {
            limit.Stats.Overflowed();
            return RetryDecision.Overflow;
        }

        _held = limit;
        Count++;
        limit.Stats.Begun();
        return RetryDecision.Retry;
    }

    /// <summary>Gives back what it holds; the exchange is over, or its time is. May be called again.</summary>
    public void End()
    {
        _held?.End();
        _held = null;
    }
}
