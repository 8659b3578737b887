namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>What an IstioOperator says about the mesh and its proxies. Immutable; null is Istio's default.</summary>
public sealed record MeshConfig
{
    /// <summary>Where the chosen document begins; <see cref="SourceSpan.None"/> when there is none.</summary>
    public SourceSpan Span { get; init; }

    /// <summary>Name of the chosen document.</summary>
    public string OperatorName { get; init; } = "";

    /// <summary><c>multiCluster.clusterName</c>.</summary>
    public string ClusterName { get; init; } = "Kubernetes";

    /// <summary><c>meshID</c>.</summary>
    public string MeshId { get; init; } = "cluster.local";

    /// <summary><c>network</c>; "" when not written.</summary>
    public string Network { get; init; } = "";

    /// <summary>Trust domain of identities.</summary>
    public string TrustDomain { get; init; } = "cluster.local";

    /// <summary>The namespace whose guards hold for the whole mesh, besides <see cref="MeshModel.RootNamespace"/>.</summary>
    public string RootNamespace { get; init; } = MeshModel.RootNamespace;

    /// <summary>Other names of the trust domain.</summary>
    public IReadOnlyList<string> TrustDomainAliases { get; init; } = [];

    /// <summary>File of the access log; null or "" is none.</summary>
    public string? AccessLogFile { get; init; }

    /// <summary>Format of its lines; null is Istio's default.</summary>
    public string? AccessLogFormat { get; init; }

    /// <summary>Where the format stands.</summary>
    public SourceSpan AccessLogFormatSpan { get; init; }

    /// <summary>True writes JSON (then the format is a JSON object of operators).</summary>
    public bool AccessLogJson { get; init; }

    /// <summary>Fills the blocks that a host's resolved policy lacks: limits and outlier detection.</summary>
    public TrafficPolicy? DefaultTrafficPolicy { get; init; }

    /// <summary>Balancing of hosts that name none (a mapped <c>lbPolicy</c>).</summary>
    public SimpleBalancing? DefaultLoadBalancing { get; init; }

    /// <summary>Retries of rules that name none.</summary>
    public RetrySettings? DefaultHttpRetryPolicy { get; init; }

    /// <summary>Time for connecting; null is 10 s.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>Keep-alive of connections to endpoints; null leaves it off.</summary>
    public TcpKeepaliveSettings? TcpKeepalive { get; init; }

    /// <summary>How paths are normalised before matching; null leaves it to the process.</summary>
    public PathNormalization? PathNormalization { get; init; }

    /// <summary>Localities.</summary>
    public LocalitySettings? LocalityLb { get; init; }

    /// <summary>Mutual TLS to endpoints that have an identity; true unless switched off.</summary>
    public bool EnableAutoMtls { get; init; } = true;

    /// <summary>Names of the extension providers.</summary>
    public IReadOnlyList<ExtensionProvider> ExtensionProviders { get; init; } = [];

    /// <summary>Names of the default providers of access logs.</summary>
    public IReadOnlyList<string> DefaultAccessLogProviders { get; init; } = [];

    /// <summary>Names of the default providers of metrics.</summary>
    public IReadOnlyList<string> DefaultMetricsProviders { get; init; } = [];

    /// <summary>Names of the default providers of traces.</summary>
    public IReadOnlyList<string> DefaultTracingProviders { get; init; } = [];

    /// <summary>Settings of the proxy.</summary>
    public ProxyConfig Proxy { get; init; } = new();

    /// <summary>Ingress gateways that the operator deploys.</summary>
    public IReadOnlyList<IngressGateway> IngressGateways { get; init; } = [];
}

/// <summary>How paths are normalised.</summary>
public enum PathNormalization
{
    /// <summary>RFC 3986 dot segments and escapes (Istio's default, BASE).</summary>
    Base,

    /// <summary>Not at all.</summary>
    None,

    /// <summary>As base, and slashes in a row become one.</summary>
    MergeSlashes,

    /// <summary>As merge slashes, and escaped slashes are decoded before.</summary>
    DecodeAndMergeSlashes,
}

