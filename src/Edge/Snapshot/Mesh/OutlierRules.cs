using System.Globalization;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What a block of <c>outlierDetection</c> means to the detector (<c>istio: cluster_traffic_policy.go</c>, applyOutlierDetection). Stateless.</summary>
internal static class OutlierRules
{
    // Envoy's max_ejection_time.
    private const long LongestEjection = 300_000;

    /// <summary>Null ejects nobody.</summary>
    /// <param name="settings">The block.</param>
    /// <param name="halfOpenProbes">Requests that decide about a returning endpoint where the block does not say.</param>
    public static OutlierRule? Of(OutlierSettings? settings, int halfOpenProbes = 0)
    {
        if (settings is null)
        {
            return null;
        }

        long baseTime = Milliseconds(settings.BaseEjectionTime, 30_000);
        return new OutlierRule(settings.HttpErrorCodes.SelectMany(Codes))
        {
            Consecutive5xx = settings.Consecutive5xxErrors ?? 5,

            // Where it is not written Envoy's own threshold is detected and not enforced.
            ConsecutiveGatewayFailure = settings.ConsecutiveGatewayErrors ?? 5,
            ConsecutiveLocalOriginFailure = settings.ConsecutiveLocalOriginFailures is > 0 and int local ? local : 5,
            SplitExternalLocalOrigin = settings.SplitExternalLocalOriginErrors,
            Interval = Math.Max(1, Milliseconds(settings.Interval, 10_000)),
            BaseEjectionTime = baseTime,
            MaxEjectionTime = Math.Max(baseTime, Milliseconds(settings.MaxEjectionTime, LongestEjection)),
            MaxEjectionPercent = settings.MaxEjectionPercent is > 0 and int percent ? percent : 10,
            EnforcingConsecutive5xx = settings.EnforcingConsecutive5xx ?? 100,
            EnforcingConsecutiveGatewayFailure = settings.EnforcingConsecutiveGatewayErrors ?? (settings.ConsecutiveGatewayErrors > 0 ? 100 : 0),
            EnforcingConsecutiveLocalOriginFailure = settings.EnforcingConsecutiveLocalOriginFailures ?? 100,
            EnforcingSuccessRate = settings.EnforcingSuccessRate ?? 0,
            EnforcingLocalOriginSuccessRate = settings.EnforcingLocalOriginSuccessRate ?? 0,
            SuccessRateMinimumHosts = settings.SuccessRateMinimumHosts ?? 5,
            SuccessRateRequestVolume = settings.SuccessRateRequestVolume ?? 100,
            SuccessRateFactor = settings.SuccessRateStdevFactor ?? 1.9,
            EnforcingFailurePercentage = settings.EnforcingFailurePercentage ?? 0,
            EnforcingLocalOriginFailurePercentage = settings.EnforcingFailurePercentageLocalOrigin ?? 0,
            FailurePercentageThreshold = settings.FailurePercentageThreshold ?? 85,
            FailurePercentageMinimumHosts = settings.FailurePercentageMinimumHosts ?? 5,
            FailurePercentageRequestVolume = settings.FailurePercentageRequestVolume ?? 50,
            HalfOpenProbes = settings.HalfOpenProbes ?? halfOpenProbes,
        };
    }

    private static long Milliseconds(TimeSpan? span, long otherwise) => span is { } value ? (long)value.TotalMilliseconds : otherwise;

    // 503, or a class such as 5xx.
    private static IEnumerable<int> Codes(string text) =>
        text.Length == 3 && text.EndsWith("xx", StringComparison.OrdinalIgnoreCase) && text[0] is >= '1' and <= '9'
            ? Enumerable.Range((text[0] - '0') * 100, 100)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int code) && code is >= 100 and <= 999 ? [code] : [];
}
