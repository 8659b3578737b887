namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>The Gateway side of an explanation, in the order in which it is decided. Immutable.</summary>
internal sealed record ExplainedGateway
{
    /// <summary>Gateways of the listener's server, <c>namespace/name</c>; empty when no server takes the connection.</summary>
    public IReadOnlyList<string> Gateways { get; init; } = [];

    /// <summary>Envoy's name of the route table.</summary>
    public string? Table { get; init; }

    /// <summary>Where the server stands.</summary>
    public Place? Place { get; init; }

    /// <summary>What maps the server's port to the bound one; null when nothing does.</summary>
    public string? PortMapping { get; init; }

    /// <summary>The virtual host: its pattern; null when none has the authority.</summary>
    public string? VirtualHost { get; init; }

    /// <summary>The rule: VirtualService, number of the rule, number of the match.</summary>
    public ExplainedRule? Rule { get; init; }

    /// <summary>Time for the whole exchange in milliseconds; null without limit.</summary>
    public int? TimeoutMs { get; init; }

    /// <summary>Null without retries.</summary>
    public ExplainedRetries? Retries { get; init; }

    /// <summary>Null injects nothing.</summary>
    public ExplainedFault? Fault { get; init; }

    /// <summary>What CORS makes of the request; null without a policy.</summary>
    public string? Cors { get; init; }

    /// <summary>Where the request may go.</summary>
    public IReadOnlyList<ExplainedDestination> Destinations { get; init; } = [];

    /// <summary>Where copies go.</summary>
    public IReadOnlyList<ExplainedDestination> Mirrors { get; init; } = [];
}

/// <summary>Which rule of which VirtualService won.</summary>
/// <param name="VirtualService"><c>namespace/name</c>.</param>
/// <param name="Number">Position of the rule in the document, from 1.</param>
/// <param name="Match">Position of the match in the rule, from 1; null when it has none.</param>
/// <param name="Order">Position in the virtual host, from 1.</param>
/// <param name="Of">Rules of the virtual host.</param>
internal sealed record ExplainedRule(string VirtualService, int Number, int? Match, int Order, int Of);

/// <summary>Retries of the route.</summary>
/// <param name="Attempts">After the first.</param>
/// <param name="On">Conditions.</param>
/// <param name="PerTryTimeoutMs">Milliseconds; null is the route's.</param>
/// <param name="BackoffMs">Base of the pause in milliseconds.</param>
/// <param name="Place">Where they stand; null for the mesh's default.</param>
internal sealed record ExplainedRetries(int Attempts, string On, int? PerTryTimeoutMs, int BackoffMs, Place? Place);

/// <summary>Faults of the route.</summary>
/// <param name="DelayPercent">Share that waits; null for none.</param>
/// <param name="DelayMs">How long; null for none.</param>
/// <param name="AbortPercent">Share that is answered instead; null for none.</param>
/// <param name="AbortStatus">With which status; null for none or a gRPC status.</param>
/// <param name="AbortGrpcStatus">With which gRPC status; null for none.</param>
/// <param name="Place">Where they stand.</param>
internal sealed record ExplainedFault(
    decimal? DelayPercent, int? DelayMs, decimal? AbortPercent, int? AbortStatus, int? AbortGrpcStatus, Place? Place);

/// <summary>A request as it goes up, framing aside.</summary>
/// <param name="Method">Method sent.</param>
/// <param name="Target">Path and query sent.</param>
/// <param name="Host">Host sent.</param>
/// <param name="Headers">The other fields; x-request-id is another each time.</param>
internal sealed record ExplainedHead(string Method, string Target, string Host, IReadOnlyList<string> Headers);

/// <summary>One destination.</summary>
/// <param name="Cluster"><c>outbound|port|subset|host</c>.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Percent">Share of the requests.</param>
internal sealed record ExplainedDestination(string Cluster, Place? Place, decimal Percent)
{
    /// <summary>Why no request gets there, with the answer it gets; null when it does.</summary>
    public string? Refusal { get; init; }

    /// <summary>The authority it gets when that is not the client's.</summary>
    public string? Authority { get; init; }

    /// <summary>Changes of request fields as configured: <c>set x-a: b</c>.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Changes of its answer's fields as configured.</summary>
    public IReadOnlyList<string> AnswerHeaders { get; init; } = [];

    /// <summary>The request as it goes there the first time; null when none does.</summary>
    public ExplainedHead? Request { get; init; }

    /// <summary>DestinationRules that shape its cluster, the one whose policy holds first.</summary>
    public IReadOnlyList<Place> DestinationRules { get; init; } = [];

    /// <summary>How an endpoint is chosen.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Limits and ejection, in words.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>Its endpoints as far as they are known here.</summary>
    public IReadOnlyList<ExplainedEndpoint> Endpoints { get; init; } = [];
}
