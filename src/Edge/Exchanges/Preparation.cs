using System.Buffers;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Step 7: makes the outgoing head. Hop-by-hop fields are gone already (before plugins added theirs); here come the forwarded fields, the
/// route's edits and the upstream target. Stateless.
/// </summary>
internal static class Preparation
{
    private const int MaxStackQuery = 512;

    private static readonly LocalReply TemplateFailed = new(500, KongErrors.Unexpected);

    public static LocalReply Prepare(Exchange exchange)
    {
        RoutePlan route = exchange.Route!;
        if (route.Service is not { Guard: null })
        {
            exchange.Failure = route.Service is null ? Failure.NoService : Failure.Guarded;
            return LocalReply.For(exchange.Failure);
        }

        HeaderBlock headers = exchange.Request.Headers;
        EdgeSnapshot snapshot = exchange.Snapshot;
        int received = headers.Count;
        Forward(exchange, route);
        if (snapshot.Options.Fields.UpstreamRequestId)
        {
            headers.Set("X-Kong-Request-Id"u8, exchange.RequestId);
        }

        Hops.Add(headers, snapshot.Options.Fields.HopUtf8.Span);
        exchange.OwnFields = (received, headers.Count);

        // Framing is ours to state.
        headers.Remove(KnownHeader.ContentLength);
        RequestTransform? transform = exchange.Plugins.RequestTransform;
        if (transform is null)
        {
            ChooseHost(exchange, route);
            WriteTarget(exchange, route.Rewrite, exchange.Query);
            return LocalReply.Continue;
        }

        return Transform(exchange, transform, route);
    }

    // Each edit may move the head's block, so what is read from it while it is edited is copied first.
    private static void Forward(Exchange exchange, RoutePlan route)
    {
        ReadOnlySpan<byte> host = exchange.Request.Authority;
        ReadOnlySpan<byte> original = exchange.Request.Path;
        ReadOnlySpan<byte> prefix = route.Rewrite.ForwardedPrefix(exchange.Path, exchange.Match.MatchedPathLength);
        Span<byte> copy = exchange.TargetRoom(host.Length + original.Length + prefix.Length);
        host.CopyTo(copy);
        original.CopyTo(copy[host.Length..]);
        prefix.CopyTo(copy[(host.Length + original.Length)..]);
        if (!exchange.Client.PeerIsTrusted)
        {
            // They steer an Envoy behind the edge: timeouts, retries, whose request it is.
            exchange.Request.Headers.RemovePrefixed("x-envoy-"u8);
        }

        HeaderBlockEdits edits = new(exchange.Request.Headers);
        ForwardedFacts facts = new()
        {
            Connection = exchange.Connection,
            Client = exchange.Client,
            Host = copy[..host.Length],
            OriginalPath = copy.Slice(host.Length, original.Length),
            Prefix = copy.Slice(host.Length + original.Length, prefix.Length),
        };
        exchange.Snapshot.ForwardedFields.Apply(in facts, ref edits);
    }

    // A Host that a transformer replaced is sent as it is, and so is the client's with preserve_host; else each endpoint has its own.
    private static void ChooseHost(Exchange exchange, RoutePlan route)
    {
        HeaderBlock headers = exchange.Request.Headers;
        int host = headers.IndexOf(KnownHeader.Host);
        exchange.KeepsHost = host >= 0
            && (route.PreserveHost || !headers.Value(host).SequenceEqual(exchange.Request.Authority));
        if (host >= 0 && !exchange.KeepsHost)
        {
            headers.RemoveAt(host);
        }
    }

    private static void WriteTarget(Exchange exchange, PathRewrite rewrite, ReadOnlySpan<byte> queryWithMark)
    {
        ReadOnlySpan<byte> path = exchange.Path;
        int matched = exchange.Match.MatchedPathLength;
        int room = rewrite.GetMaxLength(path.Length) + queryWithMark.Length;
        Span<byte> target = exchange.TargetRoom(room);
        if (!rewrite.TryWrite(path, matched, target, out int written))
        {
            throw new InvalidOperationException("The upstream path does not fit the room that its rewrite asked for.");
        }

        queryWithMark.CopyTo(target[written..]);
        exchange.TargetLength = written + queryWithMark.Length;
    }

