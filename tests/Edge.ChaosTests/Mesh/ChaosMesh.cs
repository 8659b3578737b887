using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Hosting;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>
/// An edge with one Gateway listener, one route and one cluster whose endpoints a test torments. What it serves is made by hand, so that a
/// failure is one of the data plane. The defaults are the profile for discovery under a second of docs/mesh.md.
/// </summary>
internal sealed class ChaosMesh : IAsyncDisposable
{
    private const string Name = "outbound|80||app.shop.svc.cluster.local";

    private readonly RunningEdge _edge;
    private readonly StateRegistry _registry;
    private readonly OutlierClock _clock;
    private readonly EndpointLayout _layout;
    private readonly OutlierRule _rule;
    private readonly CircuitLimits _limits;
    private readonly RetrySettings _retries;
    private Cluster _cluster = null!;

    private ChaosMesh(RunningEdge edge, OutlierRule rule, RetrySettings retries, double minHealthPercent, CircuitLimits limits)
    {
        _edge = edge;
        _limits = limits;
        _rule = rule;
        _retries = retries;
        _layout = EndpointLayout.Plain with { PanicThreshold = minHealthPercent };
        _registry = new StateRegistry(edge.Host.Metrics, edge.Host.Workers.Count)
        {
            Loops = [.. edge.Host.Workers.Select(static worker => worker.Upstream)],
            Logger = NullLogger.Instance,
        };
        _clock = new OutlierClock(_registry, TimeProvider.System);
    }

    public IPEndPoint EndPoint => _edge.Host.Gateways.EndPoint(80)!;

    public Cluster Cluster => _cluster;

    public ClusterGuard Guard => _cluster.Guard!;

    public int Ejected => Guard.Detector!.Active;

    public static RetrySettings NoRetries { get; } = new() { Span = default, Attempts = 0 };

    /// <summary>Three more tries; a machine that is slow to answer is no endpoint that stalls where <paramref name="perTry"/> is null.</summary>
    public static RetrySettings Retries(TimeSpan? perTry) => new()
    {
        Span = default,
        Attempts = 3,
        RetryOn = "connect-failure,refused-stream,reset,503",
        PerTryTimeout = perTry,
        Backoff = TimeSpan.FromMilliseconds(5),
    };

    public static OutlierRule Profile(double maxEjectionPercent = 67, long baseEjectionTime = 1000, int halfOpenProbes = 0) => new()
    {
        Consecutive5xx = 3,
        ConsecutiveGatewayFailure = 3,
        EnforcingConsecutiveGatewayFailure = 100,
        EnforcingSuccessRate = 0,
        Interval = 250,
        BaseEjectionTime = baseEjectionTime,
        MaxEjectionPercent = maxEjectionPercent,
        HalfOpenProbes = halfOpenProbes,
    };

    public static Task<ChaosMesh> StartAsync(params ScriptedUpstream[] endpoints) => StartAsync(Profile(), null, 0, endpoints);

    public static Task<ChaosMesh> StartAsync(OutlierRule rule, RetrySettings? retries, double minHealthPercent, params ScriptedUpstream[] endpoints) =>
        StartAsync(rule, retries, minHealthPercent, CircuitLimits.None, endpoints);

