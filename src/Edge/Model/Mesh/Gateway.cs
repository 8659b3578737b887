namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>An Istio Gateway (<c>networking/v1alpha3/gateway.proto</c>). Immutable.</summary>
public sealed record Gateway : MeshObject
{
    /// <summary>Labels of the proxies that serve it; empty is every proxy.</summary>
    public LabelSet Selector { get; init; } = LabelSet.Empty;

    /// <summary>Servers in the order of the document.</summary>
    public IReadOnlyList<GatewayServer> Servers { get; init; } = [];
}

/// <summary>One port of a Gateway with its hosts.</summary>
public sealed record GatewayServer
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Its optional name.</summary>
    public string? Name { get; init; }

    /// <summary>Port clients address, before <c>EDGE_GATEWAY_PORT_MAP</c>; 1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>Name of the port.</summary>
    public required string PortName { get; init; }

    /// <summary>Protocol of the port; a plaintext protocol of the HTTP family with TLS has been read as <see cref="GatewayProtocol.Https"/>.</summary>
    public required GatewayProtocol Protocol { get; init; }

    /// <summary>Only HTTP/2 may be negotiated: GRPC or HTTP2 that was read as HTTPS.</summary>
    public bool Http2Only { get; init; }

    /// <summary>Where the port stands.</summary>
    public required SourceSpan PortSpan { get; init; }

    /// <summary>Address to bind to instead of every one; null when not written.</summary>
    public string? Bind { get; init; }

    /// <summary>Hosts, at least one.</summary>
    public IReadOnlyList<GatewayHost> Hosts { get; init; } = [];

    /// <summary>TLS; null when not written.</summary>
    public GatewayTls? Tls { get; init; }
}

/// <summary>A host of a server: <c>ns/host</c>, <c>./host</c>, <c>*/host</c> or <c>host</c>.</summary>
/// <param name="Namespace">Namespace whose virtual services may bind to it; null for any.</param>
/// <param name="Host">Lower-case name, <c>*.suffix</c> or <c>*</c>.</param>
/// <param name="Span">Where.</param>
public sealed record GatewayHost(string? Namespace, string Host, SourceSpan Span);

/// <summary>Protocols of a Gateway port (<c>pkg/config/protocol/instance.go</c>).</summary>
public enum GatewayProtocol
{
    /// <summary>Plaintext HTTP.</summary>
    Http,

    /// <summary>Plaintext HTTP/2.</summary>
    Http2,

    /// <summary>gRPC without TLS.</summary>
    Grpc,

    /// <summary>gRPC-Web without TLS.</summary>
    GrpcWeb,

    /// <summary>HTTP with TLS terminated here.</summary>
    Https,

    /// <summary>TLS of any content.</summary>
    Tls,

    /// <summary>Bytes (TCP, MONGO, REDIS, MYSQL).</summary>
    Tcp,
}

/// <summary>TLS of a Gateway server.</summary>
public sealed record GatewayTls
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Answer plain requests with 301 to https.</summary>
    public bool HttpsRedirect { get; init; }

    /// <summary>What is done with the handshake.</summary>
    public GatewayTlsMode Mode { get; init; }

    /// <summary>Name of the secret with certificate and key.</summary>
    public string? CredentialName { get; init; }

    /// <summary>File of the certificate chain.</summary>
    public string? ServerCertificate { get; init; }

    /// <summary>File of its key.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>File of the roots for clients' certificates.</summary>
    public string? CaCertificates { get; init; }

    /// <summary>File of revoked clients' certificates.</summary>
    public string? CaCrl { get; init; }

    /// <summary>Names that a client's certificate may have; empty is any.</summary>
    public IReadOnlyList<string> SubjectAltNames { get; init; } = [];

    /// <summary>Hashes (SPKI) that a client's certificate may have.</summary>
    public IReadOnlyList<string> VerifyCertificateSpki { get; init; } = [];

    /// <summary>Hashes that a client's certificate may have.</summary>
    public IReadOnlyList<string> VerifyCertificateHash { get; init; } = [];

    /// <summary>Lowest version; null is the default (TLS 1.2).</summary>
    public MeshTlsVersion? MinProtocolVersion { get; init; }

    /// <summary>Highest version; null is the newest.</summary>
    public MeshTlsVersion? MaxProtocolVersion { get; init; }

    /// <summary>Cipher suites by OpenSSL's names; empty is the default list.</summary>
    public IReadOnlyList<string> CipherSuites { get; init; } = [];
}

/// <summary>What a server does with TLS.</summary>
public enum GatewayTlsMode
{
    /// <summary>Nothing: the connection is forwarded by its server name.</summary>
    Passthrough,

    /// <summary>Ends TLS here.</summary>
    Simple,

    /// <summary>Ends TLS here, a client certificate is needed.</summary>
    Mutual,

    /// <summary>Forwards by server name without virtual services.</summary>
    AutoPassthrough,

    /// <summary>Ends TLS here with the mesh's identity, a client certificate of the mesh is needed.</summary>
    IstioMutual,

    /// <summary>Ends TLS here, a client certificate is asked for and may be absent.</summary>
    OptionalMutual,
}

/// <summary>Versions of TLS.</summary>
public enum MeshTlsVersion
{
    /// <summary>TLS 1.0.</summary>
    Tls10,

    /// <summary>TLS 1.1.</summary>
    Tls11,

    /// <summary>TLS 1.2.</summary>
    Tls12,

    /// <summary>TLS 1.3.</summary>
    Tls13,
}
