using System.Buffers;

namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>Istio's families, by its names, labels and buckets, where a Gateway is served. Any thread.</summary>
internal static class IstioExposition
{
    private static readonly (MeshMetric Metric, string Name, string Help)[] Histograms =
    [
        (MeshMetric.Duration, "istio_request_duration_milliseconds", "Time from the first byte of a request to the last of its answer"),
        (MeshMetric.RequestBytes, "istio_request_bytes", "Bytes of requests, heads included"),
        (MeshMetric.ResponseBytes, "istio_response_bytes", "Bytes of answers, heads included"),
    ];

    /// <summary>Writes the families; yields after each piece so that the caller can flush.</summary>
    public static IEnumerable<bool> Blocks(IBufferWriter<byte> output, MeshSeries series, string version)
    {
        if (!series.IsServed)
        {
            yield break;
        }

        new ExpositionWriter(output).Family("istio_build", "gauge", "Always 1: what serves as Istio's proxy");
        new ExpositionWriter(output).Open("istio_build", default).First("component"u8, "proxy").Next("tag"u8, version).Close(1);
        yield return true;
        foreach (bool block in Counters(output, series))
        {
            yield return block;
        }

        foreach ((MeshMetric metric, string name, string help) in Histograms)
        {
            foreach (bool block in Histogram(output, series, metric, name, help))
            {
                yield return block;
            }
        }
    }

    private static IEnumerable<bool> Counters(IBufferWriter<byte> output, MeshSeries series)
    {
        const string Name = "istio_requests_total";
        bool first = true;
        foreach ((string labels, long[] row) in Merged(series, MeshMetric.Requests))
        {
            if (first)
            {
                first = false;
                new ExpositionWriter(output).Family(Name, "counter", "Requests that Gateway listeners answered, or could not");
            }

            new ExpositionWriter(output).Sample(Name, default, labels, default, row[0]);
            yield return true;
        }
    }

    private static IEnumerable<bool> Histogram(IBufferWriter<byte> output, MeshSeries series, MeshMetric metric, string name, string help)
    {
        bool first = true;
        foreach ((string labels, long[] row) in Merged(series, metric))
        {
            if (first)
            {
                first = false;
                new ExpositionWriter(output).Family(name, "histogram", help);
            }

            HistogramSeries(new ExpositionWriter(output), name, labels, row);
            yield return true;
        }
    }

    /// <summary>One series of a histogram with Envoy's buckets.</summary>
    internal static void HistogramSeries(ExpositionWriter writer, string name, string labels, ReadOnlySpan<long> row)
    {
        long count = 0;
        for (int i = 0; i < EnvoyBuckets.Names.Length; i++)
        {
            count += row[i];
            writer.Sample(name, "_bucket"u8, labels, EnvoyBuckets.Names[i], count);
        }

        writer.Sample(name, "_sum"u8, labels, default, row[EnvoyBuckets.Sum]);
        writer.Sample(name, "_count"u8, labels, default, count);
    }

    // What a reload left with the same labels is one series.
    private static SortedDictionary<string, long[]> Merged(MeshSeries series, MeshMetric metric)
    {
        SortedDictionary<string, long[]> merged = new(StringComparer.Ordinal);
        SourceLabels source = series.Source;
        foreach (((long facts, long tags), long[] row) in series.Read(metric))
        {
            string labels = Labels(series, source, facts, tags);
            if (merged.TryGetValue(labels, out long[]? known))
            {
                for (int i = 0; i < row.Length; i++)
                {
                    known[i] += row[i];
                }
            }
            else
            {
                merged.Add(labels, row);
            }
        }

        return merged;
    }

    private static string Labels(MeshSeries series, SourceLabels source, long facts, long tags)
    {
        MetricShape shape = series.Shape((int)(tags >> MetricShape.ValueBits));
        DestinationLabels destination = series.Destination(MeshSeriesKey.Destination(facts));
        List<(string Name, string Value)> labels = new(MeshLabels.Names.Length + shape.Tags.Count);
        for (int i = 0; i < MeshLabels.Names.Length; i++)
        {
            if (!shape.Removed.Contains(i))
            {
                labels.Add((MeshLabels.Names[i], MeshLabels.Value(i, source, destination, facts)));
            }
        }

        for (int i = 0; i < shape.Tags.Count; i++)
        {
            MetricTag tag = shape.Tags[i];
            labels.Add((tag.Name, tag.Fixed
                ?? (tag.Copies >= 0 ? MeshLabels.Value(tag.Copies, source, destination, facts)
                    : shape.Values[i]!.NameOf((int)(tags >> (i * TagValues.Bits)) & ((1 << TagValues.Bits) - 1)))));
        }

        return ExpositionWriter.LabelText(labels);
    }
}
