using System.Collections.Immutable;
using System.Net;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>An edge with one plain Gateway listener whose plan a test makes by hand, so that it proves the request path and nothing else.</summary>
internal sealed class HandMadeMesh : IAsyncDisposable
{
    private static readonly SourceSpan Nowhere = SourceSpan.None;

    private readonly RunningEdge _edge;
    private readonly string _log;

    private HandMadeMesh(RunningEdge edge, string log)
    {
        _edge = edge;
        _log = log;
    }

    public RunningEdge Edge => _edge;

    public IPEndPoint EndPoint => _edge.Host.Gateways.EndPoint(80)!;

    public static async Task<HandMadeMesh> StartAsync(Func<HandMadeMesh, IEnumerable<MeshRoutePlan>> routes, params (string Name, string Value)[] settings)
    {
        RunningEdge edge = await RunningEdge.StartAsync(KongText.Single("127.0.0.1:9"), settings);
        HandMadeMesh mesh = new(edge, Path.GetTempFileName());
        await mesh.PublishAsync(routes);
        return mesh;
    }

    public async Task PublishAsync(Func<HandMadeMesh, IEnumerable<MeshRoutePlan>> routes, bool requiresTls = false, string format = "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%\n")
    {
        VirtualHostPlan host = new()
        {
            Name = "example.com:80",
            Domain = "example.com",
            RequiresTls = requiresTls,
            Routes = new OrderedRouteTable<MeshRoutePlan>([.. routes(this).Select(static route => (route, route.Conditions))]),
            Dead = [],
        };
        GatewayServerPlan server = new()
        {
            Name = "http.80",
            Gateways = ["ns/gateway"],
            Span = Nowhere,
            VirtualHosts = new DomainTable<VirtualHostPlan>([new("example.com", host)]),
            AllVirtualHosts = [host],
        };
        GatewayListenerPlan listener = new()
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
        MeshSnapshot mesh = new([listener], [], null)
        {
            AccessLog = _edge.Host.GatewayLogs.Open(new MeshConfig { AccessLogFile = _log, AccessLogFormat = format }),
        };
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
        await _edge.Host.Gateways.ApplyAsync(mesh, isStart: true);
    }

    public MeshClusterPlan Cluster(string name, params IPEndPoint[] endpoints)
    {
        StateRegistry registry = new(_edge.Host.Metrics, _edge.Host.Workers.Count) { Loops = [.. _edge.Host.Workers.Select(static worker => worker.Upstream)] };
        Cluster cluster = new(name, _edge.Host.Metrics.Cluster(name), _edge.Host.Workers.Count, static _ => new RoundRobin());
        PermitLedger ledger = registry.Ledger(name, 0, 1024);
        ImmutableArray<Endpoint> all = [.. endpoints.Select(endpoint => registry.Endpoint(cluster, endpoint, endpoint.ToString(), ledger).Policy)];
        cluster.Publish(new EndpointSet(all, [.. all.Select(static _ => 1)]), ClusterResolution.Resolved);
        return new MeshClusterPlan { Name = name, Host = name, Port = 80, Cluster = cluster, ConnectTimeout = 1000 };
    }

    public static MeshRoutePlan Route(
        MeshClusterPlan? cluster,
        string prefix = "/",
        int timeout = 0,
        RetrySettings? retry = null,
        FaultPolicy? fault = null,
        EnvoyCorsPolicy? cors = null,
        UriRewrite? rewrite = null,
        HeaderMutations? request = null,
        HeaderMutations? response = null,
        DirectResponseSettings? direct = null,
        string? authority = null,
        MeshClusterPlan? mirror = null) => new()
        {
            Name = "route",
            VirtualService = "ns/routes",
            Span = Nowhere,
            Rule = new HttpRule { Span = Nowhere, Index = 0 },
            Match = null,
            Conditions = new RouteConditions { Path = TextMatch.Prefix(prefix) },
            Action = direct is null ? MeshRouteAction.Forward : MeshRouteAction.DirectResponse,
            DirectResponse = direct,
            Timeout = timeout,
            Retry = retry ?? new RetrySettings { Span = Nowhere, Attempts = 0 },
            Fault = fault,
            Cors = cors,
            Rewrite = rewrite,
            Mirrors = mirror is null ? [] : [new MeshMirrorPlan(Destination(mirror, null, null, null), PerMillion.All)],
            Destinations = direct is null ? [Destination(cluster, authority, request, response)] : [],
        };

    public async Task<IReadOnlyList<string>> LinesAsync(int count)
    {
        await Eventually.TrueAsync(() => File.ReadAllLines(_log).Length >= count, $"{count} lines are logged");
        return File.ReadAllLines(_log);
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        File.Delete(_log);
    }

    private static MeshDestinationPlan Destination(MeshClusterPlan? cluster, string? authority, HeaderMutations? request, HeaderMutations? response) => new()
    {
        ClusterName = cluster?.Name ?? "outbound|80||nowhere",
        Cluster = cluster,
        Outcome = cluster is null ? MeshClusterOutcome.HostUnknown : MeshClusterOutcome.Found,
        Weight = 1,
        Span = Nowhere,
        Authority = authority,
        RequestHeaders = request ?? HeaderMutations.None,
        ResponseHeaders = response ?? HeaderMutations.None,
    };
}
