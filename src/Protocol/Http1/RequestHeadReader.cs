using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>Reads HTTP/1.x request heads (RFC 9112 sections 2 to 6). Synchronous, restartable, total; its place is kept in the head.</summary>
public static class RequestHeadReader
{
    /// <summary>
    /// Reads one head. Incomplete input consumes nothing but permitted leading empty lines: call again with <paramref name="input"/>
    /// starting at <paramref name="consumed"/> and longer. Complete: the head is valid and its bytes are copied, so the input can be
    /// released up to <paramref name="consumed"/>. Refused: see <paramref name="error"/>; when that keeps the connection
    /// (<see cref="WireError.TraceRefused"/>) the head is complete as well. Call <see cref="RequestHead.Reset"/> before the next head.
    /// </summary>
    public static ParseResult Read(in ReadOnlySequence<byte> input, RequestHead head, RequestRules rules, out SequencePosition consumed,
        out WireError error) => throw new NotImplementedException();
}
