namespace VoltageSoda.Edge.Telemetry;

/// <summary>What a downstream connection is doing, as nginx's stub status counts it. Values index counters.</summary>
public enum ConnectionPhase
{
    /// <summary>A request head is being received.</summary>
    Reading,

    /// <summary>A request is being served: its body, the upstream's answer or the response is on its way.</summary>
    Writing,

    /// <summary>Idle between requests, or open with no byte received yet.</summary>
    Waiting,
}
