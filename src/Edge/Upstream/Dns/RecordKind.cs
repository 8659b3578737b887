namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>The record types that are asked for. CNAME is followed by the servers and needs no question of its own.</summary>
public enum RecordKind
{
    /// <summary>IPv4 addresses (RFC 1035).</summary>
    A,

    /// <summary>IPv6 addresses (RFC 3596).</summary>
    Aaaa,

    /// <summary>Service locations: host, port, priority and weight (RFC 2782).</summary>
    Srv,
}
