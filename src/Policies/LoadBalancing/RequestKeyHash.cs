using System.Globalization;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// The hash of a request for clusters that choose by key, as Envoy computes it (<c>envoy: source/common/http/hash_policy.cc</c>): xxHash64 of the bytes
/// as they came, undecoded. False means that the request lacks the key. Stateless; allocates nothing for keys below about 256 bytes.
/// </summary>
public static class RequestKeyHash
{
    /// <summary>Longest text of a made cookie: sixteen hexadecimal digits.</summary>
    public const int MaxCookieLength = 16;

    /// <summary>A header field; of several lines the sorted values one after the other, so that their order does not matter.</summary>
    public static bool TryHeader<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers, out ulong hash)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int cursor = 0;
        hash = 0;
        if (!headers.TryGetNext(name, ref cursor, out ReadOnlySpan<byte> value))
        {
            return false;
        }

        hash = XxHash64.Compute(value);
        return !headers.TryGetNext(name, ref cursor, out ReadOnlySpan<byte> _) || TrySeveral(name, ref headers, out hash);
    }

    /// <summary>A cookie by its exact name, without the quotes around its value; an empty one counts as absent.</summary>
    public static bool TryCookie<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers, out ulong hash)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        hash = 0;
        if (!CookieField.TryFindExact(name, ref headers, out ReadOnlySpan<byte> value))
        {
            return false;
        }

        if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
        {
            value = value[1..^1];
        }

        hash = XxHash64.Compute(value);
        return !value.IsEmpty;
    }

    /// <summary>The first value of a query parameter.</summary>
    public static bool TryQueryParameter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> query, out ulong hash)
    {
        QueryArgs arguments = new(query);
        while (arguments.MoveNext())
        {
            if (arguments.Name.SequenceEqual(name))
            {
                hash = XxHash64.Compute(arguments.Value);
                return true;
            }
        }

        hash = 0;
        return false;
    }

    /// <summary>An address as text, without port.</summary>
    public static ulong OfAddress(ReadOnlySpan<byte> text) => XxHash64.Compute(text);

    /// <summary>Joins the hash of a further key to that of those before it (a route with several destinations that hash).</summary>
    public static ulong Combine(ulong before, ulong next) => System.Numerics.BitOperations.RotateLeft(before, 1) ^ next;

    /// <summary>
    /// The value of a cookie for a client without one: hexadecimal digits of the hash of both addresses with their ports. Its own hash is the key.
    /// </summary>
    /// <returns>The digits written.</returns>
    public static int MakeCookie(ReadOnlySpan<byte> remote, ReadOnlySpan<byte> local, Span<byte> destination, out ulong hash)
    {
        Span<byte> scratch = stackalloc byte[128];
        KeyBuffer addresses = new(scratch);
        addresses.Append(remote);
        addresses.Append(local);
        XxHash64.Compute(addresses.Written).TryFormat(destination, out int length, "x16", CultureInfo.InvariantCulture);
        addresses.Dispose();
        hash = XxHash64.Compute(destination[..length]);
        return length;
    }

    /// <summary>The Set-Cookie field for such a value (see <see cref="RequestKey.CookieEnd"/>).</summary>
    public static void WriteSetCookie(RequestKey key, ReadOnlySpan<byte> value, ref KeyBuffer field)
    {
        ArgumentNullException.ThrowIfNull(key);
        field.Append(key.NameUtf8);
        field.Append("=\""u8);
        field.Append(value);
        field.Append(key.CookieEnd);
    }

    // Envoy hashes the list of values with the hash of each as the seed of the next.
    private static bool TrySeveral<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers, out ulong hash)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        const int MaxValues = 32;
        Span<byte> scratch = stackalloc byte[256];
        KeyBuffer values = new(scratch);
        Span<Range> sorted = stackalloc Range[MaxValues];
        int count = 0;
        int cursor = 0;
        while (count < MaxValues && headers.TryGetNext(name, ref cursor, out ReadOnlySpan<byte> value))
        {
            int start = values.Written.Length;
            values.Append(value);
            int at = count++;
            for (; at > 0 && value.SequenceCompareTo(values.Written[sorted[at - 1]]) < 0; at--)
            {
                sorted[at] = sorted[at - 1];
            }

            sorted[at] = start..values.Written.Length;
        }

        hash = 0;
        for (int i = 0; i < count; i++)
        {
            hash = XxHash64.Compute(values.Written[sorted[i]], hash);
        }

        values.Dispose();
        return true;
    }
}
