namespace VoltageSoda.Edge.Telemetry;

/// <summary>When an upstream connection broke: the <c>when</c> label of <c>edge_upstream_reset_total</c>. Values index counters.</summary>
public enum UpstreamResetStage
{
    /// <summary>While connecting (refused, unreachable, timed out).</summary>
    Connect,

    /// <summary>Idle in the pool.</summary>
    Idle,

    /// <summary>On a reused connection before any response byte.</summary>
    Reused,

    /// <summary>While the request was being sent.</summary>
    Request,

    /// <summary>After the request, before the response head was complete.</summary>
    Head,

    /// <summary>Inside the response body.</summary>
    Body,
}
