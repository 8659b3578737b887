using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Families of tracing. Zipkin's queues are counted by their names, several plugins with one collector together.</summary>
internal static class TraceExposition
{
    private const string Zipkin = "zipkin ";

    public static void Write(ExpositionWriter writer, TraceCounters counters, BatchQueues queues)
    {
        KeyValuePair<string, QueueCounters>[] rows =
            [.. queues.Read().Where(static row => row.Key.StartsWith(Zipkin, StringComparison.Ordinal))];
        writer.Family("vse_trace_contexts_malformed_total", "counter", "Requests whose trace context was malformed and ignored");
        writer.Sample("vse_trace_contexts_malformed_total", counters.Malformed);
        writer.Family("vse_trace_records_dropped_total", "counter", "Sampled exchanges and tries of which no span was made, by reason");
        writer.Open("vse_trace_records_dropped_total", default).First("reason"u8, "exhausted").Close(counters.Exhausted);
        writer.Open("vse_trace_records_dropped_total", default).First("reason"u8, "failure").Close(counters.Failures);
        writer.Open("vse_trace_records_dropped_total", default).First("reason"u8, "tries").Close(counters.TryOverflows);
        writer.Family("vse_trace_spans_dropped_total", "counter", "Spans that no collector took, by reason");
        foreach ((string name, QueueCounters row) in rows)
        {
            foreach (QueueDrop reason in Enum.GetValues<QueueDrop>())
            {
                writer.Open("vse_trace_spans_dropped_total", default)
                    .First("exporter"u8, "zipkin").Next("collector"u8, name[Zipkin.Length..]).Next("reason"u8, Label(reason)).Close(row.Dropped(reason));
            }
        }

        if (counters.Otlp is { } otlp)
        {
            writer.Open("vse_trace_spans_dropped_total", default)
                .First("exporter"u8, "otlp").Next("collector"u8, otlp.Collector).Next("reason"u8, "full").Close(otlp.DroppedFull);
            writer.Open("vse_trace_spans_dropped_total", default)
                .First("exporter"u8, "otlp").Next("collector"u8, otlp.Collector).Next("reason"u8, "undeliverable").Close(otlp.DroppedUndeliverable);
            writer.Open("vse_trace_spans_dropped_total", default)
                .First("exporter"u8, "otlp").Next("collector"u8, otlp.Collector).Next("reason"u8, "shutdown").Close(otlp.DroppedShutdown);
        }

        writer.Family("vse_trace_spans_sent_total", "counter", "Spans that a collector took");
        Each(writer, "vse_trace_spans_sent_total", rows, static row => row.Sent, counters.Otlp, static otlp => otlp.Sent);
        writer.Family("vse_trace_spans_waiting", "gauge", "Spans that wait to be sent");
        Each(writer, "vse_trace_spans_waiting", rows, static row => row.Waiting, counters.Otlp, static otlp => otlp.Length);
        writer.Family("vse_trace_tags_rejected_total", "counter", "Items of clients' tags fields that are no tag");
        writer.Sample("vse_trace_tags_rejected_total", counters.RejectedTags);
    }

    private static void Each(
        ExpositionWriter writer,
        string family,
        KeyValuePair<string, QueueCounters>[] rows,
        Func<QueueCounters, long> value,
        OtlpQueue? otlp,
        Func<OtlpQueue, long> otlpValue)
    {
        foreach ((string name, QueueCounters row) in rows)
        {
            writer.Open(family, default).First("exporter"u8, "zipkin").Next("collector"u8, name[Zipkin.Length..]).Close(value(row));
        }

        if (otlp is not null)
        {
            writer.Open(family, default).First("exporter"u8, "otlp").Next("collector"u8, otlp.Collector).Close(otlpValue(otlp));
        }
    }

    private static string Label(QueueDrop reason) => reason switch
    {
        QueueDrop.Full => "full",
        QueueDrop.TooLarge => "too_large",
        QueueDrop.Undeliverable => "undeliverable",
        _ => "shutdown",
    };
}
