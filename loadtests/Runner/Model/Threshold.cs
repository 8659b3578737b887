using System.Globalization;
using VoltageSoda.Edge.LoadTests.Measuring;

namespace VoltageSoda.Edge.LoadTests.Model;

/// <summary>
/// A condition on a scenario's result, written <c>p95&lt;100ms</c>, <c>errors==0</c>, <c>rps&gt;=9900</c>. Metrics: <c>errors</c>,
/// <c>rps</c>, <c>mean</c>, <c>max</c> and <c>p</c> with any percentile; latencies take <c>us</c>, <c>ms</c> or <c>s</c>. Immutable.
/// </summary>
public sealed class Threshold
{
    private static readonly string[] Operators = ["<=", ">=", "==", "<", ">"];

    private readonly string _text;
    private readonly string _metric;
    private readonly string _operator;
    private readonly double _limit;
    private readonly double _percentile;

    private Threshold(string text, string metric, string comparison, double limit, double percentile) =>
        (_text, _metric, _operator, _limit, _percentile) = (text, metric, comparison, limit, percentile);

    /// <summary>Reads a condition; <see cref="FormatException"/> says what is wrong with it.</summary>
    public static Threshold Parse(string text)
    {
        string compact = text.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        string comparison = Operators.FirstOrDefault(candidate => compact.Contains(candidate, StringComparison.Ordinal))
            ?? throw new FormatException($"'{text}' compares nothing: write, for example, p95<100ms.");
        int at = compact.IndexOf(comparison, StringComparison.Ordinal);
        string metric = compact[..at];
        string limit = compact[(at + comparison.Length)..];
        double percentile = 0;
        bool isPercentile = metric.StartsWith('p')
            && double.TryParse(metric[1..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out percentile)
            && percentile is > 0 and <= 100;
        if (!isPercentile && metric is not ("errors" or "rps" or "mean" or "max"))
        {
            throw new FormatException($"'{metric}' is no metric: use errors, rps, mean, max or a percentile such as p99.9.");
        }

        bool isLatency = isPercentile || metric is "mean" or "max";
        double unit = 1;
        if (isLatency)
        {
            (limit, unit) =
                limit.EndsWith("us", StringComparison.Ordinal) ? (limit[..^2], 1_000d) :
                limit.EndsWith("ms", StringComparison.Ordinal) ? (limit[..^2], 1_000_000d) :
                limit.EndsWith('s') ? (limit[..^1], 1_000_000_000d) :
                throw new FormatException($"'{text}' needs a unit: us, ms or s.");
        }

        return double.TryParse(limit, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? new Threshold(text, isPercentile ? "percentile" : metric, comparison, value * unit, percentile)
            : throw new FormatException($"'{limit}' in '{text}' is no number.");
    }

    /// <summary>Compares the result with the limit.</summary>
    public ThresholdOutcome Check(ScenarioResult result)
    {
        double actual = _metric switch
        {
            "errors" => result.Errors,
            "rps" => result.RequestsPerSecond,
            "mean" => result.Latency.Mean,
            "max" => result.Latency.Max,
            _ => result.Latency.At(_percentile),
        };
        // Without a single success a latency limit would hold for want of anything slow.
        bool measured = _metric is "errors" or "rps" || result.Latency.Count > 0;
        bool holds = _operator switch
        {
            "<" => actual < _limit,
            "<=" => actual <= _limit,
            ">" => actual > _limit,
            ">=" => actual >= _limit,
            _ => actual == _limit,
        };
        string shown = _metric is "errors" or "rps"
            ? actual.ToString("0.##", CultureInfo.InvariantCulture)
            : $"{(actual / 1_000_000).ToString("0.###", CultureInfo.InvariantCulture)} ms";
        return new ThresholdOutcome(_text, shown, measured && holds);
    }

    /// <inheritdoc/>
    public override string ToString() => _text;
}
