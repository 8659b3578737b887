using VoltageSoda.Edge.Cli.Explain.Mesh;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>
/// What the data plane decides about one request, and why: the answer of <c>voltage-edge explain</c>, free of layout. Immutable.
/// </summary>
internal sealed record Explanation
{
    public required ExplainedRequest Request { get; init; }

    public required ExplainedListener Listener { get; init; }

    /// <summary>Null when no route was found or the request did not get so far.</summary>
    public ExplainedRoute? Route { get; init; }

    /// <summary>Routes that came close and lost, closest first.</summary>
    public IReadOnlyList<LostRoute> Lost { get; init; } = [];

    /// <summary>Every plugin that applies, in the order in which they run.</summary>
    public IReadOnlyList<ExplainedPlugin> Plugins { get; init; } = [];

    /// <summary>What a Gateway listener decides; null for a Kong listener.</summary>
    public ExplainedGateway? Gateway { get; init; }

    /// <summary>Null when the gateway answers itself.</summary>
    public ExplainedUpstream? Upstream { get; init; }

    public required ExplainedOutcome Outcome { get; init; }
}

/// <summary>A place in a file, as text for people and in parts for tools; null members where it is not known.</summary>
/// <param name="File">As the operator named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal sealed record Place(string File, int Line, int Column)
{
    public static Place? Of(SourceSpan span) => span.IsNone ? null : new Place(span.File, span.Line, span.Column);

    /// <summary><c>file:line</c>.</summary>
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}";
}

/// <summary>The request as the listener reads it.</summary>
/// <param name="Method">As sent.</param>
/// <param name="Target">As sent.</param>
/// <param name="Host">Host field, or authority of an absolute target; empty when the head was refused before it was read.</param>
/// <param name="CanonicalPath">The one path that is matched and forwarded; null when the head was refused.</param>
/// <param name="Client">Client address after real-ip.</param>
internal sealed record ExplainedRequest(string Method, string Target, string Host, string? CanonicalPath, string Client);

/// <summary>The listener that would take the connection.</summary>
/// <param name="Address">As configured; empty when no listener would.</param>
/// <param name="IsBound">False for a listener that is configured and not served.</param>
/// <param name="Note">Why it was taken, or what is the matter with it; null when there is nothing to say.</param>
internal sealed record ExplainedListener(string Address, bool IsBound, string? Note);

/// <summary>The route that won.</summary>
/// <param name="Name">Name or id.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Matched">What of the request it matched, condition by condition.</param>
/// <param name="Service">Name of its service; null when it has none.</param>
/// <param name="ServicePlace">Where that stands.</param>
internal sealed record ExplainedRoute(string Name, Place? Place, IReadOnlyList<string> Matched, string? Service, Place? ServicePlace);

/// <summary>A route that did not win.</summary>
/// <param name="Name">Name or id.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Path">Which of its paths came closest; null when it has none.</param>
/// <param name="Matches">Whether all its conditions hold, so that it lost by priority alone.</param>
/// <param name="Reasons">Why it lost.</param>
internal sealed record LostRoute(string Name, Place? Place, string? Path, bool Matches, IReadOnlyList<string> Reasons);

/// <summary>What a plugin does for one request.</summary>
internal enum PluginEffect
{
    /// <summary>It runs and the request goes on.</summary>
    Acts,

    /// <summary>It answers the request itself.</summary>
    Answers,

    /// <summary>The request was answered before its turn.</summary>
    NotReached,

    /// <summary>It is loaded and does nothing in this build.</summary>
    Inactive,
}

/// <summary>One plugin and what it does.</summary>
/// <param name="Name">Kong's name of it.</param>
/// <param name="Place">Where this instance stands.</param>
/// <param name="Scope"><c>global</c>, or what it is configured on: <c>service x</c>.</param>
/// <param name="Effect">Whether it acts.</param>
/// <param name="Details">What exactly, or why not.</param>
internal sealed record ExplainedPlugin(string Name, Place? Place, string Scope, PluginEffect Effect, IReadOnlyList<string> Details);

/// <summary>The request as it would go up, and where to.</summary>
/// <param name="Cluster">Name of the upstream, or host and port of the service.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Method">Method sent.</param>
/// <param name="Target">Path and query sent.</param>
/// <param name="Host">Host sent; null when each endpoint gets its own (<see cref="ExplainedEndpoint.Host"/>).</param>
/// <param name="Headers">Fields sent, besides Host and those that frame the message.</param>
/// <param name="Endpoints">Where it may go.</param>
/// <param name="Note">What to know about the endpoints; null when there is nothing.</param>
internal sealed record ExplainedUpstream(
    string Cluster,
    Place? Place,
    string Method,
    string Target,
    string? Host,
    IReadOnlyList<string> Headers,
    IReadOnlyList<ExplainedEndpoint> Endpoints,
    string? Note)
{
    /// <summary>How an endpoint is chosen; null where there is one name and nothing to choose by.</summary>
    public string? Algorithm { get; init; }

    /// <summary>What is hashed; null unless the algorithm hashes.</summary>
    public ExplainedHash? Hash { get; init; }

    /// <summary>What judges the endpoints; null when nothing does.</summary>
    public string? Checks { get; init; }
}

/// <summary>The key of consistent hashing for one request.</summary>
/// <param name="Input">Which input gave it: <c>header x-user</c>; <c>nothing</c> when the request has none.</param>
/// <param name="Value">The value.</param>
/// <param name="Endpoint">Address that the key belongs to while all are healthy; null when it is not known here.</param>
internal sealed record ExplainedHash(string Input, string Value, string? Endpoint);

/// <summary>One address of the upstream.</summary>
/// <param name="Target">As configured.</param>
/// <param name="Address">Resolved; null when the name has no address here.</param>
/// <param name="Weight">0 keeps it out of rotation.</param>
/// <param name="Host">Host field sent to it; null when it is the client's.</param>
internal sealed record ExplainedEndpoint(string Target, string? Address, int Weight, string? Host)
{
    /// <summary>Its state in a process that has just started; null without checks.</summary>
    public string? Health { get; init; }

    /// <summary>How the connection is secured: whether the certificate is verified, and for which host; null over plain TCP.</summary>
    public string? Tls { get; init; }
}

/// <summary>How the request ends.</summary>
internal enum OutcomeKind
{
    /// <summary>It goes to the upstream, whose answer it gets.</summary>
    Proxied,

    /// <summary>A plugin or the route answers it.</summary>
    Answered,

    /// <summary>Nothing of the configuration takes it.</summary>
    NoRoute,

    /// <summary>It breaks a rule of HTTP or a limit of the listener.</summary>
    Refused,

    /// <summary>No listener takes the connection.</summary>
    NotServed,

    /// <summary>A listener takes the connection and closes it: no server has the name of the handshake.</summary>
    Closed,
}

/// <summary>The end of the explanation.</summary>
/// <param name="Kind">How it ends.</param>
/// <param name="Status">Status that the gateway answers; null when the upstream does or nobody.</param>
/// <param name="Message">Message of that answer; null for an empty body.</param>
/// <param name="By">Who answers: a plugin, the route, the listener; null for the upstream.</param>
/// <param name="Headers">Fields that belong to that answer, before the fields of response plugins.</param>
internal sealed record ExplainedOutcome(OutcomeKind Kind, int? Status, string? Message, string? By, IReadOnlyList<string> Headers);
