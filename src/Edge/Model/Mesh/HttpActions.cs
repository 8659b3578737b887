namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>An answer with a Location.</summary>
public sealed record RedirectSettings
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>The whole new path; null keeps it.</summary>
    public string? Uri { get; init; }

    /// <summary>Replaces the matched prefix; null keeps it.</summary>
    public string? PrefixRewrite { get; init; }

    /// <summary>The new authority; null keeps it.</summary>
    public string? Authority { get; init; }

    /// <summary>The new scheme; null keeps it.</summary>
    public string? Scheme { get; init; }

    /// <summary>The new port; null when not written.</summary>
    public int? Port { get; init; }

    /// <summary>Where the port comes from when none is written.</summary>
    public RedirectPort DerivePort { get; init; }

    /// <summary>301, 302, 303, 307 or 308.</summary>
    public int Code { get; init; } = 301;
}

/// <summary>Where a redirect's port comes from.</summary>
public enum RedirectPort
{
    /// <summary>Not written: the port of the request stays.</summary>
    None,

    /// <summary>None is written into the Location: the default of the scheme.</summary>
    FromProtocolDefault,

    /// <summary>The port of the request.</summary>
    FromRequestPort,
}

/// <summary>An answer without a destination. Its body is a copy nobody changes.</summary>
/// <param name="Status">200 to 599.</param>
/// <param name="Body">Body, at most 1 MiB; null is none.</param>
/// <param name="Span">Where it begins.</param>
public sealed record DirectResponseSettings(int Status, ReadOnlyMemory<byte>? Body, SourceSpan Span);

/// <summary>Changes of path and authority.</summary>
public sealed record RewriteSettings
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Replaces the matched prefix, or the whole path of an exact match; null keeps it.</summary>
    public string? Uri { get; init; }

    /// <summary>The new authority; null keeps it.</summary>
    public string? Authority { get; init; }

    /// <summary>RE2 pattern whose matches in the path are replaced; null when not written.</summary>
    public string? RegexMatch { get; init; }

    /// <summary>What replaces them, with <c>\1</c> groups.</summary>
    public string RegexRewrite { get; init; } = "";

    /// <summary>Where the pattern stands.</summary>
    public SourceSpan RegexSpan { get; init; }
}

/// <summary>Retries of a rule, or the mesh's default ones.</summary>
public sealed record RetrySettings
{
    /// <summary>Where they begin.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Tries after the first; 0 switches retries off.</summary>
    public int Attempts { get; init; }

    /// <summary>Time for one attempt; null is that of the route.</summary>
    public TimeSpan? PerTryTimeout { get; init; }

    /// <summary>Conditions as written, separated by commas; null is the default list.</summary>
    public string? RetryOn { get; init; }

    /// <summary>Where the conditions stand.</summary>
    public SourceSpan RetryOnSpan { get; init; }

    /// <summary>Whether later attempts go to other localities; null is the default (no).</summary>
    public bool? RetryRemoteLocalities { get; init; }

    /// <summary>Whether endpoints already tried are avoided; null is the default.</summary>
    public bool? RetryIgnorePreviousHosts { get; init; }

    /// <summary>Base of the pause between attempts; null is 25 ms.</summary>
    public TimeSpan? Backoff { get; init; }

    /// <summary>Longest pause between attempts; null is ten times the base.</summary>
    public TimeSpan? MaxBackoff { get; init; }
}

/// <summary>Injected faults.</summary>
/// <param name="Delay">A pause before the request goes on.</param>
/// <param name="Abort">An answer instead of the request.</param>
/// <param name="Span">Where they begin.</param>
public sealed record FaultSettings(FaultDelay? Delay, FaultAbort? Abort, SourceSpan Span);

/// <summary>An injected pause.</summary>
/// <param name="Percent">Share of requests, 0 to 100, exact to 0.0001.</param>
/// <param name="Duration">How long; never negative.</param>
/// <param name="Span">Where it begins.</param>
public sealed record FaultDelay(double Percent, TimeSpan Duration, SourceSpan Span);

/// <summary>An injected answer: one of the two is set.</summary>
/// <param name="Percent">Share of requests, 0 to 100, exact to 0.0001.</param>
/// <param name="HttpStatus">200 to 599.</param>
/// <param name="GrpcStatus">A gRPC status, 0 to 16.</param>
/// <param name="Span">Where it begins.</param>
public sealed record FaultAbort(double Percent, int? HttpStatus, int? GrpcStatus, SourceSpan Span);

/// <summary>Where copies of requests go.</summary>
/// <param name="Destination">Where.</param>
/// <param name="Percent">Share of requests, 0 to 100, exact to 0.0001; 0 is never.</param>
/// <param name="Span">Where it begins.</param>
public sealed record MirrorSettings(Destination Destination, double Percent, SourceSpan Span);

/// <summary>Cross-origin rules.</summary>
public sealed record CorsSettings
{
    /// <summary>Where they begin.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Origins; an exact <c>*</c> is any.</summary>
    public IReadOnlyList<MeshStringMatch> AllowOrigins { get; init; } = [];

    /// <summary>Methods as written.</summary>
    public IReadOnlyList<string> AllowMethods { get; init; } = [];

    /// <summary>Request header names as written.</summary>
    public IReadOnlyList<string> AllowHeaders { get; init; } = [];

    /// <summary>Response header names as written.</summary>
    public IReadOnlyList<string> ExposeHeaders { get; init; } = [];

    /// <summary>How long an answer to a preflight may be kept, in whole seconds; null writes no header.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Whether credentials may be sent; null writes no header.</summary>
    public bool? AllowCredentials { get; init; }

    /// <summary>False forwards preflights of other origins (Istio's default), true answers them without permission.</summary>
    public bool IgnoreUnmatchedPreflights { get; init; }
}

/// <summary>Header changes of requests and responses.</summary>
/// <param name="Request">Changes of the request.</param>
/// <param name="Response">Changes of the response.</param>
public sealed record HeaderSettings(HeaderOperations Request, HeaderOperations Response)
{
    /// <summary>No changes.</summary>
    public static readonly HeaderSettings None = new(HeaderOperations.None, HeaderOperations.None);

    /// <summary>True when nothing is changed.</summary>
    public bool IsNone => Request.IsNone && Response.IsNone;
}

/// <summary>Header changes of one message, in the order of the document.</summary>
/// <param name="Set">Fields that replace what is there.</param>
/// <param name="Add">Fields that are appended.</param>
/// <param name="Remove">Names of fields that are taken away.</param>
public sealed record HeaderOperations(
    IReadOnlyList<HeaderValue> Set, IReadOnlyList<HeaderValue> Add, IReadOnlyList<string> Remove)
{
    /// <summary>No changes.</summary>
    public static readonly HeaderOperations None = new([], [], []);

    /// <summary>True when nothing is changed.</summary>
    public bool IsNone => Set.Count + Add.Count + Remove.Count == 0;
}

/// <summary>A header field to write.</summary>
/// <param name="Name">Name as written.</param>
/// <param name="Value">Value as written, with <c>%OPERATOR%</c>s in it.</param>
/// <param name="Span">Where.</param>
public sealed record HeaderValue(string Name, string Value, SourceSpan Span);
