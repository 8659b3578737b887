using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges.Mesh;

// Answers that the gateway makes itself.
internal static partial class MeshResponder
{
    /// <summary>Answers by the gateway itself; the fields that belong to the answer are in the response head.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask ReplyAsync(Exchange exchange, MeshState mesh, MeshReply reply)
    {
        exchange.FromUpstream = false;
        mesh.Flags |= reply.Flags;
        mesh.Details = reply.Details;
        exchange.Status = reply.Status;
        if (reply.Status == 0)
        {
            exchange.KeepAlive = false;
            return;
        }

        if (!Write(exchange, mesh, reply))
        {
            // A field of the route may not be written: answer without any.
            exchange.Response.Reset();
            mesh.Route = null;
            mesh.Destination = null;
            exchange.Failure = Failure.Internal;
            if (!Write(exchange, mesh, MeshReplies.For(Failure.Internal)))
            {
                exchange.KeepAlive = false;
                exchange.Worker.Metrics.InternalError();
                return;
            }
        }

        await Responder.FlushLocalAsync(exchange);
    }

    /// <summary>
    /// Puts the fields of an answer by the gateway itself into the response head, framing aside, and gives its body.
    /// </summary>
    public static ReadOnlyMemory<byte> Fill(Exchange exchange, MeshState mesh, in MeshReply reply)
    {
        HeaderBlock headers = exchange.Response.Headers;
        ReadOnlyMemory<byte> body = reply.Body;
        exchange.Status = mesh.IsGrpc ? 200 : reply.Status;
        if (reply.Status == 405)
        {
            headers.Set(KnownHeader.Allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"u8);
        }
        else if (exchange.Failure == Failure.OverMemory)
        {
            headers.Set(KnownHeader.RetryAfter, "1"u8);
        }

        // The answer to a preflight is CORS's alone.
        if (reply.Details != MeshReplies.Preflight.Details)
        {
            EditByRoute(exchange, mesh);
        }

        if (mesh.IsGrpc)
        {
            WriteGrpc(mesh, headers, reply);
            body = default;
        }
        else if (exchange.Status is 204 or 304)
        {
            // RFC 9110 sections 15.3.5 and 15.4.5: such an answer ends with its head, and a client takes what follows for the next one.
            body = default;
        }
        else if (!body.IsEmpty && !headers.Contains(KnownHeader.ContentType))
        {
            headers.Add(KnownHeader.ContentType, "text/plain"u8);
        }

        WriteServer(exchange, headers);
        Responder.Drop(headers, KnownHeader.ContentLength, isReplaced: true);
        return body;
    }

    private static bool Write(Exchange exchange, MeshState mesh, in MeshReply reply)
    {
        HeaderBlock headers = exchange.Response.Headers;
        ReadOnlySpan<byte> body = Fill(exchange, mesh, reply).Span;
        int status = exchange.Status;
        exchange.KeepAlive = Responder.MayKeepAlive(exchange);
        PipeWriter output = exchange.Output;
        long before = output.UnflushedBytes;
        HeadWriter writer = new(output, HeadWriter.Estimate(headers) + 256, lowerCaseNames: true);
        writer.StatusLine(status);
        writer.Fields(headers);
        if (status is not (204 or 304))
        {
            writer.Field("content-length"u8, body.Length);
            exchange.ResponseLength = body.Length;
        }

        if (!headers.Contains(KnownHeader.Date))
        {
            writer.Field("date"u8, exchange.Worker.Date);
        }

        Responder.WriteConnection(exchange, ref writer, oldClient: false);
        if (writer.End() != WireError.None)
        {
            return false;
        }

        exchange.ResponseStarted = true;
        exchange.ResponseHeadBytes = (int)(output.UnflushedBytes - before);
        exchange.ResponseBody.Begin(output, BodyKind.Length, exchange.ResponseHeadBytes);
        if (exchange.Request.Method != KnownMethod.Head && !body.IsEmpty)
        {
            output.Write(body);
            exchange.ResponseBody.Wrote(body.Length);
        }

        return true;
    }

    private static void WriteGrpc(MeshState mesh, HeaderBlock headers, in MeshReply reply)
    {
        headers.Set(KnownHeader.ContentType, "application/grpc"u8);
        if (!headers.Contains(KnownHeader.GrpcStatus))
        {
            Span<byte> digits = stackalloc byte[11];
            Utf8Formatter.TryFormat(reply.GrpcStatus >= 0 ? reply.GrpcStatus : GrpcReply.StatusOf(reply.Status), digits, out int length);
            headers.Add(KnownHeader.GrpcStatus, digits[..length]);
        }

        if (!reply.Body.IsEmpty)
        {
            mesh.Scratch.ResetWrittenCount();
            GrpcReply.WriteMessage(reply.Body.Span, mesh.Scratch);
            headers.Set(KnownHeader.GrpcMessage, mesh.Scratch.WrittenSpan);
        }
    }
}
