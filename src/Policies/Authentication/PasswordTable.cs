using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>A basicauth_credentials entry as validated by the configuration reader.</summary>
public sealed record PasswordCredential
{
    public required string Id { get; init; }

    public required string Username { get; init; }

    /// <summary>What <see cref="PasswordTable.Digest"/> makes of the password; null disables the credential.</summary>
    public required string? Digest { get; init; }

    public required Consumer Consumer { get; init; }

    // Keeps secrets out of logs and of test output.
    public override string ToString() => $"password of {Username}";
}

/// <summary>
/// All basic-auth credentials by user name. A password is kept and compared as Kong stores it, as the SHA-1 of itself and the consumer's id
/// (P/basic-auth/crypto.lua): what Kong wrote can be read. Immutable, thread-safe, no allocation.
/// </summary>
public sealed class PasswordTable
{
    // An unknown user costs as much as a known one.
    private static readonly Entry Nobody = new(null, Encoding.ASCII.GetBytes(Guid.Empty.ToString()), new byte[SHA1.HashSizeInBytes]);

    private readonly ByteStringMap<Entry> _byUser;

    /// <summary>Builds the table; user names are unique (the reader has checked).</summary>
    public PasswordTable(IReadOnlyCollection<PasswordCredential> credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        _byUser = new ByteStringMap<Entry>(
            [
                .. credentials.Select(static credential => new KeyValuePair<byte[], Entry>(
                    Encoding.UTF8.GetBytes(credential.Username),
                    new Entry(
                        credential.Digest is null ? null : new Identity(credential.Consumer, credential.Id, credential.Username),
                        credential.Consumer.IdUtf8.ToArray(),
                        credential.Digest is null ? new byte[SHA1.HashSizeInBytes] : Convert.FromHexString(credential.Digest)))),
            ],
            ignoreCase: false);
        SaltRoom = credentials.Aggregate(Nobody.Salt.Length, static (longest, credential) => Math.Max(longest, credential.Consumer.IdUtf8.Length));
    }

    /// <summary>Length of the longest salt (the id of a consumer), in bytes.</summary>
    internal int SaltRoom { get; }

    public int Count => _byUser.Count;

    /// <summary>Kong's digest of a password: lower-case hex of SHA-1 over the password and the consumer's id.</summary>
    public static string Digest(string password, string consumerId)
    {
        byte[] salted = Encoding.UTF8.GetBytes(password + consumerId);
        return Convert.ToHexStringLower(SHA1.HashData(salted));
    }

    /// <summary>Whether a text can be such a digest; any other never equals one.</summary>
    public static bool IsDigest(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 2 * SHA1.HashSizeInBytes && text.All(char.IsAsciiHexDigitLower);
    }

    internal bool Contains(ReadOnlySpan<byte> user) => _byUser.TryGet(user, out _);

    /// <summary>
    /// Whom a user name and password prove, or null. The password stands at the start of <paramref name="password"/>, which has room for
    /// <see cref="SaltRoom"/> bytes more.
    /// </summary>
    internal Identity? Verify(ReadOnlySpan<byte> user, Span<byte> password, int length)
    {
        if (!_byUser.TryGet(user, out Entry entry))
        {
            entry = Nobody;
        }

        entry.Salt.CopyTo(password[length..]);
        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(password[..(length + entry.Salt.Length)], digest);
        return CryptographicOperations.FixedTimeEquals(digest, entry.Digest) ? entry.Identity : null;
    }

    private readonly record struct Entry(Identity? Identity, byte[] Salt, byte[] Digest);
}
