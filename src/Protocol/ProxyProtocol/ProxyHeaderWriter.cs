using System.Net;

namespace VoltageSoda.Edge.Protocol.ProxyProtocol;

/// <summary>Writes PROXY protocol headers. Stateless.</summary>
public static class ProxyHeaderWriter
{
    /// <summary>Most bytes any method here writes.</summary>
    public const int MaxLength = 108;

    /// <summary>Writes a version 1 line and returns its length. Both ends must be of one family.</summary>
    public static int WriteV1(Span<byte> destination, IPEndPoint source, IPEndPoint target) => throw new NotImplementedException();

    /// <summary>Writes a version 2 header without TLVs and returns its length. Both ends must be of one family.</summary>
    public static int WriteV2(Span<byte> destination, IPEndPoint source, IPEndPoint target) => throw new NotImplementedException();

    /// <summary>Writes a version 2 LOCAL header (health checks) and returns its length.</summary>
    public static int WriteLocal(Span<byte> destination) => throw new NotImplementedException();
}
