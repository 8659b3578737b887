namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>A way to carry a trace context in header fields (Kong: <c>header_type</c>).</summary>
public enum TraceFormat : byte
{
    /// <summary>No context was found, or none is to be sent.</summary>
    None,

    /// <summary>X-B3-TraceId and its companions.</summary>
    B3,

    /// <summary>One field <c>b3</c>, also as <c>tracestate: b3=</c>.</summary>
    B3Single,

    /// <summary>W3C <c>traceparent</c>.</summary>
    W3C,

    /// <summary><c>uber-trace-id</c>.</summary>
    Jaeger,

    /// <summary><c>ot-tracer-*</c>.</summary>
    OpenTracing,

    /// <summary><c>x-datadog-*</c>.</summary>
    Datadog,

    /// <summary><c>x-amzn-trace-id</c>.</summary>
    Aws,

    /// <summary><c>x-cloud-trace-context</c>.</summary>
    Gcp,
}
