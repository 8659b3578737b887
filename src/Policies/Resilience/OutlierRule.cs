namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>
/// What sets an endpoint aside and for how long: Envoy's outlier detection (<c>source/common/upstream/outlier_detection_impl.cc</c>). The
/// values here are Envoy's defaults; a threshold of 0 never fires, an enforcing percentage of 0 only counts. Immutable, thread-safe.
/// </summary>
public sealed class OutlierRule
{
    private const int StatusLimit = 1000;

    private readonly ulong[]? _errors;

    /// <param name="errorCodes">Statuses that are errors in place of 500..599, 100..999; empty for those.</param>
    public OutlierRule(IEnumerable<int>? errorCodes = null)
    {
        int[] codes = [.. errorCodes ?? []];
        if (codes.Length == 0)
        {
            return;
        }

        _errors = new ulong[(StatusLimit + 63) / 64];
        foreach (int code in codes)
        {
            if (code is < 100 or >= StatusLimit)
            {
                throw new ArgumentOutOfRangeException(nameof(errorCodes), code, "A status is 100..999.");
            }

            _errors[code >> 6] |= 1UL << (code & 63);
        }
    }

    /// <summary>Errors in a row, 0..<see cref="OutlierRecord.MaxCount"/>; what is above never fires.</summary>
    public int Consecutive5xx { get; init; } = 5;

    /// <summary>502, 503 and 504 in a row.</summary>
    public int ConsecutiveGatewayFailure { get; init; } = 5;

    /// <summary>Failures on this side of the wire in a row; counted only with <see cref="SplitExternalLocalOrigin"/>.</summary>
    public int ConsecutiveLocalOriginFailure { get; init; } = 5;

    /// <summary>Whether failures on this side of the wire count apart from statuses; otherwise they count as 503 and 504.</summary>
    public bool SplitExternalLocalOrigin { get; init; }

    /// <summary>Milliseconds between ticks, at least 1: endpoints return and shares are compared then.</summary>
    public long Interval { get; init; } = 10_000;

    /// <summary>Milliseconds of a first ejection; the n-th in close succession lasts n times as long.</summary>
    public long BaseEjectionTime { get; init; } = 30_000;

    /// <summary>Longest ejection, milliseconds, at least <see cref="BaseEjectionTime"/>.</summary>
    public long MaxEjectionTime { get; init; } = 300_000;

    /// <summary>Up to so many milliseconds are added at random, so that what left together does not return together.</summary>
    public long MaxEjectionJitter { get; init; }

    /// <summary>Share of all endpoints that may be out at once, 0..100. A single endpoint above it is one too many.</summary>
    public double MaxEjectionPercent { get; init; } = 10;

    public double EnforcingConsecutive5xx { get; init; } = 100;

    public double EnforcingConsecutiveGatewayFailure { get; init; }

    public double EnforcingConsecutiveLocalOriginFailure { get; init; } = 100;

    /// <summary>Shares are not even measured while this and <see cref="EnforcingFailurePercentage"/> are 0.</summary>
    public double EnforcingSuccessRate { get; init; } = 100;

    /// <summary>
    /// The same for the share of attempts that were answered, whatever the answer; measured only with <see cref="SplitExternalLocalOrigin"/>.
    /// </summary>
    public double EnforcingLocalOriginSuccessRate { get; init; } = 100;

    /// <summary>Endpoints with enough requests that there must be before success rates are compared.</summary>
    public int SuccessRateMinimumHosts { get; init; } = 5;

    /// <summary>Requests in an interval from which on an endpoint's success rate means something.</summary>
    public int SuccessRateRequestVolume { get; init; } = 100;

    /// <summary>Standard deviations below the mean at which a success rate ejects.</summary>
    public double SuccessRateFactor { get; init; } = 1.9;

    public double EnforcingFailurePercentage { get; init; }

    /// <summary>The same for the share of attempts without an answer; measured only with <see cref="SplitExternalLocalOrigin"/>.</summary>
    public double EnforcingLocalOriginFailurePercentage { get; init; }

    /// <summary>Percentage of failures, 0..100, from which on an endpoint is ejected.</summary>
    public double FailurePercentageThreshold { get; init; } = 85;

    /// <summary>As <see cref="SuccessRateMinimumHosts"/>, for failure percentages.</summary>
    public int FailurePercentageMinimumHosts { get; init; } = 5;

    /// <summary>As <see cref="SuccessRateRequestVolume"/>, for failure percentages.</summary>
    public int FailurePercentageRequestVolume { get; init; } = 50;

    /// <summary>
    /// Requests that an endpoint gets after an ejection until it is judged: all of them must succeed, the first failure ejects it again. 0
    /// returns it to full traffic at once, as Envoy does.
    /// </summary>
    public int HalfOpenProbes { get; init; }

    /// <summary>Whether shares of good answers are measured at all.</summary>
    public bool MeasuresRates => EnforcingSuccessRate > 0 || EnforcingFailurePercentage > 0;

    /// <summary>Whether shares of attempts that got an answer are measured.</summary>
    public bool MeasuresLocalRates =>
        SplitExternalLocalOrigin && (EnforcingLocalOriginSuccessRate > 0 || EnforcingLocalOriginFailurePercentage > 0);

    /// <summary>Whether an answer with this status is an error.</summary>
    public bool IsError(int status) =>
        _errors is { } errors
            ? (uint)status < StatusLimit && (errors[status >> 6] & (1UL << (status & 63))) != 0
            : status is >= 500 and <= 599;

    /// <summary>Percentage of detections of a kind that eject.</summary>
    public double Enforcing(EjectionCause cause) => cause switch
    {
        EjectionCause.Consecutive5xx => EnforcingConsecutive5xx,
        EjectionCause.ConsecutiveGatewayFailure => EnforcingConsecutiveGatewayFailure,
        EjectionCause.ConsecutiveLocalOriginFailure => EnforcingConsecutiveLocalOriginFailure,
        EjectionCause.SuccessRate => EnforcingSuccessRate,
        EjectionCause.FailurePercentage => EnforcingFailurePercentage,
        EjectionCause.LocalOriginSuccessRate => EnforcingLocalOriginSuccessRate,
        EjectionCause.LocalOriginFailurePercentage => EnforcingLocalOriginFailurePercentage,
        _ => 100,
    };
}
