namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>
/// When an endpoint is set aside. Null is Istio's default for a block that is present. The members of the second half are not in Istio's API;
/// they are those of Envoy's detector, for documents that ask for them.
/// </summary>
public sealed record OutlierSettings
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Errors in a row; null is 5, 0 is off.</summary>
    public int? Consecutive5xxErrors { get; init; }

    /// <summary>502, 503 or 504 in a row; null and 0 are off.</summary>
    public int? ConsecutiveGatewayErrors { get; init; }

    /// <summary>Failures without an answer in a row, with <see cref="SplitExternalLocalOriginErrors"/>; null is 5.</summary>
    public int? ConsecutiveLocalOriginFailures { get; init; }

    /// <summary>Count failures without an answer apart.</summary>
    public bool SplitExternalLocalOriginErrors { get; init; }

    /// <summary>Time between looks; null is 10 s.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Base of the time set aside; null is 30 s.</summary>
    public TimeSpan? BaseEjectionTime { get; init; }

    /// <summary>Largest share set aside; null and 0 are 10.</summary>
    public int? MaxEjectionPercent { get; init; }

    /// <summary>Below this share of healthy endpoints all are used; null is 0, never.</summary>
    public int? MinHealthPercent { get; init; }

    /// <summary>Statuses or classes (<c>503</c>, <c>5xx</c>) that count as errors instead of 5xx; empty is 5xx.</summary>
    public IReadOnlyList<string> HttpErrorCodes { get; init; } = [];

    /// <summary>Longest time set aside; null is the larger of 300 s and the base.</summary>
    public TimeSpan? MaxEjectionTime { get; init; }

    /// <summary>Percent of detected errors in a row that eject; null is 100.</summary>
    public int? EnforcingConsecutive5xx { get; init; }

    /// <summary>Percent of detected gateway errors that eject; null is 100 when a count is set.</summary>
    public int? EnforcingConsecutiveGatewayErrors { get; init; }

    /// <summary>Percent of detected local failures that eject; null is 100.</summary>
    public int? EnforcingConsecutiveLocalOriginFailures { get; init; }

    /// <summary>Percent of detected bad success rates that eject; null is 0, as Istio sets it.</summary>
    public int? EnforcingSuccessRate { get; init; }

    /// <summary>Percent of detected bad local success rates that eject; null is 0.</summary>
    public int? EnforcingLocalOriginSuccessRate { get; init; }

    /// <summary>Endpoints with enough requests that are needed for a comparison; null is 5.</summary>
    public int? SuccessRateMinimumHosts { get; init; }

    /// <summary>Requests in an interval that make an endpoint comparable; null is 100.</summary>
    public int? SuccessRateRequestVolume { get; init; }

    /// <summary>Standard deviations below the mean; null is 1.9.</summary>
    public double? SuccessRateStdevFactor { get; init; }

    /// <summary>Percent of detected failure shares that eject; null is 0.</summary>
    public int? EnforcingFailurePercentage { get; init; }

    /// <summary>Percent of detected local failure shares that eject; null is 0.</summary>
    public int? EnforcingFailurePercentageLocalOrigin { get; init; }

    /// <summary>Percent of failures that is too much; null is 85.</summary>
    public int? FailurePercentageThreshold { get; init; }

    /// <summary>Endpoints with enough requests that are needed; null is 5.</summary>
    public int? FailurePercentageMinimumHosts { get; init; }

    /// <summary>Requests in an interval that are needed; null is 50.</summary>
    public int? FailurePercentageRequestVolume { get; init; }

    /// <summary>
    /// Opt-in, ours alone (<c>halfOpenProbes</c>): requests that a returning endpoint gets before it counts as healthy; null or 0 lets it back
    /// at once, as Envoy.
    /// </summary>
    public int? HalfOpenProbes { get; init; }
}
