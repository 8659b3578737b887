namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>Where a <see cref="HttpBatchSender"/> sends, and how. Holds secrets: not for logs. Immutable.</summary>
public sealed class HttpSenderOptions
{
    /// <summary>http or https; user info becomes Basic authentication.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>POST, PUT or PATCH.</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Post;

    /// <summary>Content-Type as it is sent.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>Fields of every request.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Time for one attempt, from connecting to the end of the answer; zero is no limit.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an idle connection is kept.</summary>
    public TimeSpan Keepalive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A batch is a JSON array of its entries; else it has one entry, which is the body.</summary>
    public bool AsArray { get; init; }

    /// <summary>Whether the collector's certificate is verified; Kong's http-log does not.</summary>
    public bool VerifyTls { get; init; }
}
