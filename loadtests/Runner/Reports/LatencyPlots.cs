using VoltageSoda.Edge.LoadTests.Measuring;

namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>
/// The two pictures of a run: latency by percentile, on an axis that gives each further nine the same room, and latency by time, where a
/// stall shows as a peak. Both have a logarithmic latency axis.
/// </summary>
internal static class LatencyPlots
{
    private const double Nines = 5;

    /// <summary>Latency by percentile; one line per histogram.</summary>
    public static string ByPercentile(string title, IReadOnlyList<(string Name, LatencyHistogram Histogram)> series)
    {
        var plot = new Plot(title);
        LogAxis axis = LogAxis.Over(series.SelectMany(line => new double[] { line.Histogram.At(1), line.Histogram.Max }));
        axis.Mark(plot);
        foreach (double percentile in (double[])[0, 90, 99, 99.9, 99.99, 99.999])
        {
            plot.MarkX(Across(percentile), Text.Number(percentile, "0.###") + " %");
        }

        foreach ((string name, LatencyHistogram histogram) in series)
        {
            plot.Line(name, PointsOf(histogram, axis));
        }

        return plot.ToString();
    }

    /// <summary>Latency by second: median, P95, P99 and maximum.</summary>
    public static string ByTime(string title, IReadOnlyList<Window> timeline)
    {
        var plot = new Plot(title);
        Window[] seconds = [.. timeline.Where(window => window.Latency.Count > 0)];
        LogAxis axis = LogAxis.Over(seconds.SelectMany(window => new double[] { window.Latency.At(50), window.Latency.Max }));
        axis.Mark(plot);
        int last = Math.Max(seconds.Length == 0 ? 1 : seconds[^1].Second, 1);
        for (int i = 0; i <= 6; i++)
        {
            plot.MarkX(i / 6d, Text.Number(last * i / 6d, "0.#") + " s");
        }

        foreach ((string name, double percentile) in ((string, double)[])[("P50", 50), ("P95", 95), ("P99", 99), ("max", 100)])
        {
            plot.Line(name, seconds.Select(window => ((double)window.Second / last, axis.Position(window.Latency.At(percentile)))));
        }

        return plot.ToString();
    }

    private static IEnumerable<(double X, double Y)> PointsOf(LatencyHistogram histogram, LogAxis axis)
    {
        long total = histogram.Count;
        long seen = 0;
        double lastX = -1;
        foreach ((long nanoseconds, long count) in histogram.Values())
        {
            seen += count;
            double x = Across(100d * seen / total);
            // Closer points than the eye can tell apart would only make the file large.
            if (x - lastX >= 0.001 || seen == total)
            {
                lastX = x;
                yield return (x, axis.Position(nanoseconds));
            }
        }
    }

    /// <summary>0 % at the left; 90, 99, 99.9, ... at equal distances after it.</summary>
    private static double Across(double percentile) => percentile >= 100 ? 1 : Math.Min(-Math.Log10(1 - (percentile / 100)) / Nines, 1);
}
