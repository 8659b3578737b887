using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>Step 12: counts and logs one finished exchange. Runs exactly once on every path; allocates nothing. Stateless.</summary>
internal static class Settlement
{
    public static void Settle(Exchange exchange)
    {
        EdgeWorker worker = exchange.Worker;
        long now = worker.Loop.NowMilliseconds;
        int requestMs = (int)(now - exchange.StartedAt);
        int upstreamMs = exchange.FromUpstream ? exchange.UpstreamLatency : -1;
        int kongMs = exchange.ProxiedAt >= 0 ? (int)(exchange.ProxiedAt - exchange.StartedAt) : requestMs;
        long bodySent = (exchange.ResponseStarted ? exchange.ResponseBody.BytesWritten : 0) + exchange.TunnelBytes;
        ExchangeTotals totals = new(
            exchange.Request.HeadLength + (exchange.HasBody ? exchange.RequestBody.BytesRead : 0),
            bodySent,
            exchange.ResponseHeadBytes + bodySent,
            kongMs,
            upstreamMs,
            requestMs);
        CountRefusal(exchange);

        if (exchange.Plugins.Metrics is { } metrics)
        {
            metrics.Record(
                worker.Loop.Id,
                exchange.Status,
                exchange.FromUpstream ? ResponseSource.Service : ResponseSource.Kong,
                exchange.Snapshot.ConsumerIndex(exchange.Identity?.Consumer),
                totals.Received,
                totals.Sent,
                kongMs,
                upstreamMs,
                requestMs);
        }

        TraceStep.End(exchange);
        if (exchange.Plugins.HttpLog is { } httpLog && !httpLog.Queue.TrySkip(1, now))
        {
            QueueEntry entry = worker.Entries.Rent();
            LogEntry.Write(exchange, entry, in totals);
            httpLog.Queue.Enqueue(entry);
        }

        if (worker.AccessLog is { } log)
        {
            Write(exchange, log, in totals);
        }
    }

    /// <summary>Counts what was wrong with the request on the wire.</summary>
    public static void CountRefusal(Exchange exchange)
    {
        LoopMetrics metrics = exchange.Worker.Metrics;
        if (exchange.WireError != WireError.None)
        {
            metrics.ProtocolError(ProtocolSide.Downstream, ProtocolName.Http1, (int)exchange.WireError);
            CountLimit(metrics, exchange.WireError);
        }

        for (int dropped = exchange.Request.DroppedLookalikes; dropped > 0; dropped--)
        {
            metrics.ProtocolError(ProtocolSide.Downstream, ProtocolName.Http1, (int)WireError.UnderscoreName);
        }
    }

    private static void CountLimit(LoopMetrics metrics, WireError error)
    {
        LimitKind? limit = error switch
        {
            WireError.RequestLineTooLong => LimitKind.RequestLine,
            WireError.HeaderLineTooLong => LimitKind.HeaderLine,
            WireError.HeadersTooLarge => LimitKind.HeadersTotal,
            WireError.TooManyHeaders => LimitKind.HeaderCount,
            WireError.BodyTooLarge => LimitKind.RequestBody,
            WireError.ChunkOverhead => LimitKind.ChunkOverhead,
            _ => null,
        };
        if (limit is { } hit)
        {
            metrics.LimitHit(hit);
        }
    }

    private static void Write(Exchange exchange, LoopAccessLog log, in ExchangeTotals totals)
    {
        Span<byte> address = stackalloc byte[ClientAddress.MaxTextLength];
        RequestHead request = exchange.Request;
        RoutePlan? route = exchange.Route;
        AccessLogLine line = new()
        {
            UnixMilliseconds = exchange.UnixMilliseconds + totals.RequestMs,
            RemoteAddress = address[..ClientOf(exchange).Format(address)],
            Method = request.MethodBytes,
            Target = request.Target,
            HttpVersion = !request.HasStartLine ? 0 : request.Version == HttpVersion.Http10 ? 10 : 11,
            Status = exchange.Status,
            BodyBytesSent = totals.BodySent,
            Referer = request.Headers.FirstValue(KnownHeader.Referer),
            UserAgent = request.Headers.FirstValue(KnownHeader.UserAgent),
            Reason = ReasonOf(exchange),
            Host = request.Authority,
            RequestId = exchange.RequestId,
            TlsVersion = exchange.Connection.Tls is { } tls ? tls.Version.Span : default,
            TlsCipher = exchange.Connection.Tls is { } suite ? suite.Cipher.Span : default,
            Service = route?.Service is { } service ? service.NameUtf8.Span : default,
            Route = route is null ? default : route.NameUtf8.Span,
            Consumer = exchange.Identity?.Consumer is { } consumer ? consumer.UsernameUtf8 : default,
            UpstreamAddress = exchange.Attempt.Endpoint is { } endpoint ? endpoint.NameUtf8.Span : default,
            Attempts = exchange.Attempt.Number,
            BytesReceived = totals.Received,
            BytesSent = totals.Sent,
            KongMs = totals.KongMs,
            UpstreamMs = totals.UpstreamMs,
            RequestMs = totals.RequestMs,
        };
        log.Write(in line);
    }

    /// <summary>The client's address after real-ip rules.</summary>
    public static ClientAddress ClientOf(Exchange exchange) =>
        exchange.Client.Address.HasValue ? exchange.Client.Address : exchange.Connection.PeerAddress;

    private static ReadOnlySpan<byte> ReasonOf(Exchange exchange)
    {
        if (exchange.WireError != WireError.None)
        {
            return WireErrorReasons.Utf8(exchange.WireError);
        }

        return exchange.Failure switch
        {
            Failure.None => default,
            Failure.NoRoute => "no_route"u8,
            Failure.NoService => "no_service"u8,
            Failure.Guarded => "guarded"u8,
            Failure.NameResolution => "name_resolution"u8,
            Failure.NoHealthyEndpoint => "no_endpoint"u8,
            Failure.PoolOverflow => "limit_upstream_pending"u8,
            Failure.ConnectFailed => "connect_failed"u8,
            Failure.ConnectTimeout => "timeout_connect"u8,
            Failure.UpstreamClosed => "upstream_closed"u8,
            Failure.UpstreamInvalid => "upstream_invalid"u8,
            Failure.UpstreamTimeout => "timeout_upstream_read"u8,
            Failure.UpstreamWriteTimeout => "timeout_upstream_write"u8,
            Failure.UpstreamTruncated => "upstream_truncated"u8,
            Failure.DownstreamGone => "client_gone"u8,
            Failure.DownstreamTimeout => "timeout_request_body"u8,
            Failure.DownstreamSlow => "timeout_response_write"u8,
            Failure.OverMemory => "limit_memory"u8,
            Failure.Loop => "limit_hops"u8,
            _ => "internal"u8,
        };
    }
}
