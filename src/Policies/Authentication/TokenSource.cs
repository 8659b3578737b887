using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Where a jwt policy looks for tokens: query arguments, cookies, header fields, in this order. Immutable, thread-safe; allocates nothing, and
/// rents only for a token that arrives percent-encoded.
/// </summary>
internal sealed class TokenSource
{
    private readonly byte[][] _arguments;
    private readonly byte[][] _cookies;
    private readonly byte[][] _headers;

    public TokenSource(JwtOptions options)
    {
        _arguments = [.. options.UriParamNames.Select(Encoding.UTF8.GetBytes)];
        _cookies = [.. options.CookieNames.Select(Encoding.UTF8.GetBytes)];
        _headers = [.. options.HeaderNames.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>
    /// Collects the token. The same token in several places is one token. The span points into the request or into <paramref name="rented"/>, which
    /// the caller returns to the shared pool.
    /// </summary>
    public TokenSearch Find<THeaders>(ReadOnlySpan<byte> query, ref THeaders headers, out ReadOnlySpan<byte> token, ref byte[]? rented)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        token = default;
        TokenSearch result = TokenSearch.None;
        if (_arguments.Length > 0 && !query.IsEmpty)
        {
            QueryArgs arguments = new(query);
            while (arguments.MoveNext())
            {
                if (!IsTokenArgument(arguments.Name))
                {
                    continue;
                }

                // An argument without a value is something that is not a text: with a token beside it there are two.
                if (!arguments.HasValue ? !TakeFlag(ref result) : !Take(Decode(arguments.Value, ref rented), ref token, ref result))
                {
                    return TokenSearch.Several;
                }
            }
        }

        foreach (byte[] cookie in _cookies)
        {
            if (!Take(CookieField.Find(cookie, ref headers), ref token, ref result))
            {
                return TokenSearch.Several;
            }
        }

        foreach (byte[] header in _headers)
        {
            if (headers.TryGet(header, out ReadOnlySpan<byte> value) && !Take(AfterBearer(value), ref token, ref result))
            {
                return TokenSearch.Several;
            }
        }

        return result;
    }

    // Kong's pattern \s*[Bb]earer\s+(.+), searched anywhere in the value.
    internal static ReadOnlySpan<byte> AfterBearer(ReadOnlySpan<byte> value)
    {
        for (int at = value.IndexOf("earer"u8); at >= 0;)
        {
            ReadOnlySpan<byte> rest = value[(at + 5)..];
            if (at > 0 && value[at - 1] is (byte)'B' or (byte)'b' && rest.Length > 1 && rest[0] is (byte)' ' or (byte)'\t')
            {
                return rest.TrimStart(" \t"u8);
            }

            int next = rest.IndexOf("earer"u8);
            at = next < 0 ? -1 : at + 5 + next;
        }

        return default;
    }

    private bool IsTokenArgument(ReadOnlySpan<byte> name)
    {
        foreach (byte[] argument in _arguments)
        {
            if (PercentCoding.DecodedEquals(name, argument))
            {
                return true;
            }
        }

        return false;
    }

    // A second encoded token may overwrite the first one's buffer only after it was compared: each gets its own half of the work.
    private static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> value, ref byte[]? rented)
    {
        if (!PercentCoding.IsEncoded(value))
        {
            return value;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(value.Length);
        int length = PercentCoding.Decode(value, buffer);
        if (rented is null)
        {
            rented = buffer;
            return buffer.AsSpan(0, length);
        }

        // The first token sits in a buffer already: this one is only compared, so an equal copy may be dropped at once.
        bool isSame = rented.AsSpan(0, Math.Min(length, rented.Length)).SequenceEqual(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return isSame ? rented.AsSpan(0, length) : Different;
    }

    // Equal to no token that can be decoded.
    private static ReadOnlySpan<byte> Different => "\0"u8;

    private static bool TakeFlag(ref TokenSearch result)
    {
        if (result is TokenSearch.None or TokenSearch.Unrecognizable)
        {
            result = TokenSearch.Unrecognizable;
            return true;
        }

        return false;
    }

    private static bool Take(ReadOnlySpan<byte> candidate, ref ReadOnlySpan<byte> token, ref TokenSearch result)
    {
        if (candidate.IsEmpty)
        {
            return true;
        }

        if (result == TokenSearch.None)
        {
            token = candidate;
            result = TokenSearch.One;
            return true;
        }

        return result == TokenSearch.One && token.SequenceEqual(candidate);
    }
}

/// <summary>How many distinct tokens a request carries.</summary>
internal enum TokenSearch
{
    None,
    One,
    Several,

    /// <summary>One argument that is there and has no value.</summary>
    Unrecognizable,
}
