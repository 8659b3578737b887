namespace VoltageSoda.Edge.Model;

/// <summary>Configuration of <c>cors</c> (<c>kong/plugins/cors/schema.lua</c>). Immutable.</summary>
public sealed record CorsConfig : KongPluginConfig
{
    /// <summary>Allowed origins in order; empty means any.</summary>
    public IReadOnlyList<CorsOrigin> Origins { get; init; } = [];

    /// <summary>Methods of the preflight answer.</summary>
    public IReadOnlyList<string> Methods { get; init; } =
        ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

    /// <summary>Allowed request fields; empty echoes what is asked.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Fields a browser may read.</summary>
    public IReadOnlyList<string> ExposedHeaders { get; init; } = [];

    /// <summary>Seconds a preflight answer may be kept, as the text to send; null when absent.</summary>
    public string? MaxAge { get; init; }

    /// <summary>Allow credentials.</summary>
    public bool Credentials { get; init; }

    /// <summary>Proxy preflights instead of answering.</summary>
    public bool PreflightContinue { get; init; }

    /// <summary>Answer private network requests.</summary>
    public bool PrivateNetwork { get; init; }
}

/// <summary>How an origin entry is compared.</summary>
public enum CorsOriginKind
{
    /// <summary><c>*</c>.</summary>
    Any,

    /// <summary>Only <c>[A-Za-z0-9.:/-]</c>: compared after normalisation.</summary>
    Plain,

    /// <summary>A pattern.</summary>
    Pattern,
}

/// <summary>One allowed origin.</summary>
/// <param name="Text">As written.</param>
/// <param name="Kind">How it is compared.</param>
/// <param name="Pattern">.NET pattern, anchored at both ends, for <see cref="CorsOriginKind.Pattern"/>.</param>
/// <param name="HostOnly">True when the pattern is matched against the host alone (no colon was written).</param>
/// <param name="Span">Where it stands.</param>
public sealed record CorsOrigin(string Text, CorsOriginKind Kind, string? Pattern, bool HostOnly, SourceSpan Span);
