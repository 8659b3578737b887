using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Kong's jwt plugin: finds the token, verifies it against the credential its key claim names, row by row as Kong does. Immutable,
/// thread-safe. HS256 verifies without allocation. The credential's algorithm decides, never the token's, so algorithm confusion
/// is impossible.
/// </summary>
public sealed class JwtVerifier
{
    public JwtVerifier(JwtOptions options, CredentialTable credentials)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(credentials);
    }

    /// <param name="method">Request method.</param>
    /// <param name="query">Raw query string without the question mark; may be empty.</param>
    /// <param name="headers">Request fields.</param>
    /// <param name="existing">Identity set by an earlier authentication policy, or null.</param>
    /// <param name="nowUnixSeconds">The time now.</param>
    public AuthVerdict Verify<THeaders>(
        ReadOnlySpan<byte> method,
        ReadOnlySpan<byte> query,
        ref THeaders headers,
        Identity? existing,
        long nowUnixSeconds)
        where THeaders : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();
}
