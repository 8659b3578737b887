using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Policies.Tracing;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry.Tracing;

namespace VoltageSoda.Edge.Hosting;

/// <summary>Turns the <c>OTEL_*</c> settings into what the exporter and the data plane read. Pure.</summary>
internal static class OtlpReader
{
    /// <summary>Null when no collector is set or the export is switched off.</summary>
    public static OtlpOptions? Read(TelemetrySettings settings)
    {
        if (settings.OtlpTraces is not { } endpoint)
        {
            return null;
        }

        List<KeyValuePair<string, object>> attributes = Attributes(settings.OtelResourceAttributes);
        string? named = attributes.Find(static pair => pair.Key == "service.name").Value as string;
        return new OtlpOptions
        {
            Endpoint = endpoint,
            Protocol = settings.OtlpByGrpc ? OtlpProtocol.Grpc : OtlpProtocol.HttpProtobuf,
            Headers = settings.OtlpHeaders,
            Timeout = settings.OtlpTimeout,
            ServiceName = settings.OtelServiceName ?? named ?? "voltage-edge",
            ResourceAttributes = attributes,
        };
    }

    /// <summary>How requests are traced that no zipkin plugin decides about: W3C contexts and the sampler's choice.</summary>
    public static TracePlan Plan(TelemetrySettings settings) => new()
    {
        Propagation = new Propagation(new PropagationOptions
        {
            W3COnly = true,
            Default = TraceFormat.W3C,
            DrawsByTraceId = true,
            IgnoresCallersDecision = settings.OtelSampler is OtelSampler.AlwaysOn or OtelSampler.AlwaysOff or OtelSampler.Ratio,
            SampleRatio = settings.OtelSampler switch
            {
                OtelSampler.AlwaysOn or OtelSampler.ParentOrAlwaysOn => 1,
                OtelSampler.AlwaysOff or OtelSampler.ParentOrAlwaysOff => 0,
                _ => settings.OtelSamplerRatio,
            },
        }),
        Target = new TraceTarget { ToOtlp = true },
    };

    // name=value with commas, values percent-encoded (the resource SDK of OpenTelemetry); a part without = says nothing.
    private static List<KeyValuePair<string, object>> Attributes(string? text)
    {
        List<KeyValuePair<string, object>> attributes = [];
        foreach (string pair in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                attributes.Add(new(pair[..equals].Trim(), Uri.UnescapeDataString(pair[(equals + 1)..].Trim())));
            }
        }

        return attributes;
    }
}
