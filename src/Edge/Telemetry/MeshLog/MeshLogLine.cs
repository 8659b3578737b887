using System.Net;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>
/// The facts of one line: spans and heads of the exchange's own memory, read before the write returns. What is not known stays empty or
/// negative and is written <c>-</c> (JSON: null).
/// </summary>
public ref struct MeshLogLine
{
    public MeshLogLine()
    {
    }

    /// <summary>Wall clock of the request's first byte, milliseconds since 1970 UTC.</summary>
    public long StartUnixMilliseconds { get; set; }

    public ReadOnlySpan<byte> Method { get; set; }

    /// <summary>Path and query as they are at the end: rewritten, if a route rewrote them.</summary>
    public ReadOnlySpan<byte> Path { get; set; }

    public ReadOnlySpan<byte> Authority { get; set; }

    public bool IsTls { get; set; }

    public HeaderBlock? RequestFields { get; set; }

    public HeaderBlock? ResponseFields { get; set; }

    public HeaderBlock? ResponseTrailers { get; set; }

    /// <summary>10, 11 or 20; 0 when the request line was not understood.</summary>
    public int HttpVersion { get; set; }

    /// <summary>Status sent; 0 when none was.</summary>
    public int Status { get; set; }

    public ResponseFlags Flags { get; set; }

    public ReadOnlySpan<byte> Details { get; set; }

    public ReadOnlySpan<byte> ConnectionTermination { get; set; }

    /// <summary>Body bytes from the client.</summary>
    public long BytesReceived { get; set; }

    /// <summary>Body bytes to the client.</summary>
    public long BytesSent { get; set; }

    public int RequestHeadBytes { get; set; }

    public int ResponseHeadBytes { get; set; }

    /// <summary>Milliseconds from the first byte to the last.</summary>
    public long Duration { get; set; } = -1;

    /// <summary>Milliseconds until the whole request was there.</summary>
    public long RequestDuration { get; set; } = -1;

    /// <summary>Milliseconds until the first byte of the upstream's response.</summary>
    public long ResponseDuration { get; set; } = -1;

    /// <summary>Endpoint of the last attempt.</summary>
    public ReadOnlySpan<byte> UpstreamHost { get; set; }

    public ReadOnlySpan<byte> UpstreamCluster { get; set; }

    public IPEndPoint? UpstreamLocal { get; set; }

    public ReadOnlySpan<byte> UpstreamFailure { get; set; }

    public int Attempts { get; set; }

    public IPEndPoint? Local { get; set; }

    /// <summary>The client after the rules for trusted hops.</summary>
    public ClientAddress Remote { get; set; }

    /// <summary>0 when it is not that of the connection.</summary>
    public int RemotePort { get; set; }

    /// <summary>The connection's other end.</summary>
    public ClientAddress Peer { get; set; }

    public int PeerPort { get; set; }

    public TlsSession? Tls { get; set; }

    public ReadOnlySpan<byte> RouteName { get; set; }

    public ReadOnlySpan<byte> VirtualHostName { get; set; }

    public long ConnectionId { get; set; }

    /// <summary>Kind of a refusal; subject to the flood guard.</summary>
    public ReadOnlySpan<byte> Reason { get; set; }
}
