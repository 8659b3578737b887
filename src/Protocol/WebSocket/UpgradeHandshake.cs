using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.WebSocket;

/// <summary>The opening handshake of RFC 6455 sections 4.2.1 and 4.2.2. Stateless.</summary>
public static class UpgradeHandshake
{
    /// <summary>Length of a Sec-WebSocket-Accept value.</summary>
    public const int AcceptLength = 28;

    /// <summary>24 bytes of base64 that stand for 16.</summary>
    public static bool IsKey(ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Computes Sec-WebSocket-Accept for a valid key into 28 bytes.</summary>
    public static void ComputeAccept(ReadOnlySpan<byte> key, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>True when a 101 answers the handshake: Upgrade websocket, Connection upgrade, and the accept value of that key.</summary>
    public static bool IsAcceptedBy(ResponseHead response, ReadOnlySpan<byte> key) => throw new NotImplementedException();
}
