namespace VoltageSoda.Edge.Model;

/// <summary>
/// Configuration of <c>ip-restriction</c> (<c>kong/plugins/ip-restriction/schema.lua</c>): deny is asked first, then allow must contain the
/// client. Immutable.
/// </summary>
public sealed record IpRestrictionConfig : KongPluginConfig
{
    /// <summary>Addresses and networks that may pass; empty means this list is not used.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>Addresses and networks that may not pass.</summary>
    public IReadOnlyList<string> Deny { get; init; } = [];

    /// <summary>Status of a refusal, 200..599; null is 403.</summary>
    public int? Status { get; init; }

    /// <summary>Message of a refusal; null is Kong's.</summary>
    public string? Message { get; init; }
}

/// <summary>Configuration of <c>correlation-id</c> (<c>kong/plugins/correlation-id/schema.lua</c>). Immutable.</summary>
public sealed record CorrelationIdConfig : KongPluginConfig
{
    /// <summary>Field that carries the id.</summary>
    public string HeaderName { get; init; } = "Kong-Request-ID";

    /// <summary><c>uuid</c>, <c>uuid#counter</c> or <c>tracker</c>.</summary>
    public string Generator { get; init; } = "uuid#counter";

    /// <summary>The answer carries it too.</summary>
    public bool EchoDownstream { get; init; }
}

/// <summary>Configuration of <c>request-termination</c> (<c>kong/plugins/request-termination/schema.lua</c>). Immutable.</summary>
public sealed record RequestTerminationConfig : KongPluginConfig
{
    /// <summary>200..599.</summary>
    public int StatusCode { get; init; } = 503;

    /// <summary>Text of a JSON message; null is Kong's for the status.</summary>
    public string? Message { get; init; }

    /// <summary>Body sent as it is, instead of a message.</summary>
    public string? Body { get; init; }

    /// <summary>Content-Type of <see cref="Body"/>.</summary>
    public string? ContentType { get; init; }

    /// <summary>Answer with a description of the request.</summary>
    public bool Echo { get; init; }

    /// <summary>Field or query argument without which the plugin does nothing.</summary>
    public string? Trigger { get; init; }
}
