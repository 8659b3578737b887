using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>What the search for a key found.</summary>
internal enum KeySearch
{
    /// <summary>Nothing.</summary>
    None,

    Found,

    /// <summary>One name more than once.</summary>
    Duplicate,

    /// <summary>Only the body can still hold it, and the body was not read yet.</summary>
    NeedsBody,
}

/// <summary>
/// Where key-auth looks for keys: for each name in turn a field, a query argument, a member of the body (P/key-auth/handler.lua). Immutable,
/// thread-safe; allocates nothing but for a multipart body.
/// </summary>
internal sealed class KeySource(KeyAuthOptions options)
{
    private readonly ImmutableArray<byte[]> _names = [.. options.KeyNames.Select(Encoding.UTF8.GetBytes)];

    /// <param name="query">Raw query without the question mark.</param>
    /// <param name="headers">Request fields.</param>
    /// <param name="body">Request body.</param>
    /// <param name="key">Points into the request, or into <paramref name="rented"/>.</param>
    /// <param name="name">Index of the name it was found under.</param>
    /// <param name="rented">What the caller returns to the shared pool, if not null.</param>
    public KeySearch Find<THeaders>(
        ReadOnlySpan<byte> query,
        ref THeaders headers,
        scoped in RequestBodyText body,
        out ReadOnlySpan<byte> key,
        out int name,
        ref byte[]? rented)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        key = default;
        for (name = 0; name < _names.Length; name++)
        {
            KeySearch found = options.KeyInHeader ? InHeader(_names[name], ref headers, out key) : KeySearch.None;
            if (found == KeySearch.None && options.KeyInQuery)
            {
                found = InArguments(query, _names[name], out key, ref rented, out bool isFlag);
                if (isFlag)
                {
                    // An argument without a value is there, so that the body is not asked, and it is no key.
                    continue;
                }
            }

            if (found == KeySearch.None && options.KeyInBody)
            {
                found = body.IsKnown ? InBody(in body, _names[name], out key, ref rented) : KeySearch.NeedsBody;
            }

            if (found != KeySearch.None)
            {
                return found;
            }
        }

        return KeySearch.None;
    }

    /// <summary>The configured name of an index.</summary>
    public ReadOnlySpan<byte> Name(int index) => _names[index];

    private static KeySearch InHeader<THeaders>(byte[] name, ref THeaders headers, out ReadOnlySpan<byte> key)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int cursor = 0;
        if (!headers.TryGetNext(name, ref cursor, out key))
        {
            return KeySearch.None;
        }

        return headers.TryGetNext(name, ref cursor, out _) ? KeySearch.Duplicate : KeySearch.Found;
    }

    private static KeySearch InArguments(
        ReadOnlySpan<byte> text, byte[] name, out ReadOnlySpan<byte> key, ref byte[]? rented, out bool isFlag)
    {
        key = default;
        isFlag = false;
        bool found = false;
        QueryArgs arguments = new(text);
        while (arguments.MoveNext())
        {
            if (!PercentCoding.DecodedEquals(arguments.Name, name))
            {
                continue;
            }

            if (found)
            {
                isFlag = false;
                return KeySearch.Duplicate;
            }

            found = true;
            isFlag = !arguments.HasValue;
            key = arguments.Value;
        }

        if (!found || isFlag)
        {
            return KeySearch.None;
        }

        if (PercentCoding.IsEncoded(key))
        {
            byte[] buffer = Room(key.Length, ref rented);
            key = buffer.AsSpan(0, PercentCoding.Decode(key, buffer));
        }

        return KeySearch.Found;
    }

    private static KeySearch InBody(scoped in RequestBodyText body, byte[] name, out ReadOnlySpan<byte> key, ref byte[]? rented)
    {
        key = default;
        switch (BodyForms.Of(body.ContentType))
        {
            case BodyForm.UrlEncoded:
                return InArguments(body.Bytes, name, out key, ref rented, out _);
            case BodyForm.Json:
                return InJson(body.Bytes, name, out key, ref rented);
            case BodyForm.Multipart:
                if (MultipartEditor.Find(body.ContentType, body.Bytes, name) is not { } part)
                {
                    return KeySearch.None;
                }

                key = part;
                return KeySearch.Found;
            default:
                return KeySearch.None;
        }
    }

    private static KeySearch InJson(ReadOnlySpan<byte> document, byte[] name, out ReadOnlySpan<byte> key, ref byte[]? rented)
    {
        key = default;
        JsonSlice found = default;
        JsonMembers members = new(document);
        while (members.TryNext(out JsonSlice member, out JsonSlice value))
        {
            found = member.TextEquals(name) ? value : found;
        }

        if (members.IsMalformed || !members.IsObject)
        {
            return KeySearch.None;
        }

        switch (found.Kind)
        {
            case JsonKind.Text:
                byte[] buffer = Room(found.Raw.Length, ref rented);
                key = buffer.AsSpan(0, found.Unescape(buffer));
                return KeySearch.Found;
            case JsonKind.Array or JsonKind.Object:
                return KeySearch.Duplicate;
            default:
                return KeySearch.None;
        }
    }

    private static byte[] Room(int length, ref byte[]? rented)
    {
        if (rented is null || rented.Length < length)
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }

            rented = ArrayPool<byte>.Shared.Rent(Math.Max(length, 64));
        }

        return rented;
    }
}
