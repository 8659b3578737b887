using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Tracing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>Puts into words what tracing makes of a request. Stateless.</summary>
internal static class TraceReasons
{
    public static IEnumerable<string> Of(Exchange exchange, HeaderBlock received, ZipkinConfig config)
    {
        if (exchange.Trace is not { } plan)
        {
            yield return "the request is not understood: nothing is traced";
            yield break;
        }

        HeaderBlockEdits fields = new(received);
        TraceContext found = plan.Propagation.Read(ref fields);
        yield return Context(plan, in found);
        yield return found.Sampling switch
        {
            SamplingDecision.Sampled => "recorded, as the caller decided",
            SamplingDecision.NotSampled => "not recorded, as the caller decided",
            _ => string.Create(CultureInfo.InvariantCulture, $"recorded for {config.SampleRatio * 100:0.####} % of such requests (sample_ratio)"),
        };
        if (exchange.Route is null)
        {
            yield return "the spans tell that no route was found";
        }

        yield return config.HttpEndpoint is { } endpoint && Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? collector)
            ? $"spans go to {collector.Host}:{collector.Port}{collector.AbsolutePath}{(collector.AbsolutePath == "/api/traces" ? ", which is Jaeger's Thrift collector and refuses them" : "")}"
            : "no http_endpoint: the context is passed on and no span is sent";
        if (!plan.ResponseField.IsEmpty)
        {
            yield return $"answer gets {Encoding.ASCII.GetString(plan.ResponseField.Span)} with the trace's id";
        }
    }

    private static string Context(TracePlan plan, in TraceContext found)
    {
        if (plan.Propagation.Options.OnFound == FoundFormat.Ignore)
        {
            return "starts a trace: contexts of callers are ignored (header_type)";
        }

        return found.Format == TraceFormat.None ? "starts a trace: the request carries no context"
            : found.TraceId.HasValue ? $"continues trace {found.TraceId}, carried as {Name(found.Format)}"
            : found.IsMalformed ? $"starts a trace: the {Name(found.Format)} context is malformed and ignored"
            : $"starts a trace: the {Name(found.Format)} context names none";
    }

    private static string Name(TraceFormat format) => format switch
    {
        TraceFormat.B3 => "b3",
        TraceFormat.B3Single => "b3-single",
        TraceFormat.W3C => "w3c",
        TraceFormat.OpenTracing => "ot",
        TraceFormat.Datadog => "datadog",
        TraceFormat.Aws => "aws",
        TraceFormat.Gcp => "gcp",
        _ => "jaeger",
    };
}
