namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// Every setting of the process, typed, with where each came from: command line, then <c>EDGE_*</c>, <c>KONG_*</c> and <c>OTEL_*</c>, then files,
/// then the default. Immutable, thread-safe; read values when a snapshot is compiled, not per request.
/// </summary>
public sealed partial class EdgeSettings
{
}
