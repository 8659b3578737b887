using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>Reads HTTP/1.x response heads of upstreams. Synchronous, restartable, total; its place is kept in the head.</summary>
public static class ResponseHeadReader
{
    /// <summary>
    /// Reads one head, interim ones included; same contract as the request reader. Any refusal is 502 to the client.
    /// <paramref name="requestMethod"/> is the method of the request answered: an answer to HEAD has no body.
    /// </summary>
    public static ParseResult Read(in ReadOnlySequence<byte> input, ResponseHead head, in HeadLimits limits, KnownMethod requestMethod,
        out SequencePosition consumed, out WireError error) => throw new NotImplementedException();
}
