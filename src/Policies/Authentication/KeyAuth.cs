using System.Buffers;
using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Kong's key-auth plugin (P/key-auth/handler.lua): who holds the key is the caller. Immutable, thread-safe; allocates nothing but for a
/// multipart body and for taking a key out of one.
/// </summary>
public sealed class KeyAuth
{
    /// <summary>Realm of Kong 3.4's challenges where none is configured: Kong's own name.</summary>
    internal const string DefaultRealm = "kong";

    private static readonly KongErrorBody NoKeyBody = KongErrorBody.Templated("No API key found in request");
    private static readonly KongErrorBody DuplicateBody = KongErrorBody.Templated("Duplicate API key found");
    private static readonly KongErrorBody InvalidBody = KongErrorBody.Templated("Invalid authentication credentials");

    private readonly KeyAuthOptions _options;
    private readonly KeyTable _keys;
    private readonly KeySource _source;
    private readonly AnonymousFallback _anonymous;
    private readonly AuthVerdict _noKey;
    private readonly AuthVerdict _duplicate;
    private readonly AuthVerdict _invalid;
    private readonly ImmutableArray<RequestTransform> _bodyHiders;

    public KeyAuth(KeyAuthOptions options, KeyTable keys)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(keys);
        _options = options;
        _keys = keys;
        _source = new KeySource(options);
        _anonymous = new AnonymousFallback(options.HasAnonymous, options.Anonymous);
        byte[] challenge = AuthVerdict.ChallengeOf("Key", options.Realm ?? DefaultRealm);
        _noKey = AuthVerdict.Unauthorized(NoKeyBody, challenge);
        _duplicate = AuthVerdict.Unauthorized(DuplicateBody, challenge);
        _invalid = AuthVerdict.Unauthorized(InvalidBody, challenge);
        _bodyHiders = options is { HideCredentials: true, KeyInBody: true }
            ? [.. options.KeyNames.Select(static name => new RequestTransform(new RequestTransformOptions { Body = new EditLists { Remove = [name] } }))]
            : [];
    }

    /// <summary>Whether the key may be in the body, so that <see cref="Verify"/> may ask for it.</summary>
    public bool ReadsBody => _options.KeyInBody;

    /// <param name="method">Request method.</param>
    /// <param name="query">Raw query string without the question mark; may be empty.</param>
    /// <param name="headers">Request fields.</param>
    /// <param name="body">The body, as far as it is known.</param>
    /// <param name="existing">Identity set by an earlier authentication policy, or null.</param>
    /// <param name="nowUnixSeconds">The time now.</param>
    /// <param name="hiddenName">Index of the name to take out of the request; -1 when there is nothing to hide.</param>
    public AuthVerdict Verify<THeaders>(
        ReadOnlySpan<byte> method,
        ReadOnlySpan<byte> query,
        ref THeaders headers,
        scoped in RequestBodyText body,
        Identity? existing,
        long nowUnixSeconds,
        out int hiddenName)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        hiddenName = -1;
        if ((!_options.RunOnPreflight && method.SequenceEqual("OPTIONS"u8)) || _anonymous.IsAuthenticated(existing))
        {
            return new AuthVerdict { IsPass = true, Identity = existing };
        }

        byte[]? rented = null;
        KeySearch search = _source.Find(query, ref headers, in body, out ReadOnlySpan<byte> key, out int name, ref rented);
        AuthVerdict verdict = search switch
        {
            KeySearch.NeedsBody => new AuthVerdict { NeedsBody = true },
            KeySearch.Duplicate => _duplicate,
            KeySearch.Found when !key.IsEmpty => _keys.Find(key, nowUnixSeconds) is { } identity
                ? new AuthVerdict { IsPass = true, Identity = identity }
                : _invalid,
            _ => _noKey,
        };
        if (rented is not null)
        {
            // What was in it is a secret or an attempt at one.
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }

        if (_options.HideCredentials && search == KeySearch.Found)
        {
            hiddenName = name;
        }

        return verdict.NeedsBody ? verdict : _anonymous.Settle(verdict);
    }

    /// <summary>Whether a body of that Content-Type is one in which keys are looked for: a form, multipart or JSON.</summary>
    public static bool MayHoldKey(ReadOnlySpan<byte> contentType) => BodyForms.Of(contentType) != BodyForm.Other;

    /// <summary>The name under which a key is to be hidden.</summary>
    public ReadOnlySpan<byte> HiddenName(int index) => _source.Name(index);

    /// <summary>The edit that takes the key out of a body; null when bodies are not looked at.</summary>
    public RequestTransform? BodyHider(int index) => _bodyHiders.IsEmpty ? null : _bodyHiders[index];

    /// <summary>
    /// Writes <paramref name="query"/> without the arguments named <paramref name="name"/>, the others as they are and in their order.
    /// Returns the length; the destination holds as many bytes as the query.
    /// </summary>
    public static int WriteQueryWithout(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name, Span<byte> destination)
    {
        int written = 0;
        while (!query.IsEmpty)
        {
            int end = query.IndexOf((byte)'&');
            ReadOnlySpan<byte> argument = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            int equals = argument.IndexOf((byte)'=');
            if (argument.IsEmpty || PercentCoding.DecodedEquals(equals < 0 ? argument : argument[..equals], name))
            {
                continue;
            }

            if (written > 0)
            {
                destination[written++] = (byte)'&';
            }

            argument.CopyTo(destination[written..]);
            written += argument.Length;
        }

        return written;
    }
}
