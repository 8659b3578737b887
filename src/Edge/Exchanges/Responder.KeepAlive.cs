using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>Whether the client's connection is kept behind an answer, and how the answer says so.</summary>
internal static partial class Responder
{
    internal static void WriteConnection(Exchange exchange, ref HeadWriter writer, bool oldClient)
    {
        if (!exchange.KeepAlive)
        {
            writer.Field(KnownHeader.Connection, "close"u8);
        }
        else if (oldClient)
        {
            writer.Field(KnownHeader.Connection, "keep-alive"u8);
        }
    }

    internal static bool MayKeepAlive(Exchange exchange)
    {
        RequestHead request = exchange.Request;
        if (!request.KeepAlive
            || (exchange.WireError != WireError.None && exchange.WireError.ClosesConnection())
            || exchange.Retires
            || exchange.Worker.State.IsDraining
            || (exchange.Mesh is not null && exchange.Worker.State.ClosesGateways)
            || exchange.Worker.State.Pressure >= MemoryPressure.Shrink
            || !exchange.Downstream.MayServeMore
            || exchange.Interrupted is Failure.DownstreamTimeout or Failure.DownstreamGone or Failure.Internal)
        {
            return false;
        }

        if (!exchange.HasBody || exchange.RequestBody.IsComplete)
        {
            return !(exchange.IsSendingBody && request.ExpectContinue);
        }

        if (request.ExpectContinue)
        {
            return false;
        }

        // What is missing is read on while the answer streams, and drained behind it up to the bound. An answer that is shorter than what
        // would be left leaves the upload no time: the connection closes behind it, and the client has to know. How much is left of chunks
        // nobody knows: beside an answer whose end is in sight it may be too much.
        if (request.Framing.Kind != BodyKind.Length)
        {
            return !exchange.IsSendingBody || AnswerLength(exchange) == long.MaxValue;
        }

        long left = request.Framing.Length - exchange.RequestBody.BytesRead - exchange.Options.DrainBodyBytes;
        return left <= (exchange.IsSendingBody ? AnswerLength(exchange) : 0);
    }

    // Of what is still to come; a body whose end is not in sight may be of any length.
    private static long AnswerLength(Exchange exchange)
    {
        if (!exchange.FromUpstream || exchange.Attempt.ResponseBody.IsReceived)
        {
            return 0;
        }

        BodyFraming framing = exchange.Response.Framing;
        return framing.Kind == BodyKind.Length ? framing.Length : long.MaxValue;
    }
}
