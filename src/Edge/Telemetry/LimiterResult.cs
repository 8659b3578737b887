namespace VoltageSoda.Edge.Telemetry;

/// <summary>How a decision of a limiter on Redis came about: the <c>result</c> label of <c>edge_redis_limiter_total</c>. Values index counters.</summary>
public enum LimiterResult
{
    /// <summary>Redis let the request through.</summary>
    Allowed,

    /// <summary>Redis refused it.</summary>
    Refused,

    /// <summary>Let through by tokens that this process held.</summary>
    HeldAllowed,

    /// <summary>Refused by what this process knew of the window.</summary>
    HeldRefused,

    /// <summary>No answer within the budget.</summary>
    Timeout,

    /// <summary>Redis could not be reached or answered an error.</summary>
    Failed,

    /// <summary>Not asked: the circuit breaker is open.</summary>
    Open,

    /// <summary>Not asked: too many commands wait already.</summary>
    Busy,
}

/// <summary>What a limiter did that could not ask Redis and counts in this process: the label of <c>edge_redis_fallback_total</c>.</summary>
public enum FallbackResult
{
    /// <summary>Let through without counting (fault_tolerant).</summary>
    Passed,

    /// <summary>Let through and counted here.</summary>
    Allowed,

    /// <summary>Refused by the count of this process.</summary>
    Refused,

    /// <summary>Answered with 500 (fault_tolerant is off).</summary>
    Failed,
}