/// <summary>A named extension provider.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its kind: the member that is set (<c>zipkin</c>, <c>envoyExtAuthzHttp</c>, …); "" when none is.</param>
/// <param name="Service">Host of its service; null when not written.</param>
/// <param name="Port">Port of its service; null when not written.</param>
/// <param name="Span">Where it begins.</param>
public sealed record ExtensionProvider(string Name, string Type, string? Service, int? Port, SourceSpan Span);

/// <summary><c>defaultConfig</c>: settings of the proxy. Null is Istio's default.</summary>
public sealed record ProxyConfig
{
    /// <summary>Percent of requests traced, 0 to 100; null is 1.</summary>
    public double? TracingSampling { get; init; }

    /// <summary>Characters of a path in a tag; null is 256.</summary>
    public int? MaxPathTagLength { get; init; }

    /// <summary>Statistics that are shown beyond the default ones, and those that are not.</summary>
    public StatsMatcher StatsMatcher { get; init; } = StatsMatcher.None;

    /// <summary>Time for draining replaced listeners; null is 45 s.</summary>
    public TimeSpan? DrainDuration { get; init; }

    /// <summary>Time between the signal to end and the end; null is 5 s.</summary>
    public TimeSpan? TerminationDrainDuration { get; init; }

    /// <summary>Proxies in front of this one whose X-Forwarded-For is believed.</summary>
    public int NumTrustedProxies { get; init; }

    /// <summary>What becomes of x-forwarded-client-cert, as written; null is SANITIZE_SET.</summary>
    public string? ForwardClientCertDetails { get; init; }

    /// <summary>Connections begin with a PROXY header (<c>gatewayTopology.proxyProtocol</c>).</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>Value of the <c>server</c> header; null is istio-envoy.</summary>
    public string? ServerHeader { get; init; }

    /// <summary>No <c>server</c> header.</summary>
    public bool ServerHeaderDisabled { get; init; }

    /// <summary>x-request-id is not made.</summary>
    public bool RequestIdDisabled { get; init; }

    /// <summary>x-envoy-attempt-count is not sent.</summary>
    public bool AttemptCountDisabled { get; init; }

    /// <summary>Envoy's debug headers (<c>x-envoy-upstream-service-time</c> and its like) are not sent.</summary>
    public bool EnvoyDebugHeadersDisabled { get; init; }

    /// <summary>Header names keep the case of the peer's.</summary>
    public bool PreserveHttp1HeaderCase { get; init; }

    /// <summary>Environment variables for the proxy.</summary>
    public LabelSet ProxyMetadata { get; init; } = LabelSet.Empty;
}

/// <summary>Which statistics are shown.</summary>
/// <param name="InclusionPrefixes">Beginnings of names that are shown.</param>
/// <param name="InclusionSuffixes">Ends of names that are shown.</param>
/// <param name="InclusionRegexps">Patterns of names that are shown.</param>
/// <param name="ExclusionRegexps">Patterns of names that are not shown; not in Istio's API.</param>
public sealed record StatsMatcher(
    IReadOnlyList<LocatedName> InclusionPrefixes,
    IReadOnlyList<LocatedName> InclusionSuffixes,
    IReadOnlyList<LocatedName> InclusionRegexps,
    IReadOnlyList<LocatedName> ExclusionRegexps)
{
    /// <summary>Nothing beyond the default.</summary>
    public static readonly StatsMatcher None = new([], [], [], []);
}

/// <summary>An ingress gateway of the operator.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Ports">Ports of its service.</param>
/// <param name="Span">Where it begins.</param>
public sealed record IngressGateway(string Name, string Namespace, LabelSet Labels, IReadOnlyList<IngressPort> Ports, SourceSpan Span);

/// <summary>A port of an ingress gateway's service.</summary>
/// <param name="Port">Port that Gateway servers name.</param>
/// <param name="TargetPort">Port that is bound.</param>
/// <param name="Name">Its name.</param>
/// <param name="Span">Where it begins.</param>
public sealed record IngressPort(int Port, int TargetPort, string Name, SourceSpan Span);
