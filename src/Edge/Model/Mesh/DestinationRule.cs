namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>An Istio DestinationRule (<c>networking/v1alpha3/destination_rule.proto</c>). Immutable.</summary>
public sealed record DestinationRule : MeshObject
{
    /// <summary>Host as written, lower-case; may be a wildcard.</summary>
    public required string Host { get; init; }

    /// <summary>Host with a short name expanded.</summary>
    public required string ResolvedHost { get; init; }

    /// <summary>Where the host stands.</summary>
    public SourceSpan HostSpan { get; init; }

    /// <summary>Policy of the host; null when not written.</summary>
    public TrafficPolicy? TrafficPolicy { get; init; }

    /// <summary>Named parts of the endpoints.</summary>
    public IReadOnlyList<DestinationSubset> Subsets { get; init; } = [];

    /// <summary>Namespaces that may use it; empty is all.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];

    /// <summary>Proxies that it holds for; null is all.</summary>
    public LabelSet? WorkloadSelector { get; init; }
}

/// <summary>A named part of a host's endpoints.</summary>
public sealed record DestinationSubset
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Labels that its endpoints have.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>Policy of the subset; null when not written.</summary>
    public TrafficPolicy? TrafficPolicy { get; init; }
}

/// <summary>How a host's endpoints are used. A null block was not written.</summary>
public sealed record TrafficPolicy
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Which endpoint.</summary>
    public LoadBalancerSettings? LoadBalancer { get; init; }

    /// <summary>Limits.</summary>
    public ConnectionPoolSettings? ConnectionPool { get; init; }

    /// <summary>When an endpoint is set aside.</summary>
    public OutlierSettings? OutlierDetection { get; init; }

    /// <summary>TLS to the endpoints.</summary>
    public ClientTlsSettings? Tls { get; init; }

    /// <summary>Policies of single ports, each replacing this one for its port; empty inside of one.</summary>
    public IReadOnlyList<PortTrafficPolicy> PortLevelSettings { get; init; } = [];

    /// <summary>Bound of concurrent retries, instead of <c>maxRetries</c>.</summary>
    public RetryBudgetSettings? RetryBudget { get; init; }
}

/// <summary>The policy of one port.</summary>
/// <param name="Port">Port of the service.</param>
/// <param name="Policy">Its policy.</param>
public sealed record PortTrafficPolicy(int Port, TrafficPolicy Policy);

/// <summary>Bound of concurrent retries.</summary>
/// <param name="Percent">Of active and pending requests, 0 to 100; 20 when not written.</param>
/// <param name="MinRetryConcurrency">Always allowed; 3 when not written.</param>
/// <param name="Interval">How long requests count after their end; zero counts only those in flight.</param>
/// <param name="Span">Where it begins.</param>
public sealed record RetryBudgetSettings(double Percent, int MinRetryConcurrency, TimeSpan Interval, SourceSpan Span);
