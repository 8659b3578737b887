using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Steps 8 to 10: tries endpoints until one answers with a response head or no further try is allowed (Kong's <c>retries</c> with nginx's
/// rules: never after a response began, never a request of a non-idempotent method that may have been received). Stateless.
/// </summary>
internal static class AttemptRunner
{
    /// <summary>On success the response head is in the exchange, and the attempt holds the lease and the body behind it.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<Failure> RunAsync(Exchange exchange)
    {
        ServicePlan service = exchange.Route!.Service!;
        Attempt attempt = exchange.Attempt;
        EdgeWorker worker = exchange.Worker;
        ServingOptions options = exchange.Snapshot.Options;
        exchange.ProxiedAt = worker.Loop.NowMilliseconds;
        exchange.UpstreamRead.Reset(service.ReadTimeout);
        exchange.UpstreamWrite.Reset(service.WriteTimeout);
        bool idempotent = IsIdempotent(exchange.Method);
        exchange.Replay.Begin(exchange.HasBody && idempotent && service.Retries != 0 ? options.ReplayBytes : 0);
        if (service.Cluster.HashInputs is { } inputs)
        {
            attempt.Hash = HashKey.Compute(exchange, inputs);
        }

        int policyRetries = 0;
        bool fresh = false;
        bool stale = false;
        while (true)
        {
            long choosing = worker.Loop.NowMilliseconds;
            Failure failure = fresh ? Failure.None : await ChooseAsync(exchange, service.Cluster);
            if (failure == Failure.None)
            {
                attempt.BeginCounting(worker.Loop.NowMilliseconds);
                TraceStep.BeginTry(exchange, attempt.Endpoint!);
                attempt.Record(worker.UnixMilliseconds, (int)(attempt.ChosenAt - choosing));
                failure = await AcquireAsync(exchange, service, fresh);
                if (failure == Failure.None)
                {
                    failure = await SendAsync(exchange);
                    if (failure == Failure.None)
                    {
                        AttemptReport.Answered(exchange);
                        TraceStep.EndTry(exchange, Failure.None);
                        return Failure.None;
                    }

                    await EndSendingAsync(exchange);
                    Abandon(exchange, failure);
                }

                TraceStep.EndTry(exchange, failure);

                // A pooled connection that the upstream closed while it was idle says nothing about the endpoint: one more on a new
                // connection, which counts as no retry.
                fresh = !stale && failure == Failure.UpstreamClosed && attempt.WasReused && !attempt.SawResponse;
                stale |= fresh;
                if (!fresh)
                {
                    AttemptReport.Failed(exchange, failure);
                }

                if (FailureTable.For(failure).BlamesEndpoint)
                {
                    attempt.RecordFailure(FailureTable.For(failure).Status);
                }

                attempt.EndCounting();
            }

            if (exchange.Interrupted is Failure.DownstreamGone or Failure.DownstreamTimeout or Failure.DownstreamInvalid or Failure.DownstreamSlow)
            {
                return exchange.Interrupted;
            }

            RetryRule rule = FailureTable.For(failure).Retry;
            bool repeatable = rule == RetryRule.Always
                || (rule == RetryRule.IfIdempotent && (!attempt.SentRequest || (idempotent && CanReplay(exchange))));
            if (!repeatable)
            {
                return failure;
            }

            if (!fresh)
            {
                if (policyRetries++ >= service.Retries)
                {
                    return failure;
                }

                attempt.MarkTried(attempt.Endpoint!.Policy);
            }

            exchange.Interrupted = Failure.None;
            exchange.StopsSending = false;
            service.Cluster.Metrics.Retried(worker.Loop.Id);
            worker.Metrics.Retried();
        }
    }

    /// <summary>Gives the lease back, once; safe to call when there is none.</summary>
    public static void ReturnLease(Exchange exchange, bool reusable)
    {
        Attempt attempt = exchange.Attempt;
        if (attempt.Connection is not { } connection)
        {
            return;
        }

        attempt.Connection = null;
        attempt.ResponseBody.End();
        attempt.EndCounting();
        if (reusable)
        {
            connection.Pool.Return(connection, reusable: true);
        }
        else
        {
            connection.Pool.Abort(connection);
        }
    }

    /// <summary>Waits for a request body relay that is still running; the caller has cancelled what it waits for, if need be.</summary>
    public static ValueTask<RelayOutcome> EndSendingAsync(Exchange exchange)
    {
        if (!exchange.HasSending)
        {
            return new ValueTask<RelayOutcome>(RelayOutcome.Done);
        }

        exchange.HasSending = false;
        if (exchange.IsSendingBody)
        {
            exchange.StopsSending = true;
            exchange.RequestBody.CancelWait();
            exchange.Attempt.Connection?.Output.CancelPendingFlush();
        }

        ValueTask<RelayOutcome> sending = exchange.Sending;
        exchange.Sending = default;
        return sending;
    }

    // Kong retries everything but what nginx calls non-idempotent: POST, LOCK and PATCH.
    private static bool IsIdempotent(ReadOnlySpan<byte> method) =>
        !(method.SequenceEqual("POST"u8) || method.SequenceEqual("PATCH"u8) || method.SequenceEqual("LOCK"u8));

    private static bool CanReplay(Exchange exchange) =>
        !exchange.HasBody || exchange.Collected is not null || exchange.Replay.IsComplete;

    private static ValueTask<Failure> ChooseAsync(Exchange exchange, Cluster cluster)
    {
        if (cluster.Resolution == ClusterResolution.Pending)
        {
            return WaitForNamesAsync(exchange, cluster);
        }

        return new ValueTask<Failure>(Choose(exchange, cluster));
    }

    private static Failure Choose(Exchange exchange, Cluster cluster)
    {
        EventLoop loop = exchange.Worker.Loop;
        PickQuery query = new()
        {
            Tried = exchange.Attempt.Tried,
            Hash = exchange.Attempt.Hash,
            Now = loop.NowMilliseconds,
            Random = cluster.MeasuresLatency ? exchange.Worker.RequestIds.Next() : 0,
        };
        PickResult pick = cluster.Pick(loop.Id, in query);
        if (pick.Endpoint is not { } endpoint)
        {
            // Targets whose names have no address leave an upstream empty; only the host of a service is told by its name.
            return cluster.Resolution == ClusterResolution.Failed && !cluster.IsUpstream
                ? Failure.NameResolution
                : Failure.NoHealthyEndpoint;
        }

        exchange.Attempt.Endpoint = (UpstreamEndpoint)endpoint.Tag!;
        return Failure.None;
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> WaitForNamesAsync(Exchange exchange, Cluster cluster)
    {
        try
        {
            await cluster.FirstAnswer.WaitAsync(TimeSpan.FromMilliseconds(exchange.Route!.Service!.ConnectTimeout));
        }
        catch (TimeoutException)
        {
            return Failure.NameResolution;
        }

        return exchange.Interrupted != Failure.None ? exchange.Interrupted : Choose(exchange, cluster);
    }

    private static ValueTask<Failure> AcquireAsync(Exchange exchange, ServicePlan service, bool fresh)
    {
        Attempt attempt = exchange.Attempt;
        ConnectionPool pool = attempt.Endpoint!.PoolOf(exchange.Worker.Upstream);
        if (!fresh && pool.TryTakeIdle(out UpstreamConnection connection))
        {
            attempt.Lease(pool.Lease(connection));
            return new ValueTask<Failure>(Failure.None);
        }

        return AcquireSlowAsync(exchange, service, pool, fresh);
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> AcquireSlowAsync(Exchange exchange, ServicePlan service, ConnectionPool pool, bool fresh)
    {
        AcquireResult result = await pool.AcquireAsync(service.ConnectTimeout, fresh);
        if (result.Connection is { } connection)
        {
            exchange.Attempt.Lease(connection);
            if (exchange.Interrupted != Failure.None)
            {
                // The client left while we waited: nothing was sent, so the connection is as good as new.
                exchange.Attempt.Connection = null;
                pool.Return(connection, reusable: true);
                return exchange.Interrupted;
            }

            return Failure.None;
        }

        if (result.Failure == AcquireFailure.Overflow)
        {
            return Failure.PoolOverflow;
        }

        service.Cluster.RefreshNames?.Invoke();
        return result.Failure == AcquireFailure.ConnectTimeout ? Failure.ConnectTimeout : Failure.ConnectFailed;
    }

    private static ValueTask<Failure> SendAsync(Exchange exchange)
    {
        Attempt attempt = exchange.Attempt;
        UpstreamConnection connection = attempt.Connection!;
        if (!WriteHead(exchange, attempt, connection.Output))
        {
            // A field that may not be written came from configuration or a template: nothing was sent.
            ReturnUnused(exchange);
            return new ValueTask<Failure>(Failure.Internal);
        }

        attempt.SentRequest = true;
        exchange.SentAt = exchange.Worker.Loop.NowMilliseconds;
        if (!exchange.HasBody && exchange.Collected is null)
        {
            ValueTask<bool> flushing = BodyRelay.FlushAsync(attempt.RequestBody, exchange.UpstreamWrite);
            if (!flushing.IsCompleted)
            {
                return FlushAndReceiveHeadAsync(exchange, flushing);
            }

            if (!flushing.Result && exchange.Interrupted != Failure.None)
            {
                return new ValueTask<Failure>(exchange.Interrupted);
            }
        }
        else
        {
            ValueTask<RelayOutcome> sending = RequestBodyRelay.SendAsync(exchange);
            if (sending.IsCompleted)
            {
                RelayOutcome outcome = sending.Result;
                exchange.SendOutcome = outcome;
                if (outcome is not (RelayOutcome.Done or RelayOutcome.SinkFailed))
                {
                    return new ValueTask<Failure>(exchange.Interrupted);
                }
            }
            else
            {
                exchange.Sending = sending;
                exchange.HasSending = true;
            }
        }

        return ReceiveHeadAsync(exchange);
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> FlushAndReceiveHeadAsync(Exchange exchange, ValueTask<bool> flushing) =>
        await flushing || exchange.Interrupted == Failure.None ? await ReceiveHeadAsync(exchange) : exchange.Interrupted;

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<Failure> ReceiveHeadAsync(Exchange exchange)
    {
        Attempt attempt = exchange.Attempt;
        PipeReader input = attempt.Connection!.Input;
        ResponseHead head = exchange.Response;
        int interim = 0;
        bool examined = false;
        head.Reset();
        while (true)
        {
            ReadResult read = default;
            try
            {
                // A part of a head that was examined would be offered again by TryRead: only ReadAsync waits for more.
                if (examined || !input.TryRead(out read))
                {
                    exchange.UpstreamRead.Begin();
                    read = await input.ReadAsync();
                    exchange.UpstreamRead.End(0);
                }
            }
            catch (IOException)
            {
                exchange.UpstreamRead.End(0);
                return Failure.UpstreamClosed;
            }

            if (read.IsCanceled || exchange.Interrupted != Failure.None)
            {
                input.AdvanceTo(read.Buffer.Start);
                return exchange.Interrupted == Failure.None ? Failure.UpstreamClosed : exchange.Interrupted;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            attempt.SawResponse |= !buffer.IsEmpty;
            ParseResult result = ResponseHeadReader.Read(
                in buffer, head, exchange.Snapshot.Options.ResponseHead, exchange.SentMethod, out SequencePosition consumed, out WireError error);
            if (result == ParseResult.Complete)
            {
                if (!head.IsInterim)
                {
                    return Accept(exchange, buffer.Slice(consumed), read.IsCompleted);
                }

                input.AdvanceTo(consumed);
                if (++interim > 16)
                {
                    return Failure.UpstreamInvalid;
                }

                if (!await Responder.InterimAsync(exchange, head))
                {
                    return exchange.Interrupted == Failure.None ? Failure.DownstreamGone : exchange.Interrupted;
                }

                head.Reset();
                examined = false;
                continue;
            }

            if (result == ParseResult.Refused)
            {
                input.AdvanceTo(buffer.End);
                exchange.Worker.Metrics.ProtocolError(Telemetry.ProtocolSide.Upstream, Telemetry.ProtocolName.Http1, (int)error);
                if (error is WireError.RequestLineTooLong or WireError.HeaderLineTooLong or WireError.HeadersTooLarge or WireError.TooManyHeaders)
                {
                    exchange.Worker.Metrics.LimitHit(Telemetry.LimitKind.ResponseHead);
                }

                return Failure.UpstreamInvalid;
            }

            input.AdvanceTo(consumed, buffer.End);
            examined = true;
            if (read.IsCompleted)
            {
                return Failure.UpstreamClosed;
            }
        }
    }

    // The final head is complete: what the pipe holds behind it belongs to the body.
    private static Failure Accept(Exchange exchange, in ReadOnlySequence<byte> rest, bool ended)
    {
        Attempt attempt = exchange.Attempt;
        ResponseHead head = exchange.Response;
        exchange.UpstreamLatency = (int)(exchange.Worker.Loop.NowMilliseconds - exchange.SentAt);
        attempt.ResponseBody.Begin(attempt.Connection!.Input, attempt.Connection.Life, head.Framing, rest, ended);
        if (head.Status == 101 && !IsAskedFor(exchange))
        {
            return Failure.UpstreamInvalid;
        }

        exchange.FromUpstream = true;
        return Failure.None;
    }

    private static bool IsAskedFor(Exchange exchange) =>
        exchange.Request.IsWebSocketUpgrade
        && Protocol.WebSocket.UpgradeHandshake.IsAcceptedBy(
            exchange.Response, exchange.Request.Headers.FirstValue(KnownHeader.SecWebSocketKey));

    // Called exactly once for each attempt that failed after it got a connection.
    private static void Abandon(Exchange exchange, Failure failure)
    {
        Attempt attempt = exchange.Attempt;
        if (attempt.Connection is not null)
        {
            Telemetry.UpstreamResetStage stage = attempt.WasReused && !attempt.SawResponse
                ? Telemetry.UpstreamResetStage.Reused
                : Telemetry.UpstreamResetStage.Head;
            if (FailureTable.For(failure).BlamesEndpoint)
            {
                exchange.Route!.Service!.Cluster.Metrics.ConnectionReset(exchange.Worker.Loop.Id, stage);
            }

            ReturnLease(exchange, reusable: false);
        }

        System.Diagnostics.Debug.Assert(failure != Failure.None);
    }

    private static void ReturnUnused(Exchange exchange)
    {
        Attempt attempt = exchange.Attempt;
        UpstreamConnection connection = attempt.Connection!;
        attempt.Connection = null;
        connection.Pool.Return(connection, reusable: true);
    }

    private static bool WriteHead(Exchange exchange, Attempt attempt, PipeWriter output)
    {
        RequestHead request = exchange.Request;
        HeaderBlock headers = request.Headers;
        long before = output.UnflushedBytes;
        HeadWriter writer = new(output, HeadWriter.Estimate(headers) + exchange.TargetLength + 256);
        writer.RequestLine(exchange.Method, exchange.UpstreamTarget);
        if (!exchange.KeepsHost)
        {
            writer.Field(KnownHeader.Host, attempt.Endpoint!.HostHeader.Span);
        }

        writer.Fields(headers);
        if (exchange.Collected is not null)
        {
            writer.Field(KnownHeader.ContentLength, exchange.CollectedLength);
        }
        else if (request.Framing.Kind == BodyKind.Chunked)
        {
            writer.Field(KnownHeader.TransferEncoding, "chunked"u8);
        }
        else if (request.Framing.Kind == BodyKind.Length || request.Method is KnownMethod.Post or KnownMethod.Put or KnownMethod.Patch)
        {
            writer.Field(KnownHeader.ContentLength, request.Framing.Length);
        }

        if (request.AcceptsTrailers)
        {
            writer.Field(KnownHeader.TE, "trailers"u8);
        }

        if (request.IsWebSocketUpgrade)
        {
            writer.Field(KnownHeader.Connection, request.AcceptsTrailers ? "keep-alive, TE, Upgrade"u8 : "keep-alive, Upgrade"u8);
            writer.Field(KnownHeader.Upgrade, "websocket"u8);
        }
        else
        {
            // RFC 9110 section 10.1.4: TE holds for this connection alone, and says so.
            writer.Field(KnownHeader.Connection, request.AcceptsTrailers ? "keep-alive, TE"u8 : "keep-alive"u8);
        }

        if (writer.End() != WireError.None)
        {
            return false;
        }

        BodyKind kind = exchange.Collected is not null ? BodyKind.Length : request.Framing.Kind;
        attempt.RequestBody.Begin(output, kind, (int)(output.UnflushedBytes - before));
        return true;
    }
}
