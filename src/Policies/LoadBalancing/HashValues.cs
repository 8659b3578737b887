using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Reads what Kong hashes from a request (<c>kong/runloop/balancer/init.lua</c> get_value_to_hash). Each returns false when the request lacks it;
/// an empty value is a value. Stateless, no allocation.
/// </summary>
public static class HashValues
{
    // Kong's lua_max_uri_args: arguments after that are not seen.
    private const int MaxArguments = 100;

    /// <summary>All values of a header one after the other.</summary>
    public static bool TryHeader<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers, ref KeyBuffer key)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int cursor = 0;
        bool found = false;
        while (headers.TryGetNext(name, ref cursor, out ReadOnlySpan<byte> value))
        {
            key.Append(value);
            found = true;
        }

        return found;
    }

    /// <summary>A cookie, the name without regard to case.</summary>
    public static bool TryCookie<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers, ref KeyBuffer key)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        if (!CookieField.TryFind(name, ref headers, out ReadOnlySpan<byte> value))
        {
            return false;
        }

        key.Append(value);
        return true;
    }

    /// <summary>The values of a query argument, decoded, in byte order and joined by commas; an argument without equals sign is "true".</summary>
    public static bool TryQueryArgument(ReadOnlySpan<byte> name, ReadOnlySpan<byte> query, ref KeyBuffer key)
    {
        Span<byte> scratch = stackalloc byte[256];
        KeyBuffer values = new(scratch);
        Span<Range> ranges = stackalloc Range[MaxArguments];
        int count = 0;
        QueryArgs arguments = new(query);
        for (int seen = 0; seen < MaxArguments && arguments.MoveNext(); seen++)
        {
            if (!PercentCoding.DecodedEquals(arguments.Name, name))
            {
                continue;
            }

            int start = values.Written.Length;
            if (arguments.HasValue)
            {
                values.AppendDecoded(arguments.Value, plusIsSpace: true);
            }
            else
            {
                values.Append("true"u8);
            }

            Insert(ranges, count++, start..values.Written.Length, values.Written);
        }

        for (int i = 0; i < count; i++)
        {
            key.Append(i == 0 ? default : ","u8);
            key.Append(values.Written[ranges[i]]);
        }

        values.Dispose();
        return count != 0;
    }

    private static void Insert(Span<Range> sorted, int count, Range range, ReadOnlySpan<byte> values)
    {
        int at = count;
        while (at > 0 && values[range].SequenceCompareTo(values[sorted[at - 1]]) < 0)
        {
            sorted[at] = sorted[at - 1];
            at--;
        }

        sorted[at] = range;
    }
}
