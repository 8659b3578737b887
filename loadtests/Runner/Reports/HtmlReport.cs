using System.Net;
using System.Text;
using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>A run as one HTML file that needs no other file and no network.</summary>
internal static class HtmlReport
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 860px; padding: 0 1em; color: #222 }
        table { border-collapse: collapse; margin: 1em 0; width: 100% } td, th { border-bottom: 1px solid #ddd; padding: .25em .6em; text-align: right }
        td:first-child, th:first-child { text-align: left } .ok { color: #2a7a3f } .bad { color: #b3261e; font-weight: 600 }
        svg { width: 100%; font: 11px system-ui, sans-serif; margin: .5em 0 } .g { stroke: #e4e4e4 } .t { font-size: 13px; font-weight: 600 }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em } dt { color: #666 } dd { margin: 0; overflow-wrap: anywhere }
        """;

    public static string Write(RunDescription description, IReadOnlyList<ScenarioResult> results, ProcessUsage? usage)
    {
        bool passed = results.All(result => result.Passed);
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Load run</title><style>").Append(Style)
            .Append("</style></head><body><h1>Load run</h1><p class='").Append(passed ? "ok'>All thresholds held." : "bad'>A threshold was missed.")
            .Append("</p><dl>");
        foreach ((string name, string value) in new[]
        {
            ("Time", description.Time), ("Target", description.Target), ("Command", description.Command),
            ("Machine", description.Machine), ("Commit", description.Commit),
        })
        {
            page.Append($"<dt>{name}</dt><dd>{Safe(value)}</dd>");
        }

        page.Append("</dl>");
        if (usage is not null)
        {
            page.Append($"<p>{Safe(ConsoleReport.Of(usage, results.Sum(result => result.Successes)))}</p>");
        }

        foreach (ScenarioResult result in results)
        {
            Write(page, result);
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Write(StringBuilder page, ScenarioResult result)
    {
        string name = result.Scenario.Name;
        page.Append($"<h2>{Safe(name)}</h2><p>{Safe(result.Scenario.Purpose)}</p>")
            .Append($"<p>{result.Successes} successes, <span class='{(result.Errors == 0 ? "ok" : "bad")}'>{result.Errors} errors</span> in ")
            .Append($"{Text.Number(result.Duration.TotalSeconds)} s: {Text.Number(result.RequestsPerSecond, "0")} per second over ")
            .Append($"{result.Scenario.Connections} connections, {(result.Scenario.IsClosed ? "closed" : "open")} model")
            .Append(result.Reconnects > 0 ? $", {result.Reconnects} reconnects.</p>" : ".</p>");
        page.Append("<table><tr><th>Latency</th><th>mean</th><th>P50</th><th>P75</th><th>P95</th><th>P99</th><th>P99.9</th><th>max</th></tr>");
        Row(page, "from the intended start", result.Latency);
        Row(page, "from the real start", result.ServiceTime);
        Row(page, "start delay", result.StartDelay);
        foreach (StepResult step in result.Steps)
        {
            Row(page, "step " + step.Name, step.Tally.Latency);
        }

        page.Append("</table>");
        Faults(page, result);
        Thresholds(page, result);
        page.Append(LatencyPlots.ByPercentile($"{name}: latency by percentile",
            [("intended start", result.Latency), ("real start", result.ServiceTime)]));
        page.Append(LatencyPlots.ByTime($"{name}: latency by time", result.Timeline));
    }

    private static void Row(StringBuilder page, string name, LatencyHistogram latency)
    {
        page.Append($"<tr><td>{Safe(name)}</td><td>{Text.Milliseconds(latency.Mean)}</td>");
        foreach (double percentile in (double[])[50, 75, 95, 99, 99.9, 100])
        {
            page.Append($"<td>{Text.Milliseconds(latency.At(percentile))}</td>");
        }

        page.Append("</tr>");
    }

    private static void Faults(StringBuilder page, ScenarioResult result)
    {
        foreach (StepResult step in result.Steps)
        {
            foreach (ResponseFault fault in Enum.GetValues<ResponseFault>())
            {
                if (fault != ResponseFault.None && step.Tally.CountOf(fault) > 0)
                {
                    page.Append($"<p class='bad'>{Safe(step.Name)}: {step.Tally.CountOf(fault)} x {fault}</p>");
                }
            }
        }
    }

    private static void Thresholds(StringBuilder page, ScenarioResult result)
    {
        foreach (ThresholdOutcome outcome in result.Outcomes)
        {
            page.Append($"<p class='{(outcome.Passed ? "ok" : "bad")}'>{Safe(outcome.Threshold)}: {Safe(outcome.Actual)}</p>");
        }
    }

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
