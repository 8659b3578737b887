using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// Turns records into activities and sends them by OTLP through OpenTelemetry's SDK and exporter. Activities are made here, off the loops,
/// with the ids that the loops decided and upstreams were told. <see cref="Export"/> by the pump only.
/// </summary>
internal sealed class OtlpExporter : ISpanExporter, IAsyncDisposable
{
    private const string SourceName = "voltage-edge";

    private static readonly TimeSpan DrainBound = TimeSpan.FromSeconds(3);

    private static int _instances;

    private readonly ActivitySource _source;
    private readonly TracerProvider _provider;
    private readonly OtlpQueue _queue;
    private readonly SpanTags _tags = new();
    private readonly string _nodeId;

    public OtlpExporter(OtlpOptions options, string nodeId, TimeProvider time, ILogger log)
    {
        _nodeId = nodeId;

        // Sources are known to the whole process by name: a second edge in it must not get the spans of the first.
        int instance = Interlocked.Increment(ref _instances);
        string source = instance == 1 ? SourceName : $"{SourceName}-{instance}";
        _source = new ActivitySource(source, GatewayVersion);
        OtlpExporterOptions sender = new()
        {
            Endpoint = options.Endpoint,
            Protocol = options.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf,
            Headers = options.Headers ?? "",
            TimeoutMilliseconds = (int)Math.Clamp(options.Timeout.TotalMilliseconds, 1, int.MaxValue),
        };
        _queue = new OtlpQueue(new OtlpTraceExporter(sender), options, time, log);
        _provider = Sdk.CreateTracerProviderBuilder()
            .SetSampler(new AlwaysOnSampler())
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddTelemetrySdk().AddAttributes(options.ResourceAttributes)
                .AddService(options.ServiceName, serviceVersion: GatewayVersion, autoGenerateServiceInstanceId: false, serviceInstanceId: nodeId))
            .AddSource(source)
            .AddProcessor(_queue)
            .Build();
    }

    public OtlpQueue Queue => _queue;

    private static string GatewayVersion => typeof(OtlpExporter).Assembly.GetName().Version?.ToString(3) ?? "0";

    public void Export(SpanRecord record)
    {
        if (!record.Target.ToOtlp || _queue.TrySkip(record.ToldTries + 2))
        {
            return;
        }

        string name = SpanNames.Request(record);
        for (int i = 0; i < record.ToldTries; i++)
        {
            Try(record, i, name);
        }

        Proxy(record, name);
        Request(record, name);
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DrainAsync(DrainBound);
        _provider.Dispose();
        _source.Dispose();
    }

    private void Try(SpanRecord record, int index, string name)
    {
        ref readonly SpanTry attempt = ref record.Try(index);
        bool answered = index == record.TryCount - 1 && record.FromUpstream;
        Activity? span = Begin(
            record, SpanNames.Try(name, index + 1), ActivityKind.Client, attempt.SpanId, record.Identity.RequestSpanId, attempt.Started);
        if (span is null)
        {
            return;
        }

        SpanAttributes.OfTry(span, record, in attempt, index, answered);
        SpanTags.OfTry(_tags, record, in attempt, index + 1);
        SpanAttributes.Add(span, _tags);
        End(record, span, attempt.Ended == 0 ? record.Ended : attempt.Ended);
    }

    private void Proxy(SpanRecord record, string name)
    {
        Activity? span = Begin(
            record, SpanNames.Proxy(name), ActivityKind.Client, record.Identity.ProxySpanId, record.Identity.RequestSpanId, SpanTimes.ProxyStart(record));
        if (span is null)
        {
            return;
        }

        if (record.ToldTries > 0)
        {
            SpanAttributes.OfTry(span, record, in record.Try(record.ToldTries - 1), 0, record.FromUpstream);
        }

        SpanTags.OfProxy(_tags, record);
        SpanAttributes.Add(span, _tags);
        End(record, span, record.Ended);
    }

    private void Request(SpanRecord record, string name)
    {
        Activity? span = Begin(
            record, name, ActivityKind.Server, record.Identity.RequestSpanId, record.Identity.RequestParentId, record.Started);
        if (span is null)
        {
            return;
        }

        SpanAttributes.OfRequest(span, record);
        SpanTags.OfRequest(_tags, record, _nodeId);
        SpanAttributes.Add(span, _tags);
        End(record, span, record.Ended);
    }

    private Activity? Begin(SpanRecord record, string name, ActivityKind kind, ulong id, ulong parent, long started)
    {
        _tags.Clear();
        Span<byte> trace = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(trace, record.Identity.TraceId.Bits);
        ActivityContext context = new(
            ActivityTraceId.CreateFromBytes(trace),
            parent == 0 ? default : SpanId(parent),
            ActivityTraceFlags.Recorded,
            isRemote: kind == ActivityKind.Server);
        Activity? span = _source.CreateActivity(name, kind, context, tags: null, links: null, ActivityIdFormat.W3C);
        if (span is null)
        {
            return null;
        }

        span.SetStartTime(Time(record, started));
        span.Start();
        IdOf(span) = SpanId(id).ToHexString();
        return span;
    }

    private static void End(SpanRecord record, Activity span, long ended)
    {
        span.SetEndTime(Time(record, ended));
        span.Stop();
    }

    private static DateTime Time(SpanRecord record, long microseconds) =>
        DateTime.UnixEpoch.AddTicks((microseconds + record.UnixOffset) * TimeSpan.TicksPerMicrosecond);

    private static ActivitySpanId SpanId(ulong id)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, id);
        return ActivitySpanId.CreateFromBytes(bytes);
    }

    // An activity draws its own id, and there is no other way to give it one: the upstream was told ours long before.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? IdOf(Activity activity);
}
