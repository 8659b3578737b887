using System.Buffers;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// Step 5 and what the router does without an upstream: the virtual host, the route, the destination; redirects, direct responses, CORS. Stateless.
/// </summary>
internal static class MeshMatch
{
    /// <summary>Finds route and destination; the reply is none when the request goes on.</summary>
    public static MeshReply Match(Exchange exchange, MeshState mesh)
    {
        RequestHead request = exchange.Request;
        mesh.IsGrpc = GrpcReply.IsGrpc(request.Headers);
        if (exchange.Worker.State.Pressure >= MemoryPressure.Refuse)
        {
            return Fail(exchange, Failure.OverMemory);
        }

        if (request.Version == HttpVersion.Http10)
        {
            exchange.WireError = WireError.UnsupportedVersion;
            return MeshReplies.OldVersion;
        }

        MeshSanitizer.Clean(exchange, mesh);
        if (exchange.Options.MaxRequestBody is > 0 and long limit && request.Framing.Length > limit)
        {
            return Refuse(exchange, WireError.BodyTooLarge);
        }

        if (!Normalise(exchange, mesh, out MeshReply reply))
        {
            return reply;
        }

        if (exchange.Snapshot.Mesh.Denied is not null)
        {
            return MeshReplies.Denied;
        }

        if (mesh.Server is not { } server)
        {
            exchange.Retires = true;
            return Fail(exchange, Failure.NoRoute);
        }

        if (server.VirtualHost(request.Authority) is not { } host)
        {
            return Fail(exchange, Failure.NoRoute);
        }

        mesh.VirtualHost = host;
        MeshRequest facts = mesh.Facts(request);
        if (host.RequiresTls && !mesh.IsHttps)
        {
            RedirectAction.WriteHttpsLocation(in facts, Location(mesh));
            return Redirect(exchange, mesh, 301);
        }

        HeaderBlockEdits headers = new(request.Headers);
        if (host.Routes.Find(in facts, ref headers) is not { } route)
        {
            if (request.IsAsterisk)
            {
                exchange.Response.Headers.Add("allow"u8, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"u8);
                return MeshReplies.OptionsAsterisk;
            }

            return Fail(exchange, Failure.NoRoute);
        }

        mesh.Route = route;
        if (route.Action == MeshRouteAction.Forward)
        {
            mesh.Destination = route.Choose(exchange.Worker.RequestIds.Next());
            if (mesh.Destination.Denied is not null)
            {
                return MeshReplies.Denied;
            }
        }

        return MeshReply.None;
    }

    /// <summary>What is done behind the fault filter and before an upstream is tried.</summary>
    public static MeshReply Act(Exchange exchange, MeshState mesh)
    {
        MeshRoutePlan route = mesh.Route!;
        if (route.Cors is { } cors)
        {
            HeaderBlockEdits request = new(exchange.Request.Headers);
            mesh.Cors = cors.Decide(exchange.Request.MethodBytes, ref request);
            if (mesh.Cors is EnvoyCorsVerdict.Preflight or EnvoyCorsVerdict.PreflightRefused)
            {
                HeaderBlockEdits response = new(exchange.Response.Headers);
                cors.ApplyPreflight(mesh.Cors, ref request, ref response);
                return MeshReplies.Preflight;
            }
        }

        mesh.ReachedRouter = true;
        switch (route.Action)
        {
            case MeshRouteAction.Redirect:
                MeshRequest facts = mesh.Facts(exchange.Request);
                route.Redirect!.WriteLocation(in facts, Location(mesh));
                return Redirect(exchange, mesh, route.RedirectStatus);
            case MeshRouteAction.DirectResponse:
                return new MeshReply(
                    route.DirectResponse!.Status, MeshReplies.DirectResponse, default, route.DirectResponse.Body ?? default);
            default:
                return mesh.Destination!.Cluster is null ? Fail(exchange, Failure.NoCluster) : MeshReply.None;
        }
    }

    private static MeshReply Fail(Exchange exchange, Failure failure)
    {
        exchange.Failure = failure;
        return MeshReplies.For(failure);
    }

    private static MeshReply Refuse(Exchange exchange, WireError error)
    {
        exchange.WireError = error;
        exchange.Failure = Failure.DownstreamInvalid;
        return MeshReplies.For(error);
    }

    private static ArrayBufferWriter<byte> Location(MeshState mesh)
    {
        mesh.Scratch.ResetWrittenCount();
        return mesh.Scratch;
    }

    private static MeshReply Redirect(Exchange exchange, MeshState mesh, int status)
    {
        exchange.Response.Headers.Add(KnownHeader.Location, mesh.Scratch.WrittenSpan);
        return new MeshReply(status, MeshReplies.DirectResponse, default);
    }

    // The routed path is the canonical one in the form of a request line: what has no business there raw is percent-encoded again.
    private static bool Normalise(Exchange exchange, MeshState mesh, out MeshReply reply)
    {
        reply = MeshReply.None;
        RequestHead request = exchange.Request;
        MeshPathRules rules = MeshPathRules.Of(exchange.Snapshot.Mesh.Paths, exchange.Options);
        WireError error = exchange.Canonicalise(rules.MergeSlashes, rules.Slashes, out bool redirect);
        if (error != WireError.None)
        {
            reply = Refuse(exchange, error);
            return false;
        }

        ReadOnlySpan<byte> path = exchange.Path;
        Span<byte> room = exchange.TargetRoom(CanonicalPath.MaxLength(path.Length));
        CanonicalPath.Escape(path, room, out ReadOnlySpan<byte> escaped);
        if (redirect && !rules.Decodes)
        {
            if (mesh.IsGrpc)
            {
                reply = MeshReplies.PathNormalised with { GrpcStatus = 13 };
                return false;
            }

            ArrayBufferWriter<byte> location = Location(mesh);
            location.Write(escaped);
            location.Write(request.Query);
            reply = Redirect(exchange, mesh, 307) with { Details = MeshReplies.PathNormalised.Details };
            return false;
        }

        if (!escaped.SequenceEqual(request.Path))
        {
            mesh.SetRouted(escaped, request.Query);
        }

        return true;
    }
}
