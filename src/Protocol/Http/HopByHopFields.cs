using System.Numerics;
using System.Text;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>
/// Removes what belongs to one connection only (RFC 9110 section 7.6.1). Call it before adding the edge's own fields, so that a peer's
/// <c>Connection: X-Forwarded-For</c> strips the peer's copy and not ours. Stateless.
/// </summary>
public static class HopByHopFields
{
    private static readonly ulong Always =
        HeaderBlock.Bit(KnownHeader.Connection) | HeaderBlock.Bit(KnownHeader.KeepAlive) | HeaderBlock.Bit(KnownHeader.ProxyConnection)
        | HeaderBlock.Bit(KnownHeader.TE) | HeaderBlock.Bit(KnownHeader.Trailer) | HeaderBlock.Bit(KnownHeader.TransferEncoding)
        | HeaderBlock.Bit(KnownHeader.Upgrade) | HeaderBlock.Bit(KnownHeader.Proxy) | HeaderBlock.Bit(KnownHeader.Http2Settings);

    /// <summary>
    /// Removes the fields named in Connection (Content-Length and Host excepted) and always Connection, Keep-Alive, Proxy-Connection, TE,
    /// Trailer, Transfer-Encoding, Upgrade, Proxy and HTTP2-Settings. For either direction; the caller re-adds what it wants to say
    /// itself (TE: trailers, Upgrade, Transfer-Encoding).
    /// </summary>
    public static void Strip(HeaderBlock headers)
    {
        for (int i = headers.IndexOf(KnownHeader.Connection); i >= 0; i = headers.NextSame(i))
        {
            ReadOnlySpan<byte> list = headers.Value(i);
            while (!list.IsEmpty)
            {
                RemoveNominated(headers, FieldSyntax.NextElement(ref list));
            }
        }

        ulong present = headers.PresentLow & Always;
        while (present != 0)
        {
            headers.Remove((KnownHeader)BitOperations.TrailingZeroCount(present));
            present &= present - 1;
        }
    }

    // Framing and routing fields are not a peer's to strip; Connection itself is still being read and goes last.
    private static void RemoveNominated(HeaderBlock headers, ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || Ascii.EqualsIgnoreCase(name, "close"u8))
        {
            return;
        }

        KnownHeader known = KnownHeaders.Classify(name);
        if (known == KnownHeader.None)
        {
            headers.Remove(name);
        }
        else if (known is not (KnownHeader.ContentLength or KnownHeader.TransferEncoding or KnownHeader.Host or KnownHeader.Connection))
        {
            headers.Remove(known);
        }
    }
}
