using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tracing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.Tracing;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Tracing of one exchange (zipkin has priority 100000, before everything): decides its ids, tells the upstream, and when it is sampled keeps
/// a record of it. Stateless; runs on the exchange's loop and allocates nothing once the loop's records exist.
/// </summary>
internal static class TraceStep
{
    /// <summary>After Match, whatever it found. A request without route is not forwarded: its head stays as it is.</summary>
    public static void Begin(Exchange exchange, bool matched)
    {
        if (exchange.Plugins.Trace is not { } plan || exchange.Request.HeadLength == 0)
        {
            return;
        }

        HeaderBlockEdits headers = new(exchange.Request.Headers);
        WorkerRandom random = new(exchange.Worker.RequestIds);
        TraceIdentity identity = plan.Propagation.Begin(ref headers, ref random, out bool malformed);
        if (malformed)
        {
            exchange.Worker.Spans?.CountMalformed();
        }

        exchange.Trace = plan;
        exchange.TraceIdentity = identity;
        if (identity.IsSampled && plan.Target is { } target && !IsUnwanted(target, matched, exchange.Worker.Loop.NowMilliseconds) && exchange.Worker.Spans?.Rent() is { } record)
        {
            exchange.Spans = record;
            Record(exchange, record, target, plan, matched);
        }

        if (matched)
        {
            plan.Propagation.Inject(in identity, ref headers);
        }
    }

    /// <summary>Before the plugins that may change the answer.</summary>
    public static void FilterHeaders(Exchange exchange)
    {
        // Without plugins, the answer is the last one that can be made: nothing may stand in its way.
        if (exchange.Trace is { ResponseField: { IsEmpty: false } field } && !ReferenceEquals(exchange.Plugins, PluginChain.Empty))
        {
            Span<byte> hex = stackalloc byte[TraceId.MaxHexLength];
            exchange.Response.Headers.Add(field.Span, hex[..exchange.TraceIdentity.TraceId.WriteHex(hex)]);
        }
    }

    /// <summary>A try at the chosen endpoint begins.</summary>
    public static void BeginTry(Exchange exchange, UpstreamEndpoint endpoint)
    {
        if (exchange.Spans is not { } record)
        {
            return;
        }

        record.EndAccess();
        if (record.TryCount == 0)
        {
            record.SetUpstreamPath(exchange.UpstreamTarget);
            record.UpstreamIsTls = exchange.Route!.Service!.Source.Protocol == "https";
        }

        record.PeerHost = PeerHost(endpoint);
        WorkerRandom random = new(exchange.Worker.RequestIds);
        System.Net.IPEndPoint? address = endpoint.Address as System.Net.IPEndPoint;
        record.BeginTry(
            TraceIdentity.NewSpan(ref random), address is null ? default : ClientAddress.From(address.Address), address?.Port ?? 0);
    }

    /// <summary>The try is over; a client that left does not make it a failed one.</summary>
    public static void EndTry(Exchange exchange, Failure failure)
    {
        bool blameless = failure is Failure.None or Failure.DownstreamGone or Failure.DownstreamInvalid or Failure.DownstreamTimeout or Failure.DownstreamSlow;
        exchange.Spans?.EndTry(blameless ? 0 : FailureTable.For(failure).Status);
    }

    /// <summary>With Settle: hands the record over.</summary>
    public static void End(Exchange exchange)
    {
        if (exchange.Spans is not { } record)
        {
            return;
        }

        exchange.Spans = null;
        record.EndTry(0);
        record.Ended = SpanClock.Now;
        record.Status = exchange.Status;
        record.FromUpstream = exchange.FromUpstream;
        record.Caller = exchange.Identity;
        exchange.Worker.Spans!.Publish(record);
    }

    // Nothing is recorded that would only displace another trace that cannot be sent. It counts as the spans of a trace with one try.
    private static bool IsUnwanted(TraceTarget target, bool matched, long nowMs) =>
        !target.ToOtlp && target.Zipkin is { } queue && queue.TrySkip(matched ? 3 : 2, nowMs);

    private static void Record(Exchange exchange, SpanRecord record, TraceTarget target, TracePlan plan, bool matched)
    {
        EdgeWorker worker = exchange.Worker;
        record.Target = target;
        record.Identity = exchange.TraceIdentity;
        record.UnixOffset = (exchange.UnixMilliseconds - worker.Loop.NowMilliseconds) * 1000;
        record.Started = exchange.StartedAt * 1000;
        record.RewriteStarted = worker.Loop.NowMilliseconds * 1000;
        record.RewriteEnded = SpanClock.Now;
        record.AccessStarted = matched ? record.RewriteEnded : 0;
        record.Client = exchange.Client.Address.HasValue ? exchange.Client.Address : exchange.Connection.PeerAddress;
        record.ClientPort = record.Client == exchange.Connection.PeerAddress ? exchange.Connection.PeerPort : 0;
        record.IsTls = exchange.Connection.IsTls;

        RequestHead request = exchange.Request;
        bool canonical = matched || exchange.Failure == Failure.NoRoute;
        record.HttpVersion = request.Version == HttpVersion.Http10 ? 10 : 11;
        record.SetRequest(request.MethodBytes, canonical ? exchange.Path : request.Path, exchange.HostWithoutPort);
        if (exchange.Route is { } route)
        {
            record.RouteId = route.IdUtf8;
            record.RouteName = route.Source.Name is null ? default : route.NameUtf8;
            if (route.Service is { } service)
            {
                record.ServiceId = service.IdUtf8;
                record.ServiceName = service.Source.Name is null ? default : service.NameUtf8;
                record.ServicePort = service.Source.Port;
            }
        }

        HeaderBlock headers = request.Headers;
        for (int i = 0; i < plan.TagFields.Count; i++)
        {
            int index = headers.IndexOf(plan.TagFields[i].Span);
            record.SetHeaderTag(i, index < 0 ? default : headers.Value(index));
        }

        if (!plan.TagsField.IsEmpty)
        {
            for (int index = headers.IndexOf(plan.TagsField.Span); index >= 0; index = headers.NextSame(index))
            {
                record.AddTags(headers.Value(index));
            }
        }
    }

    // The name that the Host of the try has, or the address of a target that has none (hostname of kong/runloop/balancer/init.lua).
    private static ReadOnlyMemory<byte> PeerHost(UpstreamEndpoint endpoint)
    {
        ReadOnlyMemory<byte> host = endpoint.HostHeader;
        int colon = host.Span.LastIndexOf((byte)':');
        return colon > host.Span.LastIndexOf((byte)']') ? host[..colon] : host;
    }

    private readonly struct WorkerRandom(RequestIdGenerator generator) : ITraceRandom
    {
        public ulong Next() => generator.Next();
    }
}
