using System.Buffers.Text;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// Step 11 of a Gateway listener: the answer to the client in the order of Envoy's encoders: the router's own fields, the route's header changes,
/// CORS, then what the connection manager states. Stateless.
/// </summary>
internal static partial class MeshResponder
{
    /// <summary>Passes on the upstream's answer: head, body, trailers. No retry from here.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask RespondAsync(Exchange exchange, MeshState mesh)
    {
        ResponseHead response = exchange.Response;
        exchange.Status = response.Status;
        mesh.Details = MeshReplies.ViaUpstream;
        HopByHopFields.Strip(response.Headers);

        // A refusal before the body is there ends the upload; an answer that streams beside it may go on.
        if (exchange.HasSending && exchange.IsSendingBody && response.Status >= 400)
        {
            await AttemptSteps.EndSendingAsync(exchange);
        }

        Edit(exchange, mesh);
        if (response.Status == 101)
        {
            if (!await Responder.WriteSwitchAsync(exchange))
            {
                await ReplyAsync(exchange, mesh, Unwritable(exchange));
            }

            return;
        }

        BodyKind kind = Responder.WriteUpstreamHead(exchange, -1);
        if (!exchange.ResponseStarted)
        {
            await ReplyAsync(exchange, mesh, Unwritable(exchange));
            return;
        }

        await Responder.EndRelayAsync(exchange, await Responder.CopyBodyAsync(exchange, kind));
    }

    /// <summary>After an unexpected exception: answers 500 if nothing was sent yet, and never throws.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask GiveUpAsync(Exchange exchange, MeshState mesh)
    {
        if (exchange.ResponseStarted)
        {
            return;
        }

        try
        {
            exchange.Response.Reset();
            mesh.Route = null;
            mesh.Destination = null;
            await ReplyAsync(exchange, mesh, MeshReplies.For(Failure.Internal));
        }
        catch (Exception)
        {
            // The connection is closed by its owner; there is nothing left to tell the client.
            exchange.KeepAlive = false;
        }
    }

    private static MeshReply Unwritable(Exchange exchange)
    {
        exchange.Failure = Failure.Internal;
        exchange.Response.Reset();
        return MeshReplies.For(Failure.Internal);
    }

    private static void Edit(Exchange exchange, MeshState mesh)
    {
        HeaderBlock headers = exchange.Response.Headers;
        if (mesh.ReceivedAt >= 0 && exchange.Snapshot.Mesh.OwnFields.Debug)
        {
            // An answer before the request's end tells no time.
            Span<byte> digits = stackalloc byte[11];
            Utf8Formatter.TryFormat(Math.Max(0, exchange.UpstreamLatency), digits, out int length);
            headers.Set("x-envoy-upstream-service-time"u8, digits[..length]);
        }

        // What is said to this hop alone, and between proxies of the mesh for their traces.
        Responder.Drop(headers, KnownHeader.ProxyAuthenticate, isReplaced: true);
        headers.Remove("x-envoy-decorator-operation"u8);
        if (exchange.SetsKeyCookie is not null)
        {
            KeyCookie.Set(exchange, headers);
        }

        EditByRoute(exchange, mesh);
        WriteServer(exchange, headers);
    }

    private static void WriteServer(Exchange exchange, HeaderBlock headers)
    {
        ReadOnlySpan<byte> server = exchange.Snapshot.Mesh.OwnFields.Server.Span;
        if (!server.IsEmpty)
        {
            Responder.Drop(headers, KnownHeader.Server, isReplaced: true);
            headers.Add(KnownHeader.Server, server);
        }
    }

    // The changes of a route hold for its local answers too, those of the filters before the router excepted as far as CORS goes.
    private static void EditByRoute(Exchange exchange, MeshState mesh)
    {
        HeaderBlock headers = exchange.Response.Headers;
        Policies.Transformation.HeaderMutations? changes = mesh.Destination?.ResponseHeaders ?? mesh.Route?.ResponseHeaders;
        HeaderBlockEdits request = new(exchange.Request.Headers);
        HeaderBlockEdits edits = new(headers);
        if (changes is { IsNone: false })
        {
            MeshRequest facts = mesh.Facts(exchange.Request);
            MeshValues values = new(exchange);
            changes.ApplyResponse(ref request, ref edits, in facts, ref values);

            // Framing and the connection are the gateway's to state: a field that contradicts them would desynchronise the client.
            Responder.Drop(headers, KnownHeader.TransferEncoding, isReplaced: true);
            Responder.Drop(headers, KnownHeader.Connection, isReplaced: true);
        }

        if (mesh.ReachedRouter && mesh.Route?.Cors is { } cors)
        {
            cors.ApplyResponse(mesh.Cors, exchange.Request.Headers.FirstValue(KnownHeader.Origin), ref edits);
        }
    }
}
