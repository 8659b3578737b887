using System.Text;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Tracing;
using VoltageSoda.Edge.Telemetry.Queues;
using VoltageSoda.Edge.Telemetry.Tracing;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>Compiles zipkin plugins. One per process; used by one compilation at a time.</summary>
/// <param name="queues">Where spans wait to be sent; null sends none.</param>
/// <param name="time">Clock of the senders.</param>
/// <param name="otlp">Traces what no zipkin plugin traces, by OTLP; null when that is off.</param>
internal sealed class TracePlanner(BatchQueues? queues, TimeProvider time, TracePlan? otlp)
{
    /// <summary>Plans that send nothing, for explanations.</summary>
    public static readonly TracePlanner Offline = new(null, TimeProvider.System, null);

    /// <summary>For requests that no zipkin plugin applies to; null traces them not.</summary>
    public TracePlan? Otherwise => otlp;

    /// <summary>Key of the queue of a plugin, when it sends.</summary>
    public static string QueueKey(KongPlugin plugin) => "zipkin|" + plugin.Id;

    public TracePlan Plan(KongPlugin plugin, ZipkinConfig config) => new()
    {
        Propagation = new Propagation(Propagate(config)),
        TagsField = config.TagsHeader is { } tags ? Encoding.ASCII.GetBytes(tags) : default,
        TagFields = [.. HeaderTags(config).Select(static tag => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes(tag.Value))],
        ResponseField = config.HttpResponseHeaderForTraceId is { } field ? Encoding.ASCII.GetBytes(field) : default,
        Target = Target(plugin, config),
    };

    private static PropagationOptions Propagate(ZipkinConfig config)
    {
        PropagationOptions options = new() { SampleRatio = config.SampleRatio, TraceIdBytes = config.TraceIdByteCount };
        if (config.Propagation is { } propagation)
        {
            return options with
            {
                Extract = [.. propagation.Extract.Select(Format)],
                Inject = [.. propagation.Inject.Select(Format)],
                Clear = [.. propagation.Clear.Select(static name => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes(name))],
                Default = Format(propagation.DefaultFormat),
            };
        }

        return options with
        {
            OnFound = config.HeaderType == "ignore" ? FoundFormat.Ignore : FoundFormat.Preserve,
            Always = Format(config.HeaderType),
            Default = Format(config.DefaultHeaderType),
        };
    }

    private static IEnumerable<KeyValuePair<string, string>> HeaderTags(ZipkinConfig config) =>
        config.HeaderTags.Take(SpanRecord.MaxHeaderTags);

    private static TraceFormat Format(string type) => type switch
    {
        "b3" => TraceFormat.B3,
        "b3-single" => TraceFormat.B3Single,
        "w3c" => TraceFormat.W3C,
        "jaeger" => TraceFormat.Jaeger,
        "ot" => TraceFormat.OpenTracing,
        "datadog" => TraceFormat.Datadog,
        "aws" => TraceFormat.Aws,
        "gcp" => TraceFormat.Gcp,
        _ => TraceFormat.None,
    };

    private TraceTarget? Target(KongPlugin plugin, ZipkinConfig config)
    {
        BatchQueue? queue = Queue(plugin, config);
        bool toOtlp = otlp?.Target is not null;
        return queue is null && !toOtlp ? null : new TraceTarget
        {
            LocalServiceName = config.LocalServiceName,
            DefaultServiceName = config.DefaultServiceName,
            TellsCredential = config.IncludeCredential,
            NamesPath = config.HttpSpanName == "method_path",
            TagsPhases = config.PhaseDurationFlavor == "tags",
            StaticTags = config.StaticTags,
            HeaderTags = [.. HeaderTags(config).Select(static tag => tag.Key)],
            Zipkin = queue,
            ToOtlp = toOtlp,
        };
    }

    private BatchQueue? Queue(KongPlugin plugin, ZipkinConfig config)
    {
        if (queues is null || config.HttpEndpoint is not { } text || !Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint))
        {
            return null;
        }

        ZipkinSenderOptions sender = new(endpoint, config.ConnectTimeout, config.SendTimeout, config.ReadTimeout);
        QueueOptions options = HttpLogPlan.Options(config.Queue);
        return queues.Find(
            QueueKey(plugin), $"zipkin {endpoint.Host}:{endpoint.Port}", options, sender.ToString(), () => new ZipkinSender(sender, time));
    }
}
