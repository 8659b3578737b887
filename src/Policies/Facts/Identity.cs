using System.Text;

namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>
/// A verified caller: the consumer and the credential that proved it. Built once per credential at load (and once per
/// anonymous consumer), immutable, so authentication hands out a reference and allocates nothing.
/// </summary>
public sealed class Identity
{
    private readonly byte[]? _credentialId;
    private readonly byte[]? _credentialIdentifier;

    public Identity(Consumer? consumer, string? credentialId, string? credentialIdentifier, bool isAnonymous = false)
    {
        Consumer = consumer;
        CredentialId = credentialId;
        CredentialIdentifier = credentialIdentifier;
        IsAnonymous = isAnonymous;
        _credentialId = credentialId is null ? null : Encoding.UTF8.GetBytes(credentialId);
        _credentialIdentifier = credentialIdentifier is null ? null : Encoding.UTF8.GetBytes(credentialIdentifier);
    }

    public Consumer? Consumer { get; }

    /// <summary>Id of the credential entity, or null for an anonymous consumer.</summary>
    public string? CredentialId { get; }

    /// <summary>What the client knows the credential by (the jwt key), or null.</summary>
    public string? CredentialIdentifier { get; }

    public bool IsAnonymous { get; }

    public ReadOnlySpan<byte> CredentialIdUtf8 => _credentialId;

    public ReadOnlySpan<byte> CredentialIdentifierUtf8 => _credentialIdentifier;
}
