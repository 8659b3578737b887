using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>Kinds of host condition.</summary>
internal enum HostPatternKind
{
    Exact,

    /// <summary><c>*.example.com</c>: the text is a suffix beginning with a dot.</summary>
    Suffix,

    /// <summary><c>example.*</c>: the text is a prefix ending with a dot.</summary>
    Prefix,
}

/// <summary>One host condition of a route. Immutable.</summary>
internal sealed class HostPattern
{
    private HostPattern(HostPatternKind kind, byte[] text, int port)
    {
        Kind = kind;
        Text = text;
        Port = port;
    }

    public HostPatternKind Kind { get; }

    public byte[] Text { get; }

    /// <summary>The port required, or 0.</summary>
    public int Port { get; }

    public static HostPattern Parse(string pattern)
    {
        (string host, int port) = SplitPort(pattern);
        if (host.StartsWith("*.", StringComparison.Ordinal))
        {
            return new HostPattern(HostPatternKind.Suffix, Encoding.UTF8.GetBytes(host[1..]), port);
        }

        if (host.EndsWith(".*", StringComparison.Ordinal))
        {
            return new HostPattern(HostPatternKind.Prefix, Encoding.UTF8.GetBytes(host[..^1]), port);
        }

        if (host.Length == 0 || host.Contains('*', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{pattern}' is not a host: the wildcard stands for the first or the last label.", nameof(pattern));
        }

        return new HostPattern(HostPatternKind.Exact, Encoding.UTF8.GetBytes(host), port);
    }

    public bool Matches(ReadOnlySpan<byte> host, int port)
    {
        if (Port != 0 && Port != port)
        {
            return false;
        }

        return Kind switch
        {
            HostPatternKind.Exact => Ascii.EqualsIgnoreCase(host, Text),
            HostPatternKind.Suffix => host.Length >= Text.Length && Ascii.EqualsIgnoreCase(host[^Text.Length..], Text),
            _ => host.Length >= Text.Length && Ascii.EqualsIgnoreCase(host[..Text.Length], Text),
        };
    }

    private static (string Host, int Port) SplitPort(string pattern)
    {
        int colon = pattern.LastIndexOf(':');
        bool hasPort = colon > pattern.LastIndexOf(']')
            && int.TryParse(pattern.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return hasPort
            ? (pattern[..colon], int.Parse(pattern.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture))
            : (pattern, 0);
    }
}
