namespace VoltageSoda.Edge.Model;

/// <summary>Queue of a plugin that sends in the background (<c>kong/tools/queue_schema.lua</c>). Immutable.</summary>
public sealed record QueueConfig
{
    /// <summary>Entries per batch.</summary>
    public int MaxBatchSize { get; init; } = 1;

    /// <summary>Wait for more entries.</summary>
    public TimeSpan MaxCoalescingDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Entries that may wait.</summary>
    public int MaxEntries { get; init; } = 10000;

    /// <summary>Bytes that may wait; null is 64 MiB, where Kong has no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>First pause after a failure.</summary>
    public TimeSpan InitialRetryDelay { get; init; } = TimeSpan.FromSeconds(0.01);

    /// <summary>Longest pause.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When a batch is given up.</summary>
    public TimeSpan MaxRetryTime { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Configuration of <c>http-log</c> (<c>kong/plugins/http-log/schema.lua</c>). Immutable.</summary>
public sealed record HttpLogConfig : KongPluginConfig
{
    /// <summary>Where to send; user info is kept out of dumps.</summary>
    public required Secret HttpEndpoint { get; init; }

    /// <summary>POST, PUT or PATCH.</summary>
    public string Method { get; init; } = "POST";

    /// <summary>Content type.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>Time for one send.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(10000);

    /// <summary>Idle time of the connection.</summary>
    public TimeSpan Keepalive { get; init; } = TimeSpan.FromMilliseconds(60000);

    /// <summary>Extra fields; values may be secret.</summary>
    public IReadOnlyList<KeyValuePair<string, Secret>> Headers { get; init; } = [];

    /// <summary>Queue.</summary>
    public QueueConfig Queue { get; init; } = new();
}

/// <summary>Configuration of <c>prometheus</c> (<c>kong/plugins/prometheus/schema.lua</c>). Immutable.</summary>
public sealed record PrometheusConfig : KongPluginConfig
{
    /// <summary>Label by consumer.</summary>
    public bool PerConsumer { get; init; }

    /// <summary>Count statuses.</summary>
    public bool StatusCodeMetrics { get; init; }

    /// <summary>Latency histograms.</summary>
    public bool LatencyMetrics { get; init; }

    /// <summary>Count bytes.</summary>
    public bool BandwidthMetrics { get; init; }

    /// <summary>Health of targets.</summary>
    public bool UpstreamHealthMetrics { get; init; }
}

/// <summary>Kong 3.7's <c>propagation</c> (<c>kong/tracing/propagation/schema.lua</c>). Immutable.</summary>
public sealed record PropagationConfig
{
    /// <summary>Formats looked for, in order.</summary>
    public IReadOnlyList<string> Extract { get; init; } = [];

    /// <summary>Request fields taken out.</summary>
    public IReadOnlyList<string> Clear { get; init; } = [];

    /// <summary>Formats sent, and preserve for the caller's.</summary>
    public IReadOnlyList<string> Inject { get; init; } = [];

    /// <summary>Sent when the caller has none.</summary>
    public string DefaultFormat { get; init; } = "b3";
}

/// <summary>Configuration of <c>zipkin</c> (<c>kong/plugins/zipkin/schema.lua</c>). Immutable.</summary>
public sealed record ZipkinConfig : KongPluginConfig
{
    /// <summary>Where spans go; null only propagates.</summary>
    public string? HttpEndpoint { get; init; }

    /// <summary>Share of requests traced, 0 to 1.</summary>
    public double SampleRatio { get; init; } = 0.001;

    /// <summary>Our service name.</summary>
    public string LocalServiceName { get; init; } = "kong";

    /// <summary>Service name of unmatched upstreams.</summary>
    public string? DefaultServiceName { get; init; }

    /// <summary>Tag the credential.</summary>
    public bool IncludeCredential { get; init; } = true;

    /// <summary>16 or 8.</summary>
    public int TraceIdByteCount { get; init; } = 16;

    /// <summary>preserve, ignore, b3, b3-single, w3c, jaeger, ot, aws, gcp, datadog.</summary>
    public string HeaderType { get; init; } = "preserve";

    /// <summary>Format used when the request carries none.</summary>
    public string DefaultHeaderType { get; init; } = "b3";

    /// <summary>The newer way to say what is read and sent; null when it is not used.</summary>
    public PropagationConfig? Propagation { get; init; }

    /// <summary>Field with tags of the client; null when switched off.</summary>
    public string? TagsHeader { get; init; } = "Zipkin-Tags";

    /// <summary>Fixed tags.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> StaticTags { get; init; } = [];

    /// <summary>Extension: tag of the request span and the request field it is read from.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> HeaderTags { get; init; } = [];

    /// <summary>method or method_path.</summary>
    public string HttpSpanName { get; init; } = "method";

    /// <summary>Time to connect.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromMilliseconds(2000);

    /// <summary>Time to send.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromMilliseconds(5000);

    /// <summary>Time to read.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromMilliseconds(5000);

    /// <summary>Response field with the trace id; null when none.</summary>
    public string? HttpResponseHeaderForTraceId { get; init; }

    /// <summary>annotations or tags.</summary>
    public string PhaseDurationFlavor { get; init; } = "annotations";

    /// <summary>Queue.</summary>
    public QueueConfig Queue { get; init; } = new();
}
