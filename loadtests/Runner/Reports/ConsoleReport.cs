using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>The end of a run on the terminal: percentiles, errors by cause, thresholds.</summary>
internal static class ConsoleReport
{
    public static void Write(TextWriter output, ScenarioResult result)
    {
        output.WriteLine();
        output.WriteLine($"{result.Scenario.Name}: {result.Successes} ok, {result.Errors} errors in {Text.Number(result.Duration.TotalSeconds)} s "
            + $"= {Text.Number(result.RequestsPerSecond, "0")} /s over {result.Scenario.Connections} connections"
            + (result.Reconnects > 0 ? $", {result.Reconnects} reconnects" : ""));
        Line(output, result.Scenario.IsClosed ? "latency" : "from intended start", result.Latency);
        if (!result.Scenario.IsClosed)
        {
            Line(output, "from real start", result.ServiceTime);
            Line(output, "start delay", result.StartDelay);
        }

        foreach (StepResult step in result.Steps)
        {
            if (result.Steps.Count > 1)
            {
                Line(output, "step " + step.Name, step.Tally.Latency);
            }

            foreach (ResponseFault fault in Enum.GetValues<ResponseFault>())
            {
                if (fault != ResponseFault.None && step.Tally.CountOf(fault) > 0)
                {
                    output.WriteLine($"  {step.Name}: {step.Tally.CountOf(fault)} x {fault}");
                }
            }
        }

        foreach (ThresholdOutcome outcome in result.Outcomes)
        {
            output.WriteLine($"  {(outcome.Passed ? "ok  " : "FAIL")} {outcome.Threshold} (was {outcome.Actual})");
        }
    }

    /// <summary>One line of <c>key=value</c> for scripts: successes, errors, seconds, and percentiles in microseconds.</summary>
    public static void WriteForShell(TextWriter output, ScenarioResult result, ProcessUsage? usage) =>
        output.WriteLine($"scenario={result.Scenario.Name} requests={result.Successes} errors={result.Errors} "
            + $"seconds={Text.Number(result.Duration.TotalSeconds, "0.###")} rps={Text.Number(result.RequestsPerSecond, "0.#")} "
            + $"p50_us={Text.Number(result.Latency.At(50) / 1e3, "0.#")} p95_us={Text.Number(result.Latency.At(95) / 1e3, "0.#")} "
            + $"p99_us={Text.Number(result.Latency.At(99) / 1e3, "0.#")} max_us={Text.Number(result.Latency.Max / 1e3, "0.#")}"
            + (usage is null ? "" : $" cpu_s={Text.Number(usage.CpuSeconds)} user_s={Text.Number(usage.UserSeconds)} "
            + $"rss_kib={usage.RssKiB} pss_kib={usage.PssKiB}"));

    /// <summary>What the watched process used, per request.</summary>
    public static void Write(TextWriter output, ProcessUsage usage, long requests) => output.WriteLine("\n" + Of(usage, requests));

    /// <summary>The same as one sentence.</summary>
    public static string Of(ProcessUsage usage, long requests) =>
        $"Watched process: {Text.Number(usage.CpuSeconds)} s of CPU ({Text.Number(usage.UserSeconds)} s user)"
        + (requests > 0 ? $" = {Text.Number(usage.CpuSeconds * 1e6 / requests, "0.0")} µs per request" : "")
        + $", RSS {usage.RssKiB / 1024} MiB, PSS {usage.PssKiB / 1024} MiB.";

    private static void Line(TextWriter output, string name, LatencyHistogram latency) =>
        output.WriteLine($"  {name,-20} P50 {Text.Milliseconds(latency.At(50))}  P75 {Text.Milliseconds(latency.At(75))}  "
            + $"P95 {Text.Milliseconds(latency.At(95))}  P99 {Text.Milliseconds(latency.At(99))}  "
            + $"P99.9 {Text.Milliseconds(latency.At(99.9))}  max {Text.Milliseconds(latency.Max)}");
}
