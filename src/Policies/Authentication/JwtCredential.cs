using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>A jwt_secrets entry as validated by the configuration reader.</summary>
public sealed record JwtCredential
{
    /// <summary>Id of the entity.</summary>
    public required string Id { get; init; }

    /// <summary>What the key claim must hold.</summary>
    public required string Key { get; init; }

    public required JwtAlgorithm Algorithm { get; init; }

    /// <summary>
    /// HMAC secret as configured, for HS*. Null or empty disables the credential: it never verifies. Base64 decoding happens when the
    /// verifier asks for it (secret_is_base64).
    /// </summary>
    public string? Secret { get; init; }

    /// <summary>Public key (PEM, SubjectPublicKeyInfo or PKCS#1), for the asymmetric algorithms.</summary>
    public string? PublicKeyPem { get; init; }

    /// <summary>The owner; null answers "Could not find consumer".</summary>
    public required Consumer? Consumer { get; init; }

    // Keeps secrets out of logs and of test output.
    public override string ToString() => $"{Algorithm} credential {Key}";
}
