namespace VoltageSoda.Edge.Model;

/// <summary>A Kong route: what a request must look like (<c>kong/db/schema/entities/routes.lua</c>). Immutable.</summary>
public sealed record KongRoute : KongEntity
{
    /// <summary>Unique name; null when none was given.</summary>
    public string? Name { get; init; }

    /// <summary>The service; null answers 503 <c>no Service found with those values</c>.</summary>
    public EntityRef? Service { get; init; }

    /// <summary>Position in the order of declaration over all files, from 0; breaks ties of priority.</summary>
    public int Order { get; init; }

    /// <summary>Schemes the client may use.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = ["http", "https"];

    /// <summary>Methods, upper case; empty means any.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Host patterns; empty means any.</summary>
    public IReadOnlyList<KongHostMatch> Hosts { get; init; } = [];

    /// <summary>Path patterns; empty means any.</summary>
    public IReadOnlyList<KongPathMatch> Paths { get; init; } = [];

    /// <summary>Header conditions, all of which must hold.</summary>
    public IReadOnlyList<KongHeaderMatch> Headers { get; init; } = [];

    /// <summary>Server names of TLS; trailing dots removed.</summary>
    public IReadOnlyList<string> Snis { get; init; } = [];

    /// <summary>Source addresses of stream routes.</summary>
    public bool HasStreamConditions { get; init; }

    /// <summary>Status for plain requests on an https-only route: 426, 301, 302, 307 or 308.</summary>
    public int HttpsRedirectStatusCode { get; init; } = 426;

    /// <summary>Order among regex paths; the greater wins.</summary>
    public long RegexPriority { get; init; }

    /// <summary>Remove the matched prefix before forwarding.</summary>
    public bool StripPath { get; init; } = true;

    /// <summary>Forward the client's Host.</summary>
    public bool PreserveHost { get; init; }

    /// <summary><c>v0</c> or <c>v1</c>; v1 has no effect with the traditional_compatible router.</summary>
    public string PathHandling { get; init; } = "v0";

    /// <summary>As written; bodies are streamed whatever it says.</summary>
    public bool RequestBuffering { get; init; } = true;

    /// <summary>As written; bodies are streamed whatever it says.</summary>
    public bool ResponseBuffering { get; init; } = true;

    /// <inheritdoc/>
    public override string Label => Name ?? Id.ToString();
}

/// <summary>How a host pattern matches.</summary>
public enum KongHostKind
{
    /// <summary>Equal, ignoring case.</summary>
    Exact,

    /// <summary><c>*.example.com</c>: ends with the text.</summary>
    Suffix,

    /// <summary><c>example.*</c>: begins with the text.</summary>
    Prefix,
}

/// <summary>One host pattern of a route.</summary>
/// <param name="Text">As written.</param>
/// <param name="Kind">How it matches.</param>
/// <param name="Value">Lower case, without the star and without the port (<c>.example.com</c>, <c>example.</c>).</param>
/// <param name="Port">Port that must be in Host too; null when any.</param>
/// <param name="Span">Where it stands.</param>
public sealed record KongHostMatch(string Text, KongHostKind Kind, string Value, int? Port, SourceSpan Span);

/// <summary>One path pattern of a route.</summary>
/// <param name="Text">As written (for 1.1 and 2.1 files after Kong's <c>~</c> migration).</param>
/// <param name="IsRegex">True for <c>~…</c>.</param>
/// <param name="Value">The prefix in the form that requests are matched in, or the .NET pattern (anchored at the start, non-backtracking subset).</param>
/// <param name="Span">Where it stands.</param>
public sealed record KongPathMatch(string Text, bool IsRegex, string Value, SourceSpan Span)
{
    /// <summary>Name of each capture group in order, as <c>Match.Groups</c> takes it.</summary>
    public IReadOnlyList<string> Captures { get; init; } = [];
}

/// <summary>One header condition of a route: any of the values.</summary>
/// <param name="Name">Field name, lower case.</param>
/// <param name="Values">Lower-case values; empty when <paramref name="Pattern"/> is set.</param>
/// <param name="Pattern">.NET pattern when the single value began with <c>~*</c> (case-insensitive), else null.</param>
/// <param name="Span">Where it stands.</param>
public sealed record KongHeaderMatch(string Name, IReadOnlyList<string> Values, string? Pattern, SourceSpan Span)
{
    /// <summary>The name as written.</summary>
    public string WrittenName { get; init; } = Name;

    /// <summary>The values as written.</summary>
    public IReadOnlyList<string> Written { get; init; } = Values;
}
