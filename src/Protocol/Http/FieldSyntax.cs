using System.Buffers;
using System.Text;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Validators shared by every codec and by configuration (RFC 9110 section 5, RFC 3986 section 3.2.2). Immutable tables.</summary>
public static class FieldSyntax
{
    private const int HighestPort = 65535;
    private const int LongestPort = 5;

    /// <summary>RFC 9110 section 5.6.2.</summary>
    internal static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Control bytes that no value may hold: all but HTAB, and DEL.</summary>
    internal static readonly SearchValues<byte> ControlBytes = SearchValues.Create(
    [
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
        0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x7f,
    ]);

    // Unreserved and sub-delims of RFC 3986 without comma and quote: a list or a quoted text is no host.
    private static readonly SearchValues<byte> HostBytes =
        SearchValues.Create("-._~!$&()*+;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>One or more token bytes.</summary>
    public static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.ContainsAnyExcept(TokenBytes);

    /// <summary>HTAB, SP, visible ASCII and 0x80-0xff only; may be empty.</summary>
    public static bool IsFieldValue(ReadOnlySpan<byte> bytes) => !bytes.ContainsAny(ControlBytes);

    /// <summary>
    /// Host with optional port as the edge accepts it in Host, absolute-form and :authority: a name of RFC 3986 without commas and quotes
    /// and not empty, an IPv6 literal in brackets, then optionally a port 1-65535. No user information.
    /// </summary>
    public static bool IsAuthority(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOfAnyExcept(HostBytes);
        if (end < 0)
        {
            return !bytes.IsEmpty;
        }

        int hostLength = bytes[0] == '[' ? IpLiteralLength(bytes) : NameLength(bytes, end);
        return hostLength > 0 && (hostLength == bytes.Length || IsPort(bytes[hostLength..]));
    }

    /// <summary>Splits a valid authority into host (with brackets for IPv6) and port; port is -1 when absent.</summary>
    public static void SplitAuthority(ReadOnlySpan<byte> authority, out ReadOnlySpan<byte> host, out int port)
    {
        int colon = authority.LastIndexOf((byte)':');
        if (colon < 0 || authority[^1] == ']')
        {
            host = authority;
            port = -1;
            return;
        }

        host = authority[..colon];
        port = 0;
        foreach (byte digit in authority[(colon + 1)..])
        {
            port = (port * 10) + (digit - '0');
        }
    }

    /// <summary>Cuts SP and HTAB at both ends, and nothing else that other parsers may call white space.</summary>
    public static ReadOnlySpan<byte> TrimWhitespace(ReadOnlySpan<byte> bytes)
    {
        int start = 0;
        int end = bytes.Length;
        while (start < end && IsWhitespace(bytes[start]))
        {
            start++;
        }

        while (end > start && IsWhitespace(bytes[end - 1]))
        {
            end--;
        }

        return bytes[start..end];
    }

    /// <summary>True when a comma-separated list holds the element without regard to ASCII case.</summary>
    public static bool ListContains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> element)
    {
        while (!list.IsEmpty)
        {
            if (Ascii.EqualsIgnoreCase(NextElement(ref list), element))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the first element off a comma-separated list and trims it; it may be empty.</summary>
    public static ReadOnlySpan<byte> NextElement(ref ReadOnlySpan<byte> list)
    {
        int comma = list.IndexOf((byte)',');
        ReadOnlySpan<byte> element = comma < 0 ? list : list[..comma];
        list = comma < 0 ? default : list[(comma + 1)..];
        return TrimWhitespace(element);
    }

    internal static bool IsWhitespace(byte value) => value is (byte)' ' or (byte)'\t';

    private static int NameLength(ReadOnlySpan<byte> bytes, int end)
    {
        while (end < bytes.Length && bytes[end] == '%')
        {
            int decoded = HexDigits.Triplet(bytes, end);
            if (decoded < 0 || !(decoded >= 0x80 || HostBytes.Contains((byte)decoded)))
            {
                return -1;
            }

            int plain = bytes[(end + 3)..].IndexOfAnyExcept(HostBytes);
            end = plain < 0 ? bytes.Length : end + 3 + plain;
        }

        return end;
    }

    private static int IpLiteralLength(ReadOnlySpan<byte> bytes)
    {
        int close = bytes.IndexOf((byte)']');
        return close > 0 && IpLiteral.TryParseIPv6(bytes[1..close], out _) ? close + 1 : -1;
    }

    private static bool IsPort(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < 2 or > LongestPort + 1 || bytes[0] != ':' || bytes[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        int port = 0;
        foreach (byte digit in bytes[1..])
        {
            port = (port * 10) + (digit - '0');
        }

        return port is >= 1 and <= HighestPort;
    }
}
