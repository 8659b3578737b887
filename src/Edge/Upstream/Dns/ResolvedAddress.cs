using System.Net;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>One address of a name.</summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="Port">From the SRV record; for other records, and for an SRV port of 0, the watch's default port.</param>
/// <param name="Weight">From the SRV record, at least 1; null where the record gives none and the configured weight holds.</param>
/// <param name="Priority">From the SRV record; 0 elsewhere. Only the best (lowest) priority of a name is ever reported.</param>
public readonly record struct ResolvedAddress(IPAddress Address, int Port, int? Weight, int Priority)
{
    /// <summary>Host that the SRV record names; null where there is none.</summary>
    public string? ServiceHost { get; init; }
}
