namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>TLS to endpoints. Files are as written.</summary>
public sealed record ClientTlsSettings
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Kind of TLS.</summary>
    public ClientTlsMode Mode { get; init; }

    /// <summary>File of the certificate shown.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>File of its key.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>File of the roots; null is the system's.</summary>
    public string? CaCertificates { get; init; }

    /// <summary>File of revoked certificates.</summary>
    public string? CaCrl { get; init; }

    /// <summary>Secret with certificate, key and roots.</summary>
    public string? CredentialName { get; init; }

    /// <summary>Names that the endpoint's certificate may have; empty follows Istio's rule (the authority).</summary>
    public IReadOnlyList<string> SubjectAltNames { get; init; } = [];

    /// <summary>Server name; null is the authority.</summary>
    public string? Sni { get; init; }

    /// <summary>Verify nothing; null is no.</summary>
    public bool? InsecureSkipVerify { get; init; }
}

/// <summary>Kinds of TLS to endpoints.</summary>
public enum ClientTlsMode
{
    /// <summary>Plaintext.</summary>
    Disable,

    /// <summary>TLS.</summary>
    Simple,

    /// <summary>TLS with a certificate.</summary>
    Mutual,

    /// <summary>TLS with the mesh's identity.</summary>
    IstioMutual,
}
