namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>What is known of the downstream connection that carries a request. A plain value, copied freely.</summary>
public readonly struct ConnectionFacts
{
    /// <summary>The address that connected to the listener (after PROXY protocol when the listener trusts it).</summary>
    public required ClientAddress PeerAddress { get; init; }

    /// <summary>Port of <see cref="PeerAddress"/>, 1..65535; 0 when it is not known.</summary>
    public int PeerPort { get; init; }

    /// <summary>True when the listener terminated TLS.</summary>
    public required bool IsTls { get; init; }

    /// <summary>Local port of the listener, 1..65535; 0 for a Unix-domain socket.</summary>
    public required int ListenerPort { get; init; }

    /// <summary>The TLS session that the listener terminated; null over plain TCP and where a foreign server terminated TLS.</summary>
    public TlsSession? Tls { get; init; }
}
