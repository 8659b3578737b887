using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration;

/// <summary>How bad a finding is.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Worth knowing; <c>check</c> still ends with 0.</summary>
    Info,

    /// <summary>Something was repaired, ignored or is doubtful.</summary>
    Warning,

    /// <summary>Something cannot be served as written.</summary>
    Error,
}

/// <summary>How the loader treats what Kong or Istio would refuse.</summary>
public enum ConfigMode
{
    /// <summary>What stock Kong and Istio do: every deviation is an error.</summary>
    Strict,

    /// <summary>Repairs with a located warning each.</summary>
    Compat,

    /// <summary>
    /// As compat, and repairs YAML that does not parse; a document of the mesh that cannot be served is left out, and every request to what it
    /// guards is refused.
    /// </summary>
    Lenient,
}

/// <summary>One located thing to say about the configuration. Immutable.</summary>
public sealed record ConfigDiagnostic
{
    /// <summary>Stable code, registered in <see cref="FindingCodes"/>.</summary>
    public required string Code { get; init; }

    /// <summary>How bad it is.</summary>
    public required DiagnosticSeverity Severity { get; init; }

    /// <summary>Where.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Dotted path inside the document (<c>services[1].plugins[0].config.redis_host</c>), or a variable name.</summary>
    public string Path { get; init; } = "";

    /// <summary>What is wrong, with Kong's own sentence where it has one.</summary>
    public required string Message { get; init; }

    /// <summary>What was kept or done; null when nothing was.</summary>
    public string? Action { get; init; }

    /// <summary>What to write instead: allowed values, nearest name.</summary>
    public string? Hint { get; init; }

    /// <summary>What Kong says instead of <see cref="Message"/> at <see cref="Path"/>; null when it says just that. Empty when it says nothing.</summary>
    public IReadOnlyList<KongError>? KongErrors { get; init; }

    /// <summary>True when the configuration must not be served. An error may be survivable (a disabled credential).</summary>
    public bool Refuses { get; init; }

    /// <summary><c>file:line:col: severity CODE: message</c>.</summary>
    public override string ToString() => DiagnosticText.Line(this);
}
