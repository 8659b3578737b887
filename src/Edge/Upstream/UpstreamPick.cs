namespace VoltageSoda.Edge.Upstream;

/// <summary>The endpoint chosen for an attempt, or none.</summary>
/// <param name="Endpoint">The endpoint; null when none is available.</param>
/// <param name="Ticket">What the report of the attempt carries, so that a half-open breaker knows its probes.</param>
internal readonly record struct UpstreamPick(UpstreamEndpoint? Endpoint, uint Ticket);
