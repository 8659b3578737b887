namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Takes finished records on the pump's thread. The record is borrowed until the call ends.</summary>
internal interface ISpanExporter
{
    /// <summary>Must neither block nor throw.</summary>
    void Export(SpanRecord record);
}
