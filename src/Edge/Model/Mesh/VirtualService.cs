namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>An Istio VirtualService (<c>networking/v1alpha3/virtual_service.proto</c>). Immutable.</summary>
public sealed record VirtualService : MeshObject
{
    /// <summary>The name in <see cref="Gateways"/> that stands for sidecars, not served here.</summary>
    public const string MeshGateway = "mesh";

    /// <summary>Lower-case hosts, short names expanded; empty for a delegate.</summary>
    public IReadOnlyList<LocatedName> Hosts { get; init; } = [];

    /// <summary>Gateways as <c>namespace/name</c>, or <see cref="MeshGateway"/>, which stands alone when none was written.</summary>
    public IReadOnlyList<LocatedName> Gateways { get; init; } = [];

    /// <summary>Rules for HTTP in the order of the document; all of them, dead ones too.</summary>
    public IReadOnlyList<HttpRule> Http { get; init; } = [];

    /// <summary>Rules for TLS that is passed through.</summary>
    public IReadOnlyList<TlsRule> Tls { get; init; } = [];

    /// <summary>Rules for TCP.</summary>
    public IReadOnlyList<TcpRule> Tcp { get; init; } = [];

    /// <summary>Namespaces that may use it; empty is all.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];

    /// <summary>True when only other virtual services refer to it.</summary>
    public bool IsDelegate => Hosts.Count == 0;
}

/// <summary>A name and where it stands.</summary>
/// <param name="Name">The name, short names expanded.</param>
/// <param name="Span">Where.</param>
public sealed record LocatedName(string Name, SourceSpan Span);

/// <summary>A reference to another virtual service whose rules continue this one's.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Span">Where.</param>
public sealed record DelegateReference(string Namespace, string Name, SourceSpan Span);

/// <summary>One rule of <c>http</c>.</summary>
public sealed record HttpRule
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Position in the list, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Its optional name.</summary>
    public string? Name { get; init; }

    /// <summary>Conditions of which one must hold; empty matches everything.</summary>
    public IReadOnlyList<HttpMatch> Matches { get; init; } = [];

    /// <summary>Destinations; empty when the rule redirects, answers itself or delegates.</summary>
    public IReadOnlyList<RouteDestination> Destinations { get; init; } = [];

    /// <summary>Answer with a redirect.</summary>
    public RedirectSettings? Redirect { get; init; }

    /// <summary>Answer without any destination.</summary>
    public DirectResponseSettings? DirectResponse { get; init; }

    /// <summary>Continue with another virtual service's rules.</summary>
    public DelegateReference? Delegate { get; init; }

    /// <summary>Changes of path and authority.</summary>
    public RewriteSettings? Rewrite { get; init; }

    /// <summary>Time for the whole exchange; null and zero are no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Retries; null is the mesh's default.</summary>
    public RetrySettings? Retries { get; init; }

    /// <summary>Injected faults.</summary>
    public FaultSettings? Fault { get; init; }

    /// <summary>Where copies of requests go (<c>mirror</c> and <c>mirrors</c>).</summary>
    public IReadOnlyList<MirrorSettings> Mirrors { get; init; } = [];

    /// <summary>Cross-origin rules.</summary>
    public CorsSettings? Cors { get; init; }

    /// <summary>Header changes of the rule.</summary>
    public HeaderSettings Headers { get; init; } = HeaderSettings.None;

    /// <summary>
    /// A <c>trafficPolicy</c> that was written into the rule, which Istio does not know: it holds for the rule's destinations that no
    /// destination rule names. Null when there is none.
    /// </summary>
    public TrafficPolicy? TrafficPolicy { get; init; }
}

/// <summary>One entry of <c>match</c>: everything in it must hold.</summary>
public sealed record HttpMatch
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Position in the rule, from 0; -1 for that of a root whose delegate has none.</summary>
    public required int Index { get; init; }

    /// <summary>Its optional name.</summary>
    public string? Name { get; init; }

    /// <summary>The path without query.</summary>
    public MeshStringMatch? Uri { get; init; }

    /// <summary>Exact and prefix paths ignore case.</summary>
    public bool IgnoreUriCase { get; init; }

    /// <summary><c>:scheme</c>.</summary>
    public MeshStringMatch? Scheme { get; init; }

    /// <summary><c>:method</c>.</summary>
    public MeshStringMatch? Method { get; init; }

    /// <summary><c>:authority</c>, with the port if the client sent one.</summary>
    public MeshStringMatch? Authority { get; init; }

    /// <summary>Header fields that must match; names lower-case except for <c>@request.auth.claims</c>.</summary>
    public IReadOnlyList<NamedMatch> Headers { get; init; } = [];

    /// <summary>Header fields that must not match.</summary>
    public IReadOnlyList<NamedMatch> WithoutHeaders { get; init; } = [];

    /// <summary>Query parameters that must match.</summary>
    public IReadOnlyList<NamedMatch> QueryParams { get; init; } = [];

    /// <summary>Port of the Gateway server (as written there); null is any.</summary>
    public int? Port { get; init; }

    /// <summary>Gateways that the entry holds for, as in <see cref="VirtualService.Gateways"/>; empty is all of the virtual service.</summary>
    public IReadOnlyList<LocatedName> Gateways { get; init; } = [];

    /// <summary>Labels that the proxy itself must have.</summary>
    public LabelSet SourceLabels { get; init; } = LabelSet.Empty;

    /// <summary>Namespace that the proxy itself must be in.</summary>
    public string? SourceNamespace { get; init; }

    /// <summary>Prefix of the statistics of the routes.</summary>
    public string? StatPrefix { get; init; }

    /// <summary>True when the path is anything and no header or query condition is set (Istio's catch-all).</summary>
    public bool IsCatchAll =>
        (Uri is null or { Kind: StringMatchKind.Prefix, Value: "/" or "" } or { Kind: StringMatchKind.Regex, Value: ".*" or "*" })
        && Scheme is null && Method is null && Authority is null
        && Headers.Count == 0 && WithoutHeaders.Count == 0 && QueryParams.Count == 0;
}