    public static async Task<ChaosMesh> StartAsync(
        OutlierRule rule, RetrySettings? retries, double minHealthPercent, CircuitLimits limits, params ScriptedUpstream[] endpoints)
    {
        RetrySettings settings = retries ?? Retries(TimeSpan.FromMilliseconds(250));
        RunningEdge edge = await RunningEdge.StartAsync(KongText.Single("127.0.0.1:9"), ("EDGE_LOOPS", "2"), ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        ChaosMesh mesh = new(edge, rule, settings, minHealthPercent, limits);
        await mesh.SetEndpointsAsync(endpoints);
        mesh._clock.Run();
        return mesh;
    }

    /// <summary>Publishes a configuration with these endpoints, as a reload does: what stays keeps its state.</summary>
    public async Task SetEndpointsAsync(params ScriptedUpstream[] endpoints)
    {
        Cluster? former = _cluster;
        Cluster cluster = new(Name, _edge.Host.Metrics.Cluster(Name), _edge.Host.Workers.Count, static loop => new LeastRequest((uint)loop))
        {
            Guard = _registry.Guard(Name, _limits, _rule),
            PoolSettings = new PoolSettings(int.MaxValue, 0, int.MaxValue, 0, int.MaxValue, int.MaxValue),
        };
        ImmutableArray<UpstreamEndpoint> all =
            [.. endpoints.Select(one => _registry.Endpoint(cluster, one.EndPoint, "app", cluster.Guard.Ledger))];
        cluster.Publish(
            EndpointSet.AsRecorded(
                [.. all.Select(static one => one.Policy)], [.. all.Select(static _ => 1)], _layout, static endpoint => endpoint.IsUsable),
            ClusterResolution.Resolved);
        _cluster = cluster;
        MeshSnapshot mesh = new([Listener(cluster)], [], null);
        EdgeSnapshot current = _edge.Host.Snapshots.Current;
        _edge.Host.Snapshots.Publish(new EdgeSnapshot
        {
            Version = current.Version,
            Hash = current.Hash,
            IsEmpty = current.IsEmpty,
            Routes = current.Routes,
            ForwardedFields = current.ForwardedFields,
            HeadRules = current.HeadRules,
            AllRoutes = current.AllRoutes,
            Clusters = current.Clusters,
            GlobalPlugins = current.GlobalPlugins,
            Options = current.Options,
            Mesh = mesh,
        });
        await _edge.Host.Gateways.ApplyAsync(mesh, isStart: former is null);
        foreach (Endpoint gone in former?.Endpoints.Endpoints.Except(all.Select(static one => one.Policy)) ?? [])
        {
            _registry.Drop((UpstreamEndpoint)gone.Tag!, former!);
        }
    }

    /// <summary>A number of the cluster by Envoy's name.</summary>
    public long Statistic(string name) => ClusterStatistics.Of(Guard).Single(one => one.Name == name).Value;

    /// <summary>Waits until so many endpoints are ejected, looking after every answer.</summary>
    public async Task EjectedAsync(int count, SteadyLoad load)
    {
        while (Ejected != count)
        {
            await load.NextAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _clock.DisposeAsync();
        await _edge.DisposeAsync();
    }

    private GatewayListenerPlan Listener(Cluster cluster)
    {
        MeshClusterPlan plan = new() { Name = Name, Host = "app", Port = 80, Cluster = cluster, ConnectTimeout = 250 };
        MeshRoutePlan route = new()
        {
            Name = "app",
            VirtualService = "shop/app",
            Span = SourceSpan.None,
            Rule = new HttpRule { Span = SourceSpan.None, Index = 0 },
            Match = null,
            Conditions = new RouteConditions { Path = TextMatch.Prefix("/") },
            Action = MeshRouteAction.Forward,
            Retry = _retries,
            Destinations = [new MeshDestinationPlan { ClusterName = Name, Cluster = plan, Weight = 1, Span = SourceSpan.None }],
        };
        VirtualHostPlan host = new()
        {
            Name = "app:80",
            Domain = "app",
            RequiresTls = false,
            Routes = new OrderedRouteTable<MeshRoutePlan>([(route, route.Conditions)]),
            Dead = [],
        };
        GatewayServerPlan server = new()
        {
            Name = "http.80",
            Gateways = ["shop/edge"],
            Span = SourceSpan.None,
            VirtualHosts = new DomainTable<VirtualHostPlan>([new("app", host)]),
            AllVirtualHosts = [host],
        };
        return new GatewayListenerPlan
        {
            Name = "127.0.0.1_80",
            Address = IPAddress.Loopback,
            Port = 0,
            ServerPort = 80,
            IsTls = false,
            Plain = server,
            ByServerName = new DomainTable<GatewayServerPlan>([]),
            Servers = [server],
        };
    }
}
