using System.Collections.Immutable;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// A destination (host, port, subset) compiled: its endpoints and everything its DestinationRule says of them. Limits, ejections and pools
/// are counted per plan, never shared between subsets. Immutable.
/// </summary>
internal sealed record MeshClusterPlan
{
    /// <summary><c>outbound|port|subset|host</c>, in logs, statistics and the state registry.</summary>
    public required string Name { get; init; }

    /// <summary>Full name of the host.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Empty for the whole service.</summary>
    public string Subset { get; init; } = "";

    public required Cluster Cluster { get; init; }

    /// <summary>Namespace of the service; null when nobody says.</summary>
    public string? ServiceNamespace { get; init; }

    /// <summary>Number of the service in Istio's metrics.</summary>
    public int MetricDestination { get; init; }

    /// <summary>Milliseconds for TCP and TLS together.</summary>
    public int ConnectTimeout { get; init; } = 10_000;

    /// <summary>Milliseconds after which a connection without request closes; 0 never.</summary>
    public int IdleTimeout { get; init; } = 3_600_000;

    /// <summary>Requests on one connection; 0 without limit.</summary>
    public int MaxRequestsPerConnection { get; init; }

    /// <summary>Milliseconds after which a connection takes no further request; 0 never.</summary>
    public int MaxConnectionAge { get; init; }

    /// <summary>Null leaves SO_KEEPALIVE off.</summary>
    public TcpKeepaliveSettings? Keepalive { get; init; }

    public CircuitLimits Circuit { get; init; } = CircuitLimits.None;

    /// <summary>Null ejects nobody.</summary>
    public OutlierRule? Outlier { get; init; }

    /// <summary>How connections are secured; null over plain TCP.</summary>
    public UpstreamTls? Tls { get; init; }

    /// <summary>The mode as configured, for explain; null without a tls block.</summary>
    public ClientTlsMode? TlsMode { get; init; }

    /// <summary>What of a request decides its endpoint; null unless the cluster hashes.</summary>
    public RequestKey? Key { get; init; }

    /// <summary>Labels that its endpoints have, for explain.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>Where its endpoints come from, for explain.</summary>
    public string Source { get; init; } = "";

    /// <summary>The DestinationRules that shaped it, the one whose policy holds first; empty when none does.</summary>
    public ImmutableArray<SourceSpan> Rules { get; init; } = [];
}
