using System.Text;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>What the Connection fields of one head ask for (RFC 9110 section 7.6.1, RFC 9112 section 9.3).</summary>
internal readonly record struct ConnectionOptions(bool Close, bool KeepAlive, bool Upgrade)
{
    // Stripping compares every option with every field; a head cannot have more hop-by-hop fields than this in earnest.
    private const int MaxOptions = 64;

    /// <summary>Reads all Connection fields; false when they list more than 64 options.</summary>
    public static bool TryRead(HeaderBlock headers, out ConnectionOptions options)
    {
        bool close = false;
        bool keepAlive = false;
        bool upgrade = false;
        int count = 0;
        for (int i = headers.IndexOf(KnownHeader.Connection); i >= 0; i = headers.NextSame(i))
        {
            ReadOnlySpan<byte> list = headers.Value(i);
            while (!list.IsEmpty)
            {
                ReadOnlySpan<byte> option = FieldSyntax.NextElement(ref list);
                close |= Ascii.EqualsIgnoreCase(option, "close"u8);
                keepAlive |= Ascii.EqualsIgnoreCase(option, "keep-alive"u8);
                upgrade |= Ascii.EqualsIgnoreCase(option, "upgrade"u8);
                if (++count > MaxOptions)
                {
                    options = default;
                    return false;
                }
            }
        }

        options = new ConnectionOptions(close, keepAlive, upgrade);
        return true;
    }

    /// <summary>True when the sender keeps the connection open after this message.</summary>
    public bool Persists(HttpVersion version) => !Close && (version == HttpVersion.Http11 || KeepAlive);
}