    private static LocalReply Transform(Exchange exchange, RequestTransform transform, RoutePlan route)
    {
        HeaderBlock headers = exchange.Request.Headers;
        GuardedHeaderEdits edits = new(headers);
        ReadOnlySpan<byte> received = exchange.QueryWithoutMark;
        Span<byte> copy = received.Length <= MaxStackQuery ? stackalloc byte[MaxStackQuery] : new byte[received.Length];
        received.CopyTo(copy);
        TemplateFacts facts = new() { Query = copy[..received.Length], Captures = exchange.Match.Captures };
        ArrayBufferWriter<byte>? rewritten = null;
        if (transform.HasUri)
        {
            rewritten = new ArrayBufferWriter<byte>(256);
            if (!transform.TryWriteUri(in facts, ref edits, rewritten))
            {
                return TemplateFailed;
            }
        }

        if (!transform.Method.IsEmpty)
        {
            exchange.MethodReplaced = true;
        }

        // Query edits see the headers before header edits, as in Kong, where every template is rendered from the request as received.
        ArrayBufferWriter<byte>? query = null;
        if (transform.HasQueryEdits)
        {
            query = new ArrayBufferWriter<byte>(256);
            if (!transform.TryEditQuery(in facts, ref edits, query))
            {
                return TemplateFailed;
            }
        }

        if (exchange.Collected is not null && transform.MovesFormToQuery(headers.FirstValue(KnownHeader.ContentType)))
        {
            query = WithForm(exchange, query);
        }

        bool hadBody = exchange.HasBody || exchange.Collected is not null;
        if (!hadBody && transform.EditsBodyOf(headers.FirstValue(KnownHeader.ContentType)))
        {
            // Kong adds to a body that is not there as to an empty one.
            exchange.Collected = ArrayPool<byte>.Shared.Rent(1);
        }

        if (exchange.Collected is { } body && transform.HasBodyEdits && !EditBody(exchange, transform, facts, body))
        {
            return TemplateFailed;
        }

        if (!hadBody && exchange.Collected is { } nothing && exchange.CollectedLength == 0)
        {
            exchange.Collected = null;
            ArrayPool<byte>.Shared.Return(nothing);
        }

        if (transform.HasHeaderEdits && !transform.TryEditHeaders(in facts, ref edits))
        {
            return TemplateFailed;
        }

        ChooseHost(exchange, route);
        if (rewritten is null && query is null)
        {
            WriteTarget(exchange, route.Rewrite, exchange.Query);
            return LocalReply.Continue;
        }

        ReadOnlySpan<byte> newQuery = query is null ? exchange.QueryWithoutMark : query.WrittenSpan;
        bool mark = query is null ? exchange.HasQuery : newQuery.Length != 0;
        if (rewritten is null)
        {
            WriteTarget(exchange, route.Rewrite, default);
        }
        else
        {
            rewritten.WrittenSpan.CopyTo(exchange.TargetRoom(rewritten.WrittenCount));
            exchange.TargetLength = rewritten.WrittenCount;
        }

        exchange.AppendToTarget(newQuery, mark);
        return LocalReply.Continue;
    }

    // A method without a body of meaning gets the form's arguments in its query.
    private static ArrayBufferWriter<byte> WithForm(Exchange exchange, ArrayBufferWriter<byte>? edited)
    {
        ReadOnlySpan<byte> before = edited is null ? exchange.QueryWithoutMark : edited.WrittenSpan;
        ReadOnlySpan<byte> form = exchange.Collected.AsSpan(0, exchange.CollectedLength);
        ArrayBufferWriter<byte> joined = new(before.Length + form.Length + 1);
        joined.Write(before);
        if (!before.IsEmpty && !form.IsEmpty)
        {
            joined.Write("&"u8);
        }

        joined.Write(form);
        return joined;
    }

    /// <summary>Applies the body edits of a transform to the collected body; false when a template fails.</summary>
    public static bool EditBody(Exchange exchange, RequestTransform transform, in TemplateFacts facts, byte[] body)
    {
        HeaderBlock headers = exchange.Request.Headers;
        GuardedHeaderEdits edits = new(headers);
        ArrayBufferWriter<byte> output = new(exchange.CollectedLength + 256);
        BodyEditOutcome outcome = transform.TryEditBody(
            in facts, ref edits, headers.FirstValue(KnownHeader.ContentType), body.AsSpan(0, exchange.CollectedLength), output);
        if (outcome == BodyEditOutcome.Failed)
        {
            return false;
        }

        if (outcome == BodyEditOutcome.Changed)
        {
            byte[] edited = ArrayPool<byte>.Shared.Rent(Math.Max(1, output.WrittenCount));
            output.WrittenSpan.CopyTo(edited);
            exchange.Collected = edited;
            exchange.CollectedLength = output.WrittenCount;
            ArrayPool<byte>.Shared.Return(body);
        }

        return true;
    }
}
