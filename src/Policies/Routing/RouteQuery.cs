namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>What the router looks at besides header fields. Spans are borrowed for the call.</summary>
public readonly ref struct RouteQuery
{
    public required ReadOnlySpan<byte> Method { get; init; }

    /// <summary>The authority as received: host with optional port, IPv6 in brackets. May be empty.</summary>
    public required ReadOnlySpan<byte> Host { get; init; }

    /// <summary>The normalised path (Kong normalisation), beginning with a slash, without query.</summary>
    public required ReadOnlySpan<byte> Path { get; init; }

    /// <summary>True when the request came over TLS; only then SNI conditions are evaluated.</summary>
    public bool IsTls { get; init; }

    /// <summary>Server name of the TLS handshake; empty when none was sent.</summary>
    public ReadOnlySpan<byte> ServerName { get; init; }

    /// <summary>
    /// The port a <c>host:port</c> condition is compared with when the Host field carries none (80, or 443 over TLS, when 0).
    /// </summary>
    public int DefaultPort { get; init; }
}
