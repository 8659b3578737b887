using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.ProxyProtocol;

/// <summary>The text form: <c>PROXY TCP4 source destination port port CR LF</c>. Stateless.</summary>
internal static class ProxyHeaderV1
{
    /// <summary>Longest line, CR LF included.</summary>
    public const int MaxLength = 107;

    private const int HighestPort = 65535;

    private static ReadOnlySpan<byte> Prefix => "PROXY "u8;

    public static ParseResult Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        header = default;
        length = 0;
        int known = Math.Min(bytes.Length, Prefix.Length);
        if (!bytes[..known].SequenceEqual(Prefix[..known]))
        {
            return ParseResult.Refused;
        }

        ReadOnlySpan<byte> window = bytes[..Math.Min(bytes.Length, MaxLength)];
        int feed = window.IndexOf((byte)'\n');
        if (feed < 0)
        {
            return window.Length == MaxLength ? ParseResult.Refused : ParseResult.Incomplete;
        }

        if (feed < Prefix.Length || window[feed - 1] != '\r')
        {
            return ParseResult.Refused;
        }

        ReadOnlySpan<byte> line = window[Prefix.Length..(feed - 1)];
        if (line.ContainsAnyExceptInRange((byte)' ', (byte)'~') || !Parse(line, out header))
        {
            return ParseResult.Refused;
        }

        length = feed + 1;
        return ParseResult.Complete;
    }

    private static bool Parse(ReadOnlySpan<byte> line, out ProxyHeader header)
    {
        header = default;
        ReadOnlySpan<byte> family = NextWord(ref line, out bool more);
        if (family.SequenceEqual("UNKNOWN"u8))
        {
            // Whatever follows is to be ignored.
            return true;
        }

        bool isIPv6 = family.SequenceEqual("TCP6"u8);
        if (!more || !(isIPv6 || family.SequenceEqual("TCP4"u8))
            || !TryAddress(NextWord(ref line, out more), isIPv6, out UInt128 source) || !more
            || !TryAddress(NextWord(ref line, out more), isIPv6, out UInt128 destination) || !more
            || !TryPort(NextWord(ref line, out more), out int sourcePort) || !more
            || !TryPort(NextWord(ref line, out more), out int destinationPort) || more)
        {
            return false;
        }

        header = new ProxyHeader(
            isIPv6 ? ProxyHeaderKind.Tcp6 : ProxyHeaderKind.Tcp4,
            new ProxyAddress(source, isIPv6, sourcePort),
            new ProxyAddress(destination, isIPv6, destinationPort));
        return true;
    }

    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> line, out bool more)
    {
        int space = line.IndexOf((byte)' ');
        more = space >= 0;
        ReadOnlySpan<byte> word = more ? line[..space] : line;
        line = more ? line[(space + 1)..] : default;
        return word;
    }

    private static bool TryAddress(ReadOnlySpan<byte> word, bool isIPv6, out UInt128 address)
    {
        if (isIPv6)
        {
            return IpLiteral.TryParseIPv6(word, out address);
        }

        bool isAddress = IpLiteral.TryParseIPv4(word, out uint bits);
        address = bits;
        return isAddress;
    }

    private static bool TryPort(ReadOnlySpan<byte> word, out int port)
    {
        port = 0;
        if (word.Length is 0 or > 5 || word.ContainsAnyExceptInRange((byte)'0', (byte)'9') || (word.Length > 1 && word[0] == '0'))
        {
            return false;
        }

        foreach (byte digit in word)
        {
            port = (port * 10) + (digit - '0');
        }

        return port <= HighestPort;
    }
}
