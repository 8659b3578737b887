namespace VoltageSoda.Edge.Model;

/// <summary>Response fields that <c>KONG_HEADERS</c> switches on.</summary>
[Flags]
public enum KongHeaders
{
    /// <summary>off.</summary>
    None = 0,

    /// <summary>Server.</summary>
    Server = 1,

    /// <summary>Via.</summary>
    Via = 2,

    /// <summary>X-Kong-Proxy-Latency.</summary>
    ProxyLatency = 4,

    /// <summary>X-Kong-Response-Latency.</summary>
    ResponseLatency = 8,

    /// <summary>X-Kong-Upstream-Latency.</summary>
    UpstreamLatency = 16,

    /// <summary>X-Kong-Admin-Latency.</summary>
    AdminLatency = 32,

    /// <summary>X-Kong-Upstream-Status.</summary>
    UpstreamStatus = 64,

    /// <summary>X-Kong-Request-Id.</summary>
    RequestId = 128,
}
