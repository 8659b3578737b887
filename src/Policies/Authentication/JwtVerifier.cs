using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Kong's jwt plugin: finds the token, verifies it against the credential its key claim names, row by row as Kong does (kong.md 8.5). Immutable,
/// thread-safe. HS256 verifies without allocation. The credential's algorithm decides, never the token's, so algorithm confusion
/// is impossible.
/// </summary>
public sealed class JwtVerifier
{
    private const int StackScratch = 2048;

    private readonly JwtOptions _options;
    private readonly CredentialTable _credentials;
    private readonly TokenSource _source;
    private readonly JwtRefusals _refusals;
    private readonly byte[] _keyClaim;
    private readonly Identity? _anonymous;

    public JwtVerifier(JwtOptions options, CredentialTable credentials)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(credentials);
        _options = options;
        _credentials = credentials;
        _source = new TokenSource(options);
        _refusals = new JwtRefusals(options);
        _keyClaim = Encoding.UTF8.GetBytes(options.KeyClaimName);
        _anonymous = options.Anonymous is null ? null : new Identity(options.Anonymous, null, null, isAnonymous: true);
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
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        bool isSkipped = (!_options.RunOnPreflight && method.SequenceEqual("OPTIONS"u8))
            || (_options.HasAnonymous && existing is { CredentialId: not null });
        if (isSkipped)
        {
            return new AuthVerdict { IsPass = true, Identity = existing };
        }

        AuthVerdict verdict = Authenticate(query, ref headers, nowUnixSeconds);
        if (verdict.IsPass || !_options.HasAnonymous)
        {
            return verdict;
        }

        return _anonymous is null
            ? new AuthVerdict { Status = 500, Body = KongErrors.UnexpectedCompact }
            : new AuthVerdict { IsPass = true, Identity = _anonymous };
    }

    private AuthVerdict Authenticate<THeaders>(ReadOnlySpan<byte> query, ref THeaders headers, long now)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        byte[]? rented = null;
        AuthVerdict verdict = _source.Find(query, ref headers, out ReadOnlySpan<byte> token, ref rented) switch
        {
            TokenSearch.None => _refusals.NoToken,
            TokenSearch.Several => _refusals.SeveralTokens,
            _ => VerifyToken(token, now),
        };
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return verdict;
    }

    [SkipLocalsInit]
    private AuthVerdict VerifyToken(ReadOnlySpan<byte> token, long now)
    {
        int needed = JwtToken.ScratchFor(token.Length);
        byte[]? rented = needed > StackScratch ? ArrayPool<byte>.Shared.Rent(needed) : null;
        Span<byte> scratch = rented ?? stackalloc byte[StackScratch];
        JwtForm form = JwtToken.Read(token, _keyClaim, scratch, out JwtToken parsed);
        AuthVerdict verdict = form == JwtForm.Valid ? VerifyParsed(parsed, now) : _refusals.BadToken(form);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return verdict;
    }

    private AuthVerdict VerifyParsed(in JwtToken token, long now)
    {
        if (token.Key.Kind is JsonKind.Null or JsonKind.False)
        {
            return _refusals.NoKeyClaim;
        }

        if (token.Key is { Kind: JsonKind.Text, Raw.IsEmpty: true })
        {
            return _refusals.EmptyKeyClaim;
        }

        if (!TryFindCredential(token.Key, out CompiledCredential credential))
        {
            return _refusals.NoCredential;
        }

        if (token.Algorithm != credential.Algorithm)
        {
            return _refusals.InvalidAlgorithm;
        }

        if (credential.KeyFor(_options.SecretIsBase64) is not { } key)
        {
            return _refusals.InvalidKey;
        }

        if (!key.Verify(token.SigningInput, token.Signature))
        {
            return _refusals.InvalidSignature;
        }

        ClaimFault exp = _options.VerifyExp ? CheckExp(token.Exp, now) : ClaimFault.None;
        ClaimFault nbf = _options.VerifyNbf ? CheckNbf(token.Nbf, now) : ClaimFault.None;
        if (exp != ClaimFault.None || nbf != ClaimFault.None)
        {
            return _refusals.BadClaim(exp, nbf);
        }

        if (_options.MaximumExpiration > 0 && (!token.Exp.TryGetNumber(out double end) || end - now > _options.MaximumExpiration))
        {
            return _refusals.ExceedsMaximum;
        }

        return credential.Identity is null
            ? _refusals.NoConsumer(credential.KeyText)
            : new AuthVerdict { IsPass = true, Identity = credential.Identity };
    }

    private bool TryFindCredential(JsonSlice key, out CompiledCredential credential)
    {
        credential = null!;
        if (key.Kind != JsonKind.Text)
        {
            return false;
        }

        if (!key.Raw.Contains((byte)'\\'))
        {
            return _credentials.TryGet(key.Raw, out credential);
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(key.Raw.Length);
        bool found = _credentials.TryGet(buffer.AsSpan(0, key.Unescape(buffer)), out credential);
        ArrayPool<byte>.Shared.Return(buffer);
        return found;
    }

    private static ClaimFault CheckExp(JsonSlice claim, long now) =>
        !claim.TryGetNumber(out double exp) ? ClaimFault.NotNumber : exp <= now ? ClaimFault.Time : ClaimFault.None;

    private static ClaimFault CheckNbf(JsonSlice claim, long now) =>
        !claim.TryGetNumber(out double nbf) ? ClaimFault.NotNumber : nbf > now ? ClaimFault.Time : ClaimFault.None;
}