/// <summary>A condition on a named field.</summary>
/// <param name="Name">Name of the header field or query parameter.</param>
/// <param name="Match">What its value must be.</param>
public sealed record NamedMatch(string Name, MeshStringMatch Match);

/// <summary>How a text is compared.</summary>
public enum StringMatchKind
{
    /// <summary>Present, whatever the value: an empty matcher, or the regex <c>*</c>.</summary>
    Present,

    /// <summary>Equal.</summary>
    Exact,

    /// <summary>Begins with it.</summary>
    Prefix,

    /// <summary>The whole text matches the RE2 pattern.</summary>
    Regex,
}

/// <summary>A condition on a text.</summary>
/// <param name="Kind">How it is compared.</param>
/// <param name="Value">With what; "" for <see cref="StringMatchKind.Present"/>.</param>
/// <param name="Span">Where.</param>
public sealed record MeshStringMatch(StringMatchKind Kind, string Value, SourceSpan Span);

/// <summary>Where requests go.</summary>
public sealed record Destination
{
    /// <summary>Where it stands.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Host as written, lower-case.</summary>
    public required string Host { get; init; }

    /// <summary>Host with a short name expanded: <c>x</c> is <c>x.namespace.svc.cluster.local</c>.</summary>
    public required string ResolvedHost { get; init; }

    /// <summary>Subset of the host's destination rule; null is all endpoints.</summary>
    public string? Subset { get; init; }

    /// <summary>Port; null is the only port of the service, else that of the listener.</summary>
    public int? Port { get; init; }
}

/// <summary>One weighted destination.</summary>
/// <param name="Destination">Where.</param>
/// <param name="Weight">Share; without meaning for a single one, 0 is never chosen among several.</param>
/// <param name="Headers">Header changes for this destination.</param>
/// <param name="Span">Where it stands.</param>
public sealed record RouteDestination(Destination Destination, int Weight, HeaderSettings Headers, SourceSpan Span);

/// <summary>One rule of <c>tls</c>.</summary>
/// <param name="Matches">Conditions of which one must hold.</param>
/// <param name="Destinations">Destinations.</param>
/// <param name="Span">Where it begins.</param>
public sealed record TlsRule(IReadOnlyList<TlsMatch> Matches, IReadOnlyList<RouteDestination> Destinations, SourceSpan Span);

/// <summary>A condition on a TLS connection.</summary>
/// <param name="SniHosts">Server names, at least one.</param>
/// <param name="Port">Port; null is any.</param>
/// <param name="Gateways">Gateways; empty is all of the virtual service.</param>
/// <param name="DestinationSubnets">Addresses of the destination; empty is any.</param>
/// <param name="Span">Where it begins.</param>
public sealed record TlsMatch(
    IReadOnlyList<string> SniHosts, int? Port, IReadOnlyList<LocatedName> Gateways, IReadOnlyList<string> DestinationSubnets, SourceSpan Span);

/// <summary>One rule of <c>tcp</c>.</summary>
/// <param name="Matches">Conditions of which one must hold; empty matches everything.</param>
/// <param name="Destinations">Destinations.</param>
/// <param name="Span">Where it begins.</param>
public sealed record TcpRule(IReadOnlyList<TcpMatch> Matches, IReadOnlyList<RouteDestination> Destinations, SourceSpan Span);

/// <summary>A condition on a connection.</summary>
/// <param name="Port">Port; null is any.</param>
/// <param name="Gateways">Gateways; empty is all of the virtual service.</param>
/// <param name="DestinationSubnets">Addresses of the destination; empty is any.</param>
/// <param name="Span">Where it begins.</param>
public sealed record TcpMatch(int? Port, IReadOnlyList<LocatedName> Gateways, IReadOnlyList<string> DestinationSubnets, SourceSpan Span);
