namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Encoding of OTLP.</summary>
internal enum OtlpProtocol
{
    /// <summary>POST of protobuf to <c>/v1/traces</c>.</summary>
    HttpProtobuf,

    /// <summary>gRPC over HTTP/2.</summary>
    Grpc,
}

/// <summary>Where and as whom spans are sent by OTLP. Holds secrets: not for logs. Immutable.</summary>
internal sealed record OtlpOptions
{
    /// <summary>The full address for HTTP, the server's for gRPC.</summary>
    public required Uri Endpoint { get; init; }

    public OtlpProtocol Protocol { get; init; }

    /// <summary>Fields of every request, as <c>name=value</c> with commas; null for none.</summary>
    public string? Headers { get; init; }

    /// <summary>Time for one export.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public string ServiceName { get; init; } = "voltage-edge";

    public IReadOnlyList<KeyValuePair<string, object>> ResourceAttributes { get; init; } = [];

    /// <summary>Spans that may wait; more are dropped and counted.</summary>
    public int MaxWaiting { get; init; } = 8192;

    /// <summary>Spans of one export.</summary>
    public int MaxBatch { get; init; } = 512;

    /// <summary>How long the first span of a batch waits for company.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a batch that failed is tried again, with pauses that double from 100 ms.</summary>
    public TimeSpan MaxRetryTime { get; init; } = TimeSpan.FromSeconds(60);
}
