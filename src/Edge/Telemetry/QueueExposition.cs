using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>The families of the queues that lead out of the process: every entry that came in is sent, dropped or waiting.</summary>
internal static class QueueExposition
{
    public static void Write(ExpositionWriter writer, IReadOnlyList<KeyValuePair<string, QueueCounters>> queues)
    {
        const string Entries = "vse_queue_entries_total";
        writer.Family(Entries, "counter", "Entries that left a queue, by what became of them");
        foreach ((string name, QueueCounters counters) in queues)
        {
            writer.Open(Entries, default).First("queue"u8, name).Next("result"u8, "sent").Close(counters.Sent);
            foreach (QueueDrop drop in Enum.GetValues<QueueDrop>())
            {
                writer.Open(Entries, default).First("queue"u8, name).Next("result"u8, Of(drop)).Close(counters.Dropped(drop));
            }
        }

        PerQueue(writer, queues, "vse_queue_failed_attempts_total", "counter", "Batches that could not be sent, each attempt counted", static c => c.FailedAttempts);
        PerQueue(writer, queues, "vse_queue_waiting_bytes", "gauge", "Bytes of the entries that wait in a queue", static c => c.WaitingBytes);
        PerQueue(writer, queues, "vse_queue_waiting_entries", "gauge", "Entries that wait in a queue, those being sent included", static c => c.Waiting);
    }

    private static void PerQueue(
        ExpositionWriter writer,
        IReadOnlyList<KeyValuePair<string, QueueCounters>> queues,
        string name,
        string type,
        string help,
        Func<QueueCounters, long> read)
    {
        writer.Family(name, type, help);
        foreach ((string queue, QueueCounters counters) in queues)
        {
            writer.Open(name, default).First("queue"u8, queue).Close(read(counters));
        }
    }

    private static string Of(QueueDrop drop) => drop switch
    {
        QueueDrop.Full => "dropped_full",
        QueueDrop.TooLarge => "dropped_too_large",
        QueueDrop.Undeliverable => "dropped_undeliverable",
        QueueDrop.Shutdown => "dropped_shutdown",
        _ => throw new ArgumentOutOfRangeException(nameof(drop)),
    };
}
