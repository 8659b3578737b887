namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>Why an endpoint is set aside; the order is that of the counters.</summary>
public enum EjectionCause : byte
{
    /// <summary>So many errors one after the other.</summary>
    Consecutive5xx,

    /// <summary>So many 502, 503 and 504 one after the other.</summary>
    ConsecutiveGatewayFailure,

    /// <summary>So many failures on this side of the wire one after the other, where they count apart.</summary>
    ConsecutiveLocalOriginFailure,

    /// <summary>Its share of successes lies far below that of the others.</summary>
    SuccessRate,

    /// <summary>Its share of failures is above a fixed limit.</summary>
    FailurePercentage,

    /// <summary>As <see cref="SuccessRate"/>, of attempts that got an answer at all.</summary>
    LocalOriginSuccessRate,

    /// <summary>As <see cref="FailurePercentage"/>, of attempts that got no answer.</summary>
    LocalOriginFailurePercentage,

    /// <summary>It failed a probe of its half-open breaker.</summary>
    FailedProbe,
}
