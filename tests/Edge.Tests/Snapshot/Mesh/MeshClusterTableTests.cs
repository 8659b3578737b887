using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Configuration;
using VoltageSoda.Edge.Tests.Upstream.Dns;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Tls;
using static VoltageSoda.Edge.Tests.Snapshot.Mesh.MeshModels;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

public sealed class MeshClusterTableTests : IAsyncDisposable
{
    private const string Web = "web.shop.svc.cluster.local";

    private readonly ResolverProbe _names = new();
    private readonly EdgeMetrics _metrics = new(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [] });
    private readonly StateRegistry _registry;
    private readonly List<MeshClusterTable> _tables = [];

    public MeshClusterTableTests() => _registry = new StateRegistry(_metrics, 1);

    public async ValueTask DisposeAsync()
    {
        foreach (ClusterBuilder builder in _tables.SelectMany(static table => table.Builders))
        {
            builder.Dispose();
        }

        await _names.DisposeAsync();
    }

    [Theory]
    [InlineData(Web, 80, "", nameof(MeshClusterOutcome.Found), "outbound|80||" + Web)]
    [InlineData("WEB.shop.svc.cluster.local.", 80, null, nameof(MeshClusterOutcome.Found), "outbound|80||" + Web)]
    [InlineData(Web, 80, "v1", nameof(MeshClusterOutcome.Found), "outbound|80|v1|" + Web)]
    [InlineData(Web, 80, "v3", nameof(MeshClusterOutcome.SubsetMissing), null)]
    [InlineData(Web, 81, "", nameof(MeshClusterOutcome.PortMissing), null)]
    [InlineData("api.shop.svc.cluster.local", 81, "", nameof(MeshClusterOutcome.Found), "outbound|81||api.shop.svc.cluster.local")]
    [InlineData("api.shop.svc.cluster.local", 81, "v1", nameof(MeshClusterOutcome.SubsetMissing), null)]
    [InlineData("*.shop.svc.cluster.local", 81, "", nameof(MeshClusterOutcome.HostUnknown), null)]
    [InlineData("a b", 81, "", nameof(MeshClusterOutcome.HostUnknown), null)]
    public void Find_Outcomes(string host, int port, string? subset, string outcome, string? name)
    {
        MeshClusterLookup found = Table(Sample).Find(host, port, subset);
        Assert.Equal((outcome, name), (found.Outcome.ToString(), found.Plan?.Name));
    }

    [Fact]
    public void Find_MissingSubsetAsWholeService()
    {
        MeshClusterTable table = Table(Sample, missingIsWhole: true);
        Assert.Equal("outbound|80||" + Web, table.Find(Web, 80, "v3").Plan!.Name);
        Assert.Same(table.Find(Web, 80, null).Plan, table.Find(Web, 80, "v3").Plan);
    }

    [Fact]
    public async Task Subset_HasTheEndpointsWithItsLabelsAndCountsForItself()
    {
        MeshClusterTable table = Table(Sample);
        MeshClusterPlan whole = table.Find(Web, 80, null).Plan!;
        MeshClusterPlan first = table.Find(Web, 80, "v1").Plan!;
        MeshClusterPlan none = table.Find(Web, 80, "v2").Plan!;
        await StartAsync(table);
        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080"], Addresses(whole.Cluster));
        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:8080"], Addresses(first.Cluster));
        Assert.Empty(Addresses(none.Cluster));
        Assert.Equal(PickResult.None, none.Cluster.Pick(0, new PickQuery { Random = 1 }));
        Assert.NotSame(whole.Cluster.Guard, first.Cluster.Guard);
        Assert.Empty(whole.Cluster.Endpoints.Endpoints.Intersect(first.Cluster.Endpoints.Endpoints));
        Assert.Equal("version=1", first.Labels.ToString());
    }

    [Fact]
    public void Plan_TakesWhatTheRuleSays()
    {
        TrafficPolicy policy = Policy() with
        {
            LoadBalancer = Balancer(SimpleBalancing.RoundRobin),
            ConnectionPool = Pool(50, 25, 5) with
            {
                ConnectTimeout = TimeSpan.FromSeconds(30),
                TcpIdleTimeout = TimeSpan.FromSeconds(7),
                MaxConnectionDuration = TimeSpan.FromMinutes(1),
                MaxRetries = 3,
                TcpKeepalive = new TcpKeepaliveSettings(null, TimeSpan.FromSeconds(1), null),
            },
            OutlierDetection = Outlier(3),
            RetryBudget = new RetryBudgetSettings(30, 4, TimeSpan.Zero, At(1)),
        };
        MeshClusterPlan plan = Table(Sample with { DestinationRules = [Rule("a", "shop", "web", policy)] }).Find(Web, 80, null).Plan!;
        Assert.Equal("ROUND_ROBIN", plan.Cluster.Algorithm);
        Assert.Equal((50, 25, int.MaxValue, 3), (plan.Circuit.MaxConnections, plan.Circuit.MaxPendingRequests, plan.Circuit.MaxRequests, plan.Circuit.MaxRetries));
        Assert.Equal((30.0, 4), (plan.Circuit.RetryBudgetPercent, plan.Circuit.RetryBudgetMinimum));
        Assert.Equal((30_000, 7_000, 5, 60_000), (plan.ConnectTimeout, plan.IdleTimeout, plan.MaxRequestsPerConnection, plan.MaxConnectionAge));
        Assert.Equal((5, 7_000), (plan.Cluster.PoolSettings!.MaxRequests, plan.Cluster.PoolSettings.IdleMilliseconds));
        Assert.Equal(3, plan.Outlier!.Consecutive5xx);
        Assert.Same(plan.Cluster.Guard!.Detector!.Rule, plan.Outlier);
        Assert.Equal(new VoltageSoda.Edge.Transport.TcpKeepAlive(1, 0, 0), plan.Cluster.PoolSettings.KeepAlive);
        Assert.Equal("a", plan.Rules[0].File);
        Assert.Null(plan.Tls);
    }

    [Fact]
    public void Plan_WithoutRule_HasIstiosDefaults()
    {
        MeshClusterPlan plan = Table(Sample with { DestinationRules = [], MeshConfig = new MeshConfig { ConnectTimeout = TimeSpan.FromSeconds(3) } }).Find(Web, 80, null).Plan!;
        Assert.Equal("LEAST_REQUEST", plan.Cluster.Algorithm);
        Assert.Equal(CircuitLimits.None, plan.Circuit);
        Assert.Equal((3_000, 3_600_000, 0, 0), (plan.ConnectTimeout, plan.IdleTimeout, plan.MaxRequestsPerConnection, plan.MaxConnectionAge));
        Assert.Null(plan.Outlier);
        Assert.Null(plan.Key);
        Assert.Empty(plan.Rules);
        Assert.Equal(10_000, Table(Sample with { DestinationRules = [] }).Find(Web, 80, null).Plan!.ConnectTimeout);
    }

    [Fact]
    public async Task Balancing_FollowsTheRule()
    {
        async Task<Cluster> ClusterAsync(LoadBalancerSettings balancer, MeshConfig? mesh = null)
        {
            MeshClusterTable table = Table(Sample with
            {
                MeshConfig = mesh ?? new MeshConfig(),
                DestinationRules = [Rule("a", "shop", "web", Policy() with { LoadBalancer = balancer })],
            });
            Cluster cluster = table.Find(Web, 80, null).Plan!.Cluster;
            await StartAsync(table);
            return cluster;
        }

        ConsistentHashSettings header = new() { Span = At(1), HttpHeaderName = "X-User" };
        Cluster hashed = await ClusterAsync(Balancer(SimpleBalancing.LeastRequest, header));
        Assert.Equal(new RequestKey(RequestKeyKind.Header, "x-user").Name, hashed.Key!.Name);
        Assert.Equal(1026, hashed.Endpoints.PlacementFor(0)!.Count);
        Assert.Equal("RING_HASH of at least 1024, LEAST_REQUEST without key", hashed.Algorithm);
        PickResult first = hashed.Pick(0, new PickQuery { HasKey = true, Hash = 42, Random = 1 });
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(first.Index, hashed.Pick(0, new PickQuery { HasKey = true, Hash = 42, Random = (ulong)i << 60 }).Index));
        Cluster maglev = await ClusterAsync(Balancer(null, header with { MinimumRingSize = null, MaglevTableSize = 65537 }));
        Assert.Equal(65537, maglev.Endpoints.PlacementFor(0)!.Count);
        Assert.Equal("RANDOM", (await ClusterAsync(Balancer(SimpleBalancing.Random))).Algorithm);
        Assert.Equal("LEAST_REQUEST", (await ClusterAsync(Balancer(SimpleBalancing.Passthrough))).Algorithm);
        Assert.Equal("ROUND_ROBIN", (await ClusterAsync(Balancer(), new MeshConfig { DefaultLoadBalancing = SimpleBalancing.RoundRobin })).Algorithm);
        Cluster warming = await ClusterAsync(Balancer() with { Warmup = new WarmupSettings(TimeSpan.FromSeconds(30), 10, 1, At(1)) });
        Assert.True(warming.Endpoints.IsWarming(VoltageSoda.Edge.Transport.EventLoop.ReadMilliseconds()));
    }

    [Fact]
    public async Task Ejection_PlacesKeysAgainOverWhatIsLeft()
    {
        TrafficPolicy policy = Policy() with
        {
            LoadBalancer = Balancer(null, new ConsistentHashSettings { Span = At(1), UseSourceIp = true }),
            OutlierDetection = Outlier(1) with { MaxEjectionPercent = 100 },
        };
        MeshClusterTable table = Table(Sample with { DestinationRules = [Rule("a", "shop", "web", policy)] });
        Cluster cluster = table.Find(Web, 80, null).Plan!.Cluster;
        await StartAsync(table);
        UpstreamPick pick = cluster.Choose(0, new PickQuery { HasKey = true, Hash = 7 });
        cluster.Report(pick.Endpoint!, UpstreamOutcome.Answered(503), pick.Ticket, 0, 1000);
        Assert.NotSame(pick.Endpoint, cluster.Choose(0, new PickQuery { HasKey = true, Hash = 7 }).Endpoint);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!cluster.Endpoints.HasCurrentPlacements)
        {
            await Task.Delay(1, limit.Token);
        }

        HashPlacement placement = cluster.Endpoints.PlacementFor(0)!;
        Assert.Equal(1024, placement.Count);
        Assert.Equal(2, Enumerable.Range(0, placement.Count).Select(placement.OwnerAt).Distinct().Count());
    }

    [Fact]
    public async Task Reload_KeepsEndpointsAndTheirEjections()
    {
        MeshModel model = Sample with { DestinationRules = [Rule("a", "shop", "web", Policy() with { OutlierDetection = Outlier(1) with { MaxEjectionPercent = 100 } })] };
        MeshClusterTable before = Table(model);
        Cluster older = before.Find(Web, 80, null).Plan!.Cluster;
        await StartAsync(before);
        UpstreamEndpoint ejected = (UpstreamEndpoint)older.Endpoints.Endpoints[0].Tag!;
        older.Report(ejected, UpstreamOutcome.Answered(500), 0, 0, 1000);
        ejected.Policy.RequestStarted();

        MeshClusterTable after = Table(model with { EndpointSlices = [Slice("web", "shop", [("http", 8080)], Pod("10.0.0.1"), Pod("10.0.0.9"))] });
        Cluster newer = after.Find(Web, 80, null).Plan!.Cluster;
        await StartAsync(after);
        Assert.Same(ejected.Policy, newer.Endpoints.Endpoints[0]);
        Assert.Equal(1, newer.Endpoints.Endpoints[0].ActiveRequests);
        Assert.Equal(["10.0.0.9:8080"], [.. newer.Endpoints.Available.ToArray().Select(index => newer.Endpoints.Endpoints[index].Address)]);
        Assert.Same(older.Guard, newer.Guard);
    }

    [Fact]
    public async Task Names_AreLookedUpWithoutServiceRecordsAndFollowed()
    {
        _names.Client.SetAddresses("api.shop.svc.cluster.local", 10, "10.0.1.1");
        MeshClusterTable table = Table(Sample);
        Cluster cluster = table.Find("api.shop.svc.cluster.local", 81, null).Plan!.Cluster;
        await StartAsync(table);
        Assert.Equal(["10.0.1.1:81"], Addresses(cluster));
        UpstreamEndpoint kept = (UpstreamEndpoint)cluster.Endpoints.Endpoints[0].Tag!;
        _names.Client.SetAddresses("api.shop.svc.cluster.local", 10, "10.0.1.1", "10.0.1.2");
        _names.Time.Advance(TimeSpan.FromSeconds(11));
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (cluster.Endpoints.Endpoints.Length != 2)
        {
            await Task.Delay(1, limit.Token);
        }

        Assert.Contains(kept.Policy, cluster.Endpoints.Endpoints);
    }

    [Theory]
    [InlineData(ClientTlsMode.Disable, null, null)]
    [InlineData(ClientTlsMode.Simple, null, Web)]
    [InlineData(ClientTlsMode.Simple, "other.example.com", "other.example.com")]
    public void Tls_AsksForTheServerName(ClientTlsMode mode, string? sni, string? name)
    {
        TrafficPolicy policy = Policy() with { Tls = Tls(mode) with { Sni = sni } };
        MeshClusterPlan plan = Table(Sample with { DestinationRules = [Rule("a", "shop", "web", policy)] }).Find(Web, 80, null).Plan!;
        Assert.Equal(name, plan.Tls?.ServerName);
        Assert.True(plan.Tls?.Verify != false);
        Assert.Equal(sni is null, plan.Tls?.AcceptedNames is null);
        Assert.Equal(mode, plan.TlsMode);
    }

    [Theory]
    [InlineData(ClientTlsMode.IstioMutual, null)]
    [InlineData(ClientTlsMode.Mutual, null)]
    [InlineData(ClientTlsMode.Simple, "/no/such/file")]
    public void Tls_ThatCannotBeHonoured_TrustsNobody(ClientTlsMode mode, string? roots)
    {
        TrafficPolicy policy = Policy() with { Tls = Tls(mode) with { CaCertificates = roots, InsecureSkipVerify = roots is null } };
        UpstreamTls tls = Table(Sample with { DestinationRules = [Rule("a", "shop", "web", policy)] }).Find(Web, 80, null).Plan!.Tls!;
        Assert.True(tls.Verify);
        Assert.Empty(tls.Roots!);
    }

    [Fact]
    public void Route_PolicyOfARule_HoldsWhereNoDestinationRuleSpeaks()
    {
        TrafficPolicy written = Policy() with { ConnectionPool = Pool(connections: 9) };
        VirtualService service = new()
        {
            Name = "vs",
            Namespace = "shop",
            Span = At(1),
            Http =
            [
                new HttpRule
                {
                    Span = At(1),
                    Index = 0,
                    TrafficPolicy = written,
                    Destinations =
                    [
                        .. new[] { Web, "api.shop.svc.cluster.local" }.Select(static host => new RouteDestination(
                            new Destination { Span = At(1), Host = host, ResolvedHost = host, Port = 80 }, 100, HeaderSettings.None, At(1))),
                    ],
                },
            ],
        };
        MeshClusterTable table = Table(Sample with { VirtualServices = [service] });
        Assert.Equal(9, table.Find("api.shop.svc.cluster.local", 80, null).Plan!.Circuit.MaxConnections);
        Assert.Equal(int.MaxValue, table.Find("api.shop.svc.cluster.local", 81, null).Plan!.Circuit.MaxConnections);
        Assert.Equal(int.MaxValue, table.Find(Web, 80, null).Plan!.Circuit.MaxConnections);
    }

    [Fact]
    public async Task KongService_OfAKnownHost_GetsItsDestination()
    {
        MeshClusterTable table = Table(Sample);
        MeshClusterPlan plan = table.FindForKong(Web, 80, null)!;
        Assert.Same(table.Find(Web, 80, null).Plan, plan);
        MeshClusterPlan secured = table.FindForKong(Web, 80, new UpstreamTls { Verify = false })!;
        Assert.Equal((Web, false), (secured.Tls!.ServerName, secured.Tls.Verify));
        Assert.Same(plan.Cluster.Guard, secured.Cluster.Guard);
        Assert.NotNull(Table(new MeshModel { DestinationRules = [Rule("a", "shop", "api", Policy())] }).FindForKong("api.shop.svc.cluster.local", 81, null));
        Assert.Null(table.FindForKong("api.shop.svc.cluster.local", 81, null));
        Assert.Null(table.FindForKong(Web, 81, null));
        await StartAsync(table);
        Assert.Equal(Web, Encoding.ASCII.GetString(((UpstreamEndpoint)plan.Cluster.Endpoints.Endpoints[0].Tag!).HostHeader.Span));
    }

    [Fact]
    public void Compile_BothDialects_GiveTheKongServiceItsDestination()
    {
        KongModel kong = Loading.Kong($"services:\n- name: web\n  url: http://{Web}:80\n  routes: [{{paths: ['/']}}]\n- name: other\n  url: http://other.internal\n").Model!;
        SnapshotCompiler compiler = new(_registry, _metrics, new ServingOptions(), 1, TracePlanner.Offline);
        using CompiledSnapshot compiled = compiler.Compile(kong, "hash", mesh: Sample);
        Assert.Equal("outbound|80||" + Web, compiled.Snapshot.AllRoutes[0].Service!.Cluster.Name);
        Assert.Contains(compiled.Clusters, static builder => builder.Cluster.Name == "other.internal:80");
        using CompiledSnapshot without = compiler.Compile(kong, "hash");
        Assert.Equal(Web + ":80", without.Snapshot.AllRoutes[0].Service!.Cluster.Name);
    }

    [Fact]
    public void OnlyPort_IsThatOfAServiceWithOne()
    {
        MeshClusterTable table = Table(Sample with { KubernetesServices = [.. Sample.KubernetesServices, Service("two", "shop", Port(80), Port(81, "b"))] });
        Assert.Equal(80, table.OnlyPort(Web));
        Assert.Null(table.OnlyPort("two.shop.svc.cluster.local"));
        Assert.Null(table.OnlyPort("api.shop.svc.cluster.local"));
    }

    [Theory]
    [InlineData("web", "web.shop.svc.cluster.local")]
    [InlineData("WEB", "web.shop.svc.cluster.local")]
    [InlineData("web.other", "web.other")]
    [InlineData("*", "*")]
    [InlineData("::1", "::1")]
    public void Qualify_ShortNamesBelongToTheirNamespace(string host, string full) => Assert.Equal(full, MeshHosts.Qualify(host, "shop"));

    private static MeshModel Sample { get; } = new()
    {
        KubernetesServices = [Service("web", "shop", Port(80, "http", 8080))],
        EndpointSlices =
        [
            Slice("web", "shop", [("http", 8080)], Pod("10.0.0.1", labels: "version=1"), Pod("10.0.0.2", labels: "version=1"), Pod("10.0.0.3", labels: "version=3")),
        ],
        DestinationRules = [Rule("rule", "shop", "web", null, Subset("v1", null, "version=1"), Subset("v2", null, "version=2"))],
    };

    private static string[] Addresses(Cluster cluster) => [.. cluster.Endpoints.Endpoints.Select(static endpoint => endpoint.Address)];

    private MeshClusterTable Table(MeshModel model, bool missingIsWhole = false)
    {
        MeshClusterTable table = new(model, [], new MeshClusterCompiler(_registry, _metrics, new ServingOptions(), 1, NullLogger.Instance), missingIsWhole);
        _tables.Add(table);
        return table;
    }

    private Task StartAsync(MeshClusterTable table) =>
        Task.WhenAll(table.Builders.Select(builder => builder.Start(_names.Resolver))).WaitAsync(TimeSpan.FromSeconds(30));
}
