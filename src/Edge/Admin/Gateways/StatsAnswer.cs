using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshMetrics;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>The forms of <c>/stats</c> (<c>envoy: source/server/admin/stats_render.cc</c>). Stateless.</summary>
internal static class StatsAnswer
{
    private static readonly double[] Quantiles = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100];

    /// <summary>A line per number, sorted; histograms behind them.</summary>
    public static string Text(EnvoyStats stats, StatsQuery query)
    {
        StringBuilder text = new();
        foreach ((string name, long value) in Sorted(stats, query))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
        }

        foreach (EnvoyHistogram histogram in Sorted(stats.Histograms(), query))
        {
            if (histogram.Count == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{histogram.FullName}: No recorded values\n");
                continue;
            }

            // The first of a pair is of the interval since the last flush, which is never made.
            text.Append(CultureInfo.InvariantCulture, $"{histogram.FullName}:");
            foreach (double quantile in Quantiles)
            {
                text.Append(CultureInfo.InvariantCulture, $" P{quantile:0.#}(nan,{Quantile(histogram, quantile):0.###})");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The same as one JSON array.</summary>
    public static void Json(Utf8JsonWriter writer, EnvoyStats stats, StatsQuery query)
    {
        writer.WriteStartArray("stats"u8);
        foreach ((string name, long value) in Sorted(stats, query))
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, name);
            writer.WriteNumber("value"u8, value);
            writer.WriteEndObject();
        }

        EnvoyHistogram[] histograms = [.. Sorted(stats.Histograms(), query)];
        if (histograms.Length != 0)
        {
            Histograms(writer, histograms);
        }

        writer.WriteEndArray();
    }

    /// <summary>Families of <c>envoy_*</c>; yields after each series so that the caller can flush.</summary>
    public static IEnumerable<bool> Prometheus(IBufferWriter<byte> output, EnvoyStats stats, StatsQuery query)
    {
        IEnumerable<IGrouping<string, (string Family, string Labels, EnvoyStat Stat)>> families = stats.All()
            .Where(stat => query.Shows(in stat))
            .Select(static stat =>
            {
                (string family, string labels) = StatNames.Prometheus(stat.Scope, stat.Of, stat.Name);
                return (Family: family, Labels: labels, Stat: stat);
            })
            .GroupBy(static one => one.Family)
            .OrderBy(static group => group.Key, StringComparer.Ordinal);
        foreach (IGrouping<string, (string Family, string Labels, EnvoyStat Stat)> family in families)
        {
            bool isGauge = family.First().Stat.IsGauge;
            new ExpositionWriter(output).Family(family.Key, isGauge ? "gauge" : "counter", $"Envoy's {family.Key[6..]}");
            foreach ((_, string labels, EnvoyStat stat) in family)
            {
                if (labels.Length == 0)
                {
                    new ExpositionWriter(output).Sample(family.Key, stat.Value);
                }
                else
                {
                    new ExpositionWriter(output).Sample(family.Key, default, labels, null, stat.Value);
                }

                yield return true;
            }
        }

        foreach (IGrouping<string, EnvoyHistogram> family in stats.Histograms().Where(histogram => query.Shows(in histogram)).GroupBy(FamilyOf))
        {
            new ExpositionWriter(output).Family(family.Key, "histogram", $"Envoy's {family.Key[6..]}, in milliseconds");
            foreach (EnvoyHistogram histogram in family)
            {
                IstioExposition.HistogramSeries(
                    new ExpositionWriter(output), family.Key, StatNames.Prometheus(histogram.Scope, histogram.Of, histogram.Name).Labels, histogram.Slots);
                yield return true;
            }
        }
    }

    private static string FamilyOf(EnvoyHistogram histogram) => StatNames.Prometheus(histogram.Scope, histogram.Of, histogram.Name).Family;

    private static IEnumerable<(string Name, long Value)> Sorted(EnvoyStats stats, StatsQuery query) => stats.All()
        .Where(stat => query.Shows(in stat))
        .Select(static stat => (stat.FullName, stat.Value))
        .OrderBy(static stat => stat.FullName, StringComparer.Ordinal);

    private static IEnumerable<EnvoyHistogram> Sorted(IEnumerable<EnvoyHistogram> histograms, StatsQuery query) =>
        histograms.Where(histogram => query.Shows(in histogram)).OrderBy(static histogram => histogram.FullName, StringComparer.Ordinal);

    private static void Histograms(Utf8JsonWriter writer, IReadOnlyList<EnvoyHistogram> histograms)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("histograms"u8);
        writer.WriteStartArray("supported_quantiles"u8);
        foreach (double quantile in Quantiles)
        {
            writer.WriteNumberValue(quantile);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("computed_quantiles"u8);
        foreach (EnvoyHistogram histogram in histograms)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, histogram.FullName);
            writer.WriteStartArray("values"u8);
            foreach (double quantile in Quantiles)
            {
                writer.WriteStartObject();
                writer.WriteNull("interval"u8);
                if (histogram.Count == 0)
                {
                    writer.WriteNull("cumulative"u8);
                }
                else
                {
                    writer.WriteNumber("cumulative"u8, Quantile(histogram, quantile));
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // Values are taken to be spread evenly over their bucket.
    private static double Quantile(EnvoyHistogram histogram, double percent)
    {
        double wanted = histogram.Count * percent / 100;
        double below = 0;
        for (int i = 0; i < EnvoyBuckets.Count; i++)
        {
            long here = histogram.Slots[i];
            if (here != 0 && below + here >= wanted)
            {
                double from = i == 0 ? 0 : EnvoyBuckets.Values[i - 1];
                return from + ((EnvoyBuckets.Values[i] - from) * Math.Max(0, wanted - below) / here);
            }

            below += here;
        }

        return EnvoyBuckets.Values[^1];
    }
}
