using System.Collections.Immutable;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.LoadBalancing;
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

    public CircuitSettings Circuit { get; init; } = CircuitSettings.None;

    /// <summary>Null ejects nobody.</summary>
    public OutlierSettings? Outlier { get; init; }

    /// <summary>How connections are secured; null over plain TCP.</summary>
    public UpstreamTls? Tls { get; init; }

    /// <summary>The mode as configured, for explain.</summary>
    public MeshTlsMode TlsMode { get; init; }

    /// <summary>What of a request decides its endpoint; null unless the cluster hashes.</summary>
    public RequestKey? Key { get; init; }

    /// <summary>The DestinationRules that shaped it, the one whose policy holds first; empty when none does.</summary>
    public ImmutableArray<SourceSpan> Rules { get; init; } = [];
}

/// <summary><c>trafficPolicy.tls.mode</c>.</summary>
internal enum MeshTlsMode
{
    /// <summary>No tls block.</summary>
    Unset,
    Disable,
    Simple,
    Mutual,
    IstioMutual,
}

/// <summary><c>tcpKeepalive</c>; each value is the operating system's where it is 0.</summary>
/// <param name="Probes">Unanswered probes until the connection is dead.</param>
/// <param name="Time">Seconds of silence before the first.</param>
/// <param name="Interval">Seconds between probes.</param>
internal sealed record TcpKeepaliveSettings(int Probes, int Time, int Interval);

/// <summary>Limits of <c>connectionPool</c>; <see cref="int.MaxValue"/> stands for none.</summary>
internal sealed record CircuitSettings
{
    public static CircuitSettings None { get; } = new();

    /// <summary>Connections to all endpoints of the cluster.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>Requests that wait for a connection.</summary>
    public int MaxPendingRequests { get; init; } = int.MaxValue;

    /// <summary>Requests in flight.</summary>
    public int MaxRequests { get; init; } = int.MaxValue;

    /// <summary>Retries in flight.</summary>
    public int MaxRetries { get; init; } = int.MaxValue;

    /// <summary>Takes the place of <see cref="MaxRetries"/>.</summary>
    public RetryBudgetSettings? RetryBudget { get; init; }
}

/// <summary><c>retryBudget</c>.</summary>
/// <param name="Percent">Retries allowed per hundred requests that are active or pending.</param>
/// <param name="MinRetryConcurrency">Retries that are always allowed.</param>
internal sealed record RetryBudgetSettings(double Percent, int MinRetryConcurrency);

/// <summary>What ejects endpoints, with Istio's defaults filled in. Counts of 0 are off; percentages are 0..100.</summary>
internal sealed record OutlierSettings
{
    public int Consecutive5xx { get; init; } = 5;

    public int ConsecutiveGatewayErrors { get; init; }

    public int ConsecutiveLocalOriginFailures { get; init; } = 5;

    /// <summary>Whether failures on this side of the wire count apart from statuses.</summary>
    public bool SplitExternalLocalOrigin { get; init; }

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan BaseEjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    public double MaxEjectionPercent { get; init; } = 10;

    /// <summary>Below this share of healthy endpoints all of them are used; 0 never.</summary>
    public double MinHealthPercent { get; init; }

    /// <summary>Statuses that are errors instead of 500..599; empty for those.</summary>
    public ImmutableArray<int> ErrorCodes { get; init; } = [];

    public double EnforcingConsecutive5xx { get; init; } = 100;

    public double EnforcingConsecutiveGatewayErrors { get; init; } = 100;

    public double EnforcingConsecutiveLocalOriginFailures { get; init; } = 100;

    public double EnforcingSuccessRate { get; init; }

    public int SuccessRateMinimumHosts { get; init; } = 5;

    public int SuccessRateRequestVolume { get; init; } = 100;

    /// <summary>Standard deviations below the mean.</summary>
    public double SuccessRateFactor { get; init; } = 1.9;

    public double EnforcingFailurePercentage { get; init; }

    public double FailurePercentageThreshold { get; init; } = 85;

    public int FailurePercentageMinimumHosts { get; init; } = 5;

    public int FailurePercentageRequestVolume { get; init; } = 50;
}
