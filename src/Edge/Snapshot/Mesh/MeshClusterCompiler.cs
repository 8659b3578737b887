using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshMetrics;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What a destination is compiled from.</summary>
/// <param name="Name"><c>outbound|port|subset|host</c>.</param>
/// <param name="Host">Full name.</param>
/// <param name="Port">Port of the service.</param>
/// <param name="Subset">The subset; null for the whole service.</param>
/// <param name="Service">What describes the host; null when only its name is known.</param>
/// <param name="Policy">What holds for it.</param>
/// <param name="Rules">The rules that say so.</param>
internal sealed record MeshDestination(
    string Name, string Host, int Port, DestinationSubset? Subset, MeshService? Service, ResolvedPolicy Policy, ImmutableArray<SourceSpan> Rules);

/// <summary>
/// Makes the cluster of a destination: balancer, limits, outlier detection, TLS and members, wired to the state that survives under its name. Not
/// thread-safe: one compilation at a time.
/// </summary>
internal sealed class MeshClusterCompiler(StateRegistry registry, EdgeMetrics metrics, ServingOptions options, int loops, ILogger log)
{
    // Envoy's defaults.
    private static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultIdleTimeout = TimeSpan.FromHours(1);
    private const double DefaultPanicThreshold = 50;

    // Waiting and idling are bounded by the limits of the cluster, a wait also by the deadline of its request; a pool has no limit of its own.
    private const int Unlimited = int.MaxValue;

    private readonly UpstreamTlsLog _tlsLog = new(log);

    /// <summary>The cluster of a destination, and what keeps its endpoints current.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="model">The documents.</param>
    /// <param name="tls">What secures connections instead of the destination's own settings, for a service of Kong's.</param>
    public (MeshClusterPlan Plan, ClusterBuilder Builder) Compile(MeshDestination destination, MeshModel model, UpstreamTls? tls = null)
    {
        MeshConfig mesh = model.MeshConfig;
        ResolvedPolicy policy = destination.Policy;
        ConnectionPoolSettings? pool = policy.ConnectionPool;
        OutlierRule? outlier = OutlierRules.Of(policy.OutlierDetection, options.HalfOpenProbes);
        CircuitLimits circuit = Limits(pool, policy.RetryBudget);
        RequestKey? key = KeyOf(policy.LoadBalancer?.ConsistentHash);
        UpstreamTls? secured = tls ?? MeshUpstreamTls.Of(policy.Tls, destination, model.TlsSecrets, ProxyNamespace(mesh), _tlsLog.Tell);
        int idle = Milliseconds(pool?.HttpIdleTimeout ?? pool?.TcpIdleTimeout ?? DefaultIdleTimeout);
        int maxAge = Milliseconds(pool?.MaxConnectionDuration ?? TimeSpan.Zero);
        int maxRequests = pool?.MaxRequestsPerConnection ?? 0;
        SimpleBalancing? simple = policy.LoadBalancer?.Simple ?? (policy.LoadBalancer?.ConsistentHash is null ? mesh.DefaultLoadBalancing : null);
        Cluster cluster = new(destination.Name, metrics.Cluster(destination.Name), loops, Balancer(simple, key))
        {
            Algorithm = NameOf(simple, policy.LoadBalancer?.ConsistentHash),
            Guard = registry.Guard(destination.Name, circuit, outlier),
            PoolSettings = new PoolSettings(Unlimited, maxRequests, idle == 0 ? Unlimited : idle, maxAge, Unlimited, Unlimited)
            {
                KeepAlive = ResilienceRules.KeepAliveOf(pool?.TcpKeepalive ?? mesh.TcpKeepalive),
            },
            Key = key,
        };
        string field = destination.Port == (secured is null ? 80 : 443)
            ? destination.Host
            : string.Create(CultureInfo.InvariantCulture, $"{destination.Host}:{destination.Port}");
        string? ns = destination.Service?.Namespace ?? MeshHosts.NamespaceOf(destination.Host);
        DestinationLabels service = MeshIdentities.Service(destination.Host, ns);
        ClusterBuilder builder = new(cluster, registry, cluster.Guard.Ledger, new HostFields(field, secured) { AsGiven = true })
        {
            Layout = LayoutOf(policy, mesh, outlier is not null, key).Of,
            MetricDestination = member => metrics.Mesh.Destination(MeshIdentities.Endpoint(service, member.Labels)),
        };
        foreach (MeshMember member in Members(destination))
        {
            builder.Add(new ClusterMember(Guid.Empty, $"{member.Address}:{member.Port}", member.Address, member.Port, member.Weight) { Mesh = member });
        }

        return (new MeshClusterPlan
        {
            Name = destination.Name,
            Host = destination.Host,
            Port = destination.Port,
            Subset = destination.Subset?.Name ?? "",
            Cluster = cluster,
            ServiceNamespace = ns,
            MetricDestination = metrics.Mesh.Destination(service),
            ConnectTimeout = Math.Max(1, Milliseconds(pool?.ConnectTimeout ?? mesh.ConnectTimeout ?? DefaultConnectTimeout)),
            IdleTimeout = idle,
            MaxRequestsPerConnection = maxRequests,
            MaxConnectionAge = maxAge,
            Keepalive = pool?.TcpKeepalive ?? mesh.TcpKeepalive,
            Circuit = circuit,
            Outlier = outlier,
            Tls = secured,
            TlsMode = policy.Tls?.Mode,
            Key = key,
            Labels = destination.Subset?.Labels ?? LabelSet.Empty,
            Source = destination.Service?.Source ?? "name resolution",
            Rules = destination.Rules,
        }, builder);
    }

