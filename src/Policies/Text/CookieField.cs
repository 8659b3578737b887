using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>Finds a cookie in a request as nginx's $cookie_NAME does: name without regard to case, first occurrence. Stateless, no allocation.</summary>
internal static class CookieField
{
    /// <summary>The value, or empty.</summary>
    public static ReadOnlySpan<byte> Find<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        TryFind(name, ref headers, out ReadOnlySpan<byte> value);
        return value;
    }

    /// <summary>The value; false when there is no such cookie.</summary>
    public static bool TryFind<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers, out ReadOnlySpan<byte> value)
        where THeaders : struct, IHeaderSource, allows ref struct => TryFind(name, ref headers, ignoreCase: true, out value);

    /// <summary>The value of the cookie whose name is the same byte for byte, as Envoy looks it up.</summary>
    public static bool TryFindExact<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers, out ReadOnlySpan<byte> value)
        where THeaders : struct, IHeaderSource, allows ref struct => TryFind(name, ref headers, ignoreCase: false, out value);

    private static bool TryFind<THeaders>(ReadOnlySpan<byte> name, ref THeaders headers, bool ignoreCase, out ReadOnlySpan<byte> value)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int cursor = 0;
        while (headers.TryGetNext("cookie"u8, ref cursor, out ReadOnlySpan<byte> field))
        {
            while (!field.IsEmpty)
            {
                int end = field.IndexOf((byte)';');
                ReadOnlySpan<byte> pair = (end < 0 ? field : field[..end]).Trim(" \t"u8);
                field = end < 0 ? default : field[(end + 1)..];
                int equals = pair.IndexOf((byte)'=');
                if (equals < 0)
                {
                    continue;
                }

                ReadOnlySpan<byte> found = pair[..equals].TrimEnd(" \t"u8);
                if (ignoreCase ? Ascii.EqualsIgnoreCase(found, name) : found.SequenceEqual(name))
                {
                    value = pair[(equals + 1)..].TrimStart(" \t"u8);
                    return true;
                }
            }
        }

        value = default;
        return false;
    }
}
