using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>A keyauth_credentials entry as validated by the configuration reader.</summary>
public sealed record KeyCredential
{
    /// <summary>Id of the entity; also what the upstream is told in X-Credential-Identifier, since the key itself is the secret.</summary>
    public required string Id { get; init; }

    /// <summary>The key; null or empty disables the credential.</summary>
    public required string? Key { get; init; }

    /// <summary>Seconds since 1970 from which the key is no longer accepted; null never.</summary>
    public long? ExpiresAt { get; init; }

    public required Consumer Consumer { get; init; }

    // Keeps secrets out of logs and of test output.
    public override string ToString() => $"key {Id}";
}

/// <summary>
/// All key-auth credentials, by the SHA-256 of their keys: how long a look-up takes says nothing about a key, and the keys themselves are
/// not kept. Immutable, thread-safe, looked up without allocation.
/// </summary>
public sealed class KeyTable
{
    private readonly ByteStringMap<Entry> _byDigest;

    /// <summary>Builds the table; keys are unique (the reader has checked).</summary>
    public KeyTable(IEnumerable<KeyCredential> credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        _byDigest = new ByteStringMap<Entry>(
            [
                .. credentials.Where(static credential => !string.IsNullOrEmpty(credential.Key))
                    .Select(static credential => new KeyValuePair<byte[], Entry>(
                        SHA256.HashData(Encoding.UTF8.GetBytes(credential.Key!)),
                        new Entry(new Identity(credential.Consumer, credential.Id, credential.Id), credential.ExpiresAt ?? long.MaxValue))),
            ],
            ignoreCase: false);
    }

    public int Count => _byDigest.Count;

    /// <summary>Whom a key proves; null for a key that nobody has or that has expired.</summary>
    internal Identity? Find(ReadOnlySpan<byte> key, long nowUnixSeconds)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, digest);
        return _byDigest.TryGet(digest, out Entry entry) && nowUnixSeconds < entry.ExpiresAt ? entry.Identity : null;
    }

    private readonly record struct Entry(Identity Identity, long ExpiresAt);
}