    /// <summary>The namespace that the edge counts as being in: that of the operator's first ingress gateway.</summary>
    public static string ProxyNamespace(MeshConfig mesh) =>
        mesh.IngressGateways.Count != 0 && mesh.IngressGateways[0].Namespace is { Length: > 0 } ns ? ns : MeshModel.RootNamespace;

    private static IEnumerable<MeshMember> Members(MeshDestination destination)
    {
        IReadOnlyList<MeshMember> members = destination.Service is { } service
            ? service.Members(destination.Host, destination.Port)
            : [MeshMember.OfName(destination.Host, destination.Port)];
        return destination.Subset is { } subset ? members.Where(member => subset.Labels.Selects(member.Labels)) : members;
    }

    private static CircuitLimits Limits(ConnectionPoolSettings? pool, RetryBudgetSettings? budget) => new()
    {
        MaxConnections = pool?.MaxConnections ?? Unlimited,
        MaxPendingRequests = pool?.Http1MaxPendingRequests ?? Unlimited,
        MaxRequests = pool?.Http2MaxRequests ?? Unlimited,
        MaxRetries = pool?.MaxRetries ?? Unlimited,
        RetryBudgetPercent = budget?.Percent,
        RetryBudgetMinimum = budget?.MinRetryConcurrency ?? 3,
    };

    private static RequestKey? KeyOf(ConsistentHashSettings? hash) => hash switch
    {
        null => null,
        { HttpHeaderName: { } header } => new RequestKey(RequestKeyKind.Header, header.ToLowerInvariant()),
        { HttpCookie: { } cookie } => new RequestKey(RequestKeyKind.Cookie, cookie.Name)
        {
            CookieTtl = cookie.Ttl,
            CookiePath = cookie.Path ?? "",
            CookieAttributes = [.. cookie.Attributes],
        },
        { HttpQueryParameterName: { } parameter } => new RequestKey(RequestKeyKind.QueryParameter, parameter),
        _ => new RequestKey(RequestKeyKind.SourceAddress, ""),
    };

    private static KeyPlacementRule? Placement(ConsistentHashSettings? hash) => hash switch
    {
        null => null,
        { MaglevTableSize: { } size } => new MaglevRule(Maglev.IsSize(size) ? size : Maglev.DefaultSize),
        _ => new RingHashRule(hash.MinimumRingSize is > 0 and int size ? Math.Min(size, RingHash.DefaultMaximumSize) : RingHash.DefaultMinimumSize),
    };

    private static Func<int, ILoadBalancer> Balancer(SimpleBalancing? simple, RequestKey? key)
    {
        // Loops and processes do not start in step.
        uint start = (uint)RandomNumberGenerator.GetInt32(int.MaxValue);
        return loop =>
        {
            SpreadBalancer spread = new(() => Simple(simple, start + (uint)loop));
            return key is null ? spread : new KeyedEndpoint(spread, keyless: simple is not null);
        };
    }

    private static ILoadBalancer Simple(SimpleBalancing? simple, uint start) => simple switch
    {
        SimpleBalancing.RoundRobin => new WeightedTurns(start),
        SimpleBalancing.Random => RandomEndpoint.Instance,
        _ => new LeastRequest(start),
    };

    private static string NameOf(SimpleBalancing? simple, ConsistentHashSettings? hash)
    {
        string name = simple switch
        {
            SimpleBalancing.RoundRobin => "ROUND_ROBIN",
            SimpleBalancing.Random => "RANDOM",
            _ => "LEAST_REQUEST",
        };
        if (hash is null)
        {
            return name;
        }

        string placed = hash.MaglevTableSize is { } size
            ? string.Create(CultureInfo.InvariantCulture, $"MAGLEV of {size}")
            : string.Create(CultureInfo.InvariantCulture, $"RING_HASH of at least {hash.MinimumRingSize ?? RingHash.DefaultMinimumSize}");
        return $"{placed}, {(simple is null ? "RANDOM" : name)} without key";
    }

    private static int Milliseconds(TimeSpan span) => (int)Math.Clamp(span.TotalMilliseconds, 0, int.MaxValue);

    private LocalityLayout LayoutOf(ResolvedPolicy policy, MeshConfig mesh, bool ejects, RequestKey? key)
    {
        WarmupSettings? warmup = policy.LoadBalancer?.Warmup;
        EndpointLayout plain = new()
        {
            PanicThreshold = policy.OutlierDetection is { } outlier ? outlier.MinHealthPercent ?? 0 : DefaultPanicThreshold,
            SlowStart = warmup is null
                ? null
                : new SlowStart(Math.Max(1, (long)warmup.Duration.TotalMilliseconds), Math.Max(1, warmup.Aggression), warmup.MinimumPercent / 100),
            Keys = key is null ? null : Placement(policy.LoadBalancer!.ConsistentHash),
        };
        MeshLocality own = MeshLocality.Parse(options.Locality);
        return new LocalityLayout(
            plain,
            LocalityLayout.Effective(policy.LoadBalancer?.LocalityLb, mesh.LocalityLb),
            own,
            MeshPlace.WithPlace(LabelSet.Empty, own, mesh.Network, mesh.ClusterName),
            ejects);
    }
}
