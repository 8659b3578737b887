using System.Text;
using VoltageSoda.Edge.LoadTests.Reports;

namespace VoltageSoda.Edge.LoadTests.Comparing;

/// <summary>The rounds of a comparison as Markdown: one table per shape, medians, and ratios of the medians. Pure.</summary>
public static class ComparisonTable
{
    private static readonly string[] Bases = ["nginx", "haproxy", "yarp", "edge-bare"];

    /// <summary>The whole report; <paramref name="description"/> becomes the list at its top.</summary>
    public static string Markdown(IReadOnlyList<KeyValuePair<string, string>> description, IReadOnlyList<Measurement> measurements)
    {
        var page = new StringBuilder("# Comparison\n\n");
        foreach ((string name, string value) in description)
        {
            page.Append($"- {name}: {value}\n");
        }

        foreach (IGrouping<string, Measurement> shape in measurements.GroupBy(measurement => measurement.Shape))
        {
            Write(page, shape.Key, [.. shape.GroupBy(measurement => measurement.Proxy).Select(rounds => new Comparison(rounds))]);
        }

        return page.ToString();
    }

    /// <summary>The medians of every shape and proxy, with the ratios, for the JSON report.</summary>
    public static IEnumerable<(string Shape, Comparison Comparison, IReadOnlyDictionary<string, double> Ratios)> Medians(
        IReadOnlyList<Measurement> measurements)
    {
        foreach (IGrouping<string, Measurement> shape in measurements.GroupBy(measurement => measurement.Shape))
        {
            Comparison[] all = [.. shape.GroupBy(measurement => measurement.Proxy).Select(rounds => new Comparison(rounds))];
            foreach (Comparison comparison in all)
            {
                yield return (shape.Key, comparison, Ratios(all, comparison));
            }
        }
    }

    private static Dictionary<string, double> Ratios(Comparison[] all, Comparison comparison) =>
        Bases.Select(name => all.FirstOrDefault(other => other.Proxy == name)).OfType<Comparison>()
            .ToDictionary(other => other.Proxy, other => comparison.Cpu / other.Cpu);

    private static void Write(StringBuilder page, string shape, Comparison[] all)
    {
        string[] bases = [.. Bases.Where(name => all.Any(comparison => comparison.Proxy == name))];
        bool hasOpen = all.Any(comparison => comparison.OpenRate > 0);
        page.Append($"\n## {shape}\n\n| proxy | CPU µs/request (lowest–highest) | of it user |");
        page.Append(string.Concat(bases.Select(name => $" vs {name} |")));
        page.Append(" requests/s | p50 ms | p99 ms |");
        page.Append(hasOpen ? $" p50 ms, open {Text.Number(all.Max(comparison => comparison.OpenRate), "0")}/s | p99 ms, open |" : "");
        page.Append(" RSS MiB | PSS MiB | errors |\n|---|");
        page.Append(string.Concat(Enumerable.Repeat("---:|", 8 + bases.Length + (hasOpen ? 2 : 0)))).Append('\n');
        foreach (Comparison row in all)
        {
            Dictionary<string, double> ratios = Ratios(all, row);
            page.Append($"| {row.Proxy} | {Text.Number(row.Cpu, "0.0")} ({Text.Number(row.CpuLowest, "0.0")}–{Text.Number(row.CpuHighest, "0.0")}) ")
                .Append($"| {Text.Number(row.User, "0.0")} |")
                .Append(string.Concat(bases.Select(name => $" {Text.Number(ratios[name], "0.00")} |")))
                .Append($" {Text.Number(row.RequestsPerSecond, "0")} | {Ms(row.P50)} | {Ms(row.P99)} |")
                .Append(hasOpen ? $" {Ms(row.OpenP50)} | {Ms(row.OpenP99)} |" : "")
                .Append($" {Text.Number(row.RssMiB, "0")} | {Text.Number(row.PssMiB, "0")} | {row.Errors} |\n");
        }
    }

    private static string Ms(double microseconds) => Text.Number(microseconds / 1e3, microseconds < 1e4 ? "0.00" : "0.0");
}
