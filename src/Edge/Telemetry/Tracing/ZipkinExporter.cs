using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Puts the spans of a record into the queue of its plugin, one entry each, as Kong does. Pump thread only.</summary>
internal sealed class ZipkinExporter(string nodeId) : ISpanExporter, IDisposable
{
    private readonly ZipkinSpanWriter _writer = new(nodeId);
    private readonly EntryShelf _shelf = new();

    public void Dispose() => _writer.Dispose();

    public void Export(SpanRecord record)
    {
        if (record.Target.Zipkin is { } queue)
        {
            _writer.Write(record, _shelf.Rent, queue.Enqueue);
        }
    }
}
