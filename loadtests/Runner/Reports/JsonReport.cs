using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>A run as JSON: description, percentiles in microseconds, errors by cause, the timeline, and the raw histograms.</summary>
internal static class JsonReport
{
    private static readonly double[] Percentiles = [50, 75, 90, 95, 99, 99.9, 99.99, 100];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(RunDescription description, IReadOnlyList<ScenarioResult> results, ProcessUsage? usage) =>
        new JsonObject
        {
            ["time"] = description.Time,
            ["command"] = description.Command,
            ["machine"] = description.Machine,
            ["commit"] = description.Commit,
            ["target"] = description.Target,
            ["passed"] = results.All(result => result.Passed),
            ["watchedProcess"] = usage is null ? null : new JsonObject
            {
                ["cpuSeconds"] = Math.Round(usage.CpuSeconds, 2),
                ["userSeconds"] = Math.Round(usage.UserSeconds, 2),
                ["rssKiB"] = usage.RssKiB,
                ["pssKiB"] = usage.PssKiB,
            },
            ["scenarios"] = new JsonArray([.. results.Select(Of)]),
        }.ToJsonString(Indented) + "\n";

    private static JsonNode Of(ScenarioResult result) => new JsonObject
    {
        ["name"] = result.Scenario.Name,
        ["purpose"] = result.Scenario.Purpose,
        ["model"] = result.Scenario.IsClosed ? "closed" : "open",
        ["connections"] = result.Scenario.Connections,
        ["seconds"] = Math.Round(result.Duration.TotalSeconds, 3),
        ["sent"] = result.Sent,
        ["successes"] = result.Successes,
        ["errors"] = result.Errors,
        ["reconnects"] = result.Reconnects,
        ["requestsPerSecond"] = Math.Round(result.RequestsPerSecond, 1),
        ["latencyMicroseconds"] = Latency(result.Latency),
        ["serviceTimeMicroseconds"] = Latency(result.ServiceTime),
        ["startDelayMicroseconds"] = Latency(result.StartDelay),
        ["steps"] = new JsonArray([.. result.Steps.Select(Of)]),
        ["thresholds"] = new JsonArray([.. result.Outcomes.Select(Of)]),
        ["timeline"] = new JsonArray([.. result.Timeline.Select(Of)]),
        ["histogram"] = result.Latency.Encode(),
        ["serviceTimeHistogram"] = result.ServiceTime.Encode(),
    };

    private static JsonNode Of(StepResult step)
    {
        var errors = new JsonObject();
        foreach (ResponseFault fault in Enum.GetValues<ResponseFault>())
        {
            if (fault != ResponseFault.None && step.Tally.CountOf(fault) > 0)
            {
                errors[fault.ToString()] = step.Tally.CountOf(fault);
            }
        }

        return new JsonObject
        {
            ["name"] = step.Name,
            ["successes"] = step.Tally.Successes,
            ["errors"] = errors,
            ["bytes"] = step.Tally.Bytes,
            ["latencyMicroseconds"] = Latency(step.Tally.Latency),
        };
    }

    private static JsonNode Of(ThresholdOutcome outcome) =>
        new JsonObject { ["threshold"] = outcome.Threshold, ["actual"] = outcome.Actual, ["passed"] = outcome.Passed };

    private static JsonNode Of(Window window) => new JsonObject
    {
        ["second"] = window.Second,
        ["successes"] = window.Latency.Count,
        ["errors"] = window.Errors,
        ["p50"] = Microseconds(window.Latency.At(50)),
        ["p95"] = Microseconds(window.Latency.At(95)),
        ["p99"] = Microseconds(window.Latency.At(99)),
        ["max"] = Microseconds(window.Latency.Max),
    };

    private static JsonObject Latency(LatencyHistogram histogram)
    {
        var percentiles = new JsonObject { ["mean"] = Microseconds(histogram.Mean) };
        foreach (double percentile in Percentiles)
        {
            percentiles["p" + Text.Number(percentile)] = Microseconds(histogram.At(percentile));
        }

        return percentiles;
    }

    private static double Microseconds(double nanoseconds) => Math.Round(nanoseconds / 1e3, 1);
}
