using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Kong's jwt plugin: finds the token, verifies it against the credential its key claim names, row by row as Kong does (kong.md 8.5). Immutable,
/// thread-safe, no allocation but for ES* (the platform's). The credential's algorithm decides, never the token's, so algorithm confusion
/// is impossible. With a cache, a token whose signature was found valid is not verified again; its time claims are judged at each use.
/// </summary>
public sealed partial class JwtVerifier
{
    private const int StackScratch = 2048;

    // Numbers verifiers over all configurations, so that no other one can meet what this one has put into the cache.
    private static long s_lastOwner;

    private readonly JwtOptions _options;
    private readonly CredentialTable _credentials;
    private readonly TokenSource _source;
    private readonly JwtRefusals _refusals;
    private readonly byte[] _keyClaim;
    private readonly AnonymousFallback _anonymous;
    private readonly TokenCache? _cache;
    private readonly long _owner = Interlocked.Increment(ref s_lastOwner);

    /// <param name="options">What to look for and to check.</param>
    /// <param name="credentials">What tokens are verified against.</param>
    /// <param name="cache">Valid tokens, shared with other verifiers; null verifies each time.</param>
    public JwtVerifier(JwtOptions options, CredentialTable credentials, TokenCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(credentials);
        _options = options;
        _credentials = credentials;
        _source = new TokenSource(options);
        _refusals = new JwtRefusals(options);
        _keyClaim = Encoding.UTF8.GetBytes(options.KeyClaimName);
        _anonymous = new AnonymousFallback(options.HasAnonymous, options.Anonymous);
        _cache = cache;
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
        if ((!_options.RunOnPreflight && method.SequenceEqual("OPTIONS"u8)) || _anonymous.IsAuthenticated(existing))
        {
            return new AuthVerdict { IsPass = true, Identity = existing };
        }

        return _anonymous.Settle(Authenticate(query, ref headers, nowUnixSeconds));
    }

    private AuthVerdict Authenticate<THeaders>(ReadOnlySpan<byte> query, ref THeaders headers, long now)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        byte[]? rented = null;
        AuthVerdict verdict = _source.Find(query, ref headers, out ReadOnlySpan<byte> token, ref rented) switch
        {
            TokenSearch.None => _refusals.NoToken,
            TokenSearch.Several => _refusals.SeveralTokens,
            TokenSearch.Unrecognizable => _refusals.Unrecognizable,
            _ => VerifyOrRecall(token, now),
        };
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return verdict;
    }

    private AuthVerdict VerifyOrRecall(ReadOnlySpan<byte> token, long now)
    {
        if (_cache is null || !_cache.TryGet(_owner, token, out CachedToken known))
        {
            return VerifyToken(token, now);
        }

        return Judge(_credentials[known.Credential], known.Exp, known.Nbf, now);
    }

    [SkipLocalsInit]
    private AuthVerdict VerifyToken(ReadOnlySpan<byte> token, long now)
    {
        int needed = JwtToken.ScratchFor(token.Length);
        byte[]? rented = needed > StackScratch ? ArrayPool<byte>.Shared.Rent(needed) : null;
        Span<byte> scratch = rented ?? stackalloc byte[StackScratch];
        JwtForm form = JwtToken.Read(token, _keyClaim, scratch, out JwtToken parsed);
        AuthVerdict verdict = form == JwtForm.Valid ? VerifyParsed(token, parsed, now) : _refusals.BadToken(form);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return verdict;
    }

    private AuthVerdict VerifyParsed(ReadOnlySpan<byte> text, in JwtToken token, long now)
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

        double exp = Number(token.Exp);
        double nbf = Number(token.Nbf);
        AuthVerdict verdict = Judge(credential, exp, nbf, now);
        if (verdict.IsPass)
        {
            _cache?.Add(_owner, text, new CachedToken(credential.Index, exp, nbf));
        }

        return verdict;
    }

    // What depends on the time, for a token whose signature is valid.
    private AuthVerdict Judge(CompiledCredential credential, double exp, double nbf, long now)
    {
        ClaimFault expFault = !_options.VerifyExp ? ClaimFault.None
            : double.IsNaN(exp) ? ClaimFault.NotNumber
            : exp <= now ? ClaimFault.Time
            : ClaimFault.None;
        ClaimFault nbfFault = !_options.VerifyNbf ? ClaimFault.None
            : double.IsNaN(nbf) ? ClaimFault.NotNumber
            : nbf > now ? ClaimFault.Time
            : ClaimFault.None;
        if (expFault != ClaimFault.None || nbfFault != ClaimFault.None)
        {
            return _refusals.BadClaim(expFault, nbfFault);
        }

        // NaN compares false, so that a missing exp exceeds every maximum.
        if (_options.MaximumExpiration > 0 && !(exp - now <= _options.MaximumExpiration))
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

    private static double Number(JsonSlice claim) => claim.TryGetNumber(out double number) ? number : double.NaN;
}
