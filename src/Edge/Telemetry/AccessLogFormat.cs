namespace VoltageSoda.Edge.Telemetry;

/// <summary>Shape of an access log line.</summary>
public enum AccessLogFormat
{
    /// <summary>nginx's <c>combined</c>, which is what Kong writes.</summary>
    Combined,

    /// <summary>One JSON object per line, with route, upstream and latencies as well.</summary>
    Json,
}
