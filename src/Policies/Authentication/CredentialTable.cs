using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>All jwt credentials by key: looked up by bytes, exact, no allocation. Immutable, thread-safe.</summary>
public sealed class CredentialTable
{
    private readonly CompiledCredential[] _all;
    private readonly ByteStringMap<CompiledCredential> _byKey;

    /// <summary>Builds the table. Keys are unique (the reader has checked); a public key that does not parse throws <see cref="ArgumentException"/>.</summary>
    public CredentialTable(IEnumerable<JwtCredential> credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        _all = [.. credentials.Select(CompiledCredential.From)];
        _byKey = new ByteStringMap<CompiledCredential>(
            [.. _all.Select(static c => new KeyValuePair<byte[], CompiledCredential>(Encoding.UTF8.GetBytes(c.KeyText), c))],
            ignoreCase: false);
    }

    public int Count => _byKey.Count;

    /// <summary>Checks a PEM public key for an algorithm; the reader uses it to refuse a bad key with a location.</summary>
    public static bool TryValidateKey(JwtAlgorithm algorithm, string pem, out string? error) =>
        SignatureKey.FromPem(algorithm, pem, out error) is not null;

    /// <summary>The credential of an index (<see cref="CompiledCredential.Index"/>).</summary>
    internal CompiledCredential this[int index] => _all[index];

    internal bool TryGet(ReadOnlySpan<byte> key, out CompiledCredential credential) => _byKey.TryGet(key, out credential);
}

/// <summary>A credential ready to verify with. Immutable, thread-safe.</summary>
internal sealed class CompiledCredential
{
    private readonly SignatureKey? _key;
    private readonly SignatureKey? _decodedKey;

    private CompiledCredential(JwtCredential source, int index, SignatureKey? key, SignatureKey? decodedKey)
    {
        Index = index;
        Algorithm = source.Algorithm;
        KeyText = source.Key;
        Identity = source.Consumer is null ? null : new Identity(source.Consumer, source.Id, source.Key);
        _key = key;
        _decodedKey = decodedKey;
    }

    /// <summary>Its place in the table.</summary>
    public int Index { get; }

    public JwtAlgorithm Algorithm { get; }

    public string KeyText { get; }

    /// <summary>What the credential proves; null when its consumer does not exist.</summary>
    public Identity? Identity { get; }

    public static CompiledCredential From(JwtCredential source, int index)
    {
        if (source.Algorithm.IsSymmetric())
        {
            byte[]? secret = source.Secret is null ? null : Encoding.UTF8.GetBytes(source.Secret);
            byte[]? decoded = source.Secret is null ? null : SignatureKey.DecodeSecret(source.Secret);
            return new CompiledCredential(
                source,
                index,
                SignatureKey.FromSecret(source.Algorithm, secret),
                SignatureKey.FromSecret(source.Algorithm, decoded));
        }

        if (string.IsNullOrWhiteSpace(source.PublicKeyPem))
        {
            return new CompiledCredential(source, index, null, null);
        }

        SignatureKey key = SignatureKey.FromPem(source.Algorithm, source.PublicKeyPem, out string? error)
            ?? throw new ArgumentException($"credential '{source.Key}': {error}", nameof(source));
        return new CompiledCredential(source, index, key, key);
    }

    /// <summary>The key to verify with, or null when the credential has none.</summary>
    public SignatureKey? KeyFor(bool secretIsBase64) => secretIsBase64 ? _decodedKey : _key;
}
