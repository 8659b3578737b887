namespace VoltageSoda.Edge.Model;

/// <summary>A certificate with its key, as text; loaded when TLS is served. Immutable.</summary>
public sealed record KongCertificate : KongEntity
{
    /// <summary>PEM chain.</summary>
    public required string CertPem { get; init; }

    /// <summary>PEM private key.</summary>
    public required Secret KeyPem { get; init; }

    /// <summary>Second chain (other key type).</summary>
    public string? AltCertPem { get; init; }

    /// <summary>Key of the second chain.</summary>
    public Secret? AltKeyPem { get; init; }

    /// <inheritdoc/>
    public override string Label => Id.ToString();
}

/// <summary>A server name bound to a certificate. Immutable.</summary>
public sealed record KongSni : KongEntity
{
    /// <summary>Exact name or one leading or trailing star.</summary>
    public required string Name { get; init; }

    /// <summary>The certificate.</summary>
    public required EntityRef Certificate { get; init; }

    /// <inheritdoc/>
    public override string Label => Name;
}

/// <summary>A trusted root. Immutable.</summary>
public sealed record KongCaCertificate : KongEntity
{
    /// <summary>PEM certificate.</summary>
    public required string CertPem { get; init; }

    /// <inheritdoc/>
    public override string Label => Id.ToString();
}
