using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.WebSocket;

/// <summary>The opening handshake of RFC 6455 sections 4.2.1 and 4.2.2. Stateless.</summary>
public static class UpgradeHandshake
{
    /// <summary>Length of a Sec-WebSocket-Accept value.</summary>
    public const int AcceptLength = 28;

    private const int KeyLength = 24;

    private static readonly SearchValues<byte> Base64Bytes =
        SearchValues.Create("+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static ReadOnlySpan<byte> Guid => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>24 bytes of base64 that stand for 16.</summary>
    public static bool IsKey(ReadOnlySpan<byte> value) =>
        value.Length == KeyLength && value.EndsWith("=="u8) && !value[..(KeyLength - 2)].ContainsAnyExcept(Base64Bytes);

    /// <summary>Computes Sec-WebSocket-Accept for a valid key into 28 bytes.</summary>
    public static void ComputeAccept(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyLength, nameof(key));
        Span<byte> text = stackalloc byte[KeyLength + Guid.Length];
        key.CopyTo(text);
        Guid.CopyTo(text[KeyLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(text, hash);
        Base64.EncodeToUtf8(hash, destination, out _, out _);
    }

    /// <summary>True when a 101 answers the handshake: Upgrade websocket, Connection upgrade, and the accept value of that key.</summary>
    public static bool IsAcceptedBy(ResponseHead response, ReadOnlySpan<byte> key)
    {
        int index = response.Headers.IndexOf(KnownHeader.SecWebSocketAccept);
        if (!IsKey(key) || index < 0 || response.Headers.NextSame(index) >= 0
            || !Ascii.EqualsIgnoreCase(response.UpgradeProtocol, "websocket"u8))
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[AcceptLength];
        ComputeAccept(key, expected);
        return response.Headers.Value(index).SequenceEqual(expected);
    }

    /// <summary>
    /// Judges everything but the Connection option, which the reader has seen already. A handshake with a body is none: its bytes
    /// could be taken for frames.
    /// </summary>
    internal static bool IsRequested(RequestHead head) =>
        head.Method == KnownMethod.Get && head.Version == HttpVersion.Http11 && !head.Framing.HasBody && !head.IsAsterisk
            && Ascii.EqualsIgnoreCase(head.Headers.FirstValue(KnownHeader.Upgrade), "websocket"u8)
            && head.Headers.FirstValue(KnownHeader.SecWebSocketVersion).SequenceEqual("13"u8)
            && IsKey(head.Headers.FirstValue(KnownHeader.SecWebSocketKey));
}
