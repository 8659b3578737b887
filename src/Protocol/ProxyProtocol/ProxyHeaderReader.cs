using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.ProxyProtocol;

/// <summary>Reads a PROXY protocol header, version 1 or 2, at the start of a connection. Stateless, total.</summary>
public static class ProxyHeaderReader
{
    /// <summary>Longest header accepted, bytes.</summary>
    public const int MaxLength = 2048;

    /// <summary>Reads the header; bytes behind <paramref name="consumed"/> belong to the next layer. Refused means: close without an answer.</summary>
    public static ParseResult Read(in ReadOnlySequence<byte> input, out ProxyHeader header, out SequencePosition consumed) => throw new NotImplementedException();
}
