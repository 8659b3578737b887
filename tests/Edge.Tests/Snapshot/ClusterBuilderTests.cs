using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Configuration;
using VoltageSoda.Edge.Tests.Upstream.Dns;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Dns;
using VoltageSoda.Edge.Upstream.Health;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Tests.Snapshot;

public sealed class ClusterBuilderTests : IAsyncDisposable
{
    private readonly ResolverProbe _names = new();
    private readonly EdgeMetrics _metrics = new(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [] });
    private readonly StateRegistry _registry;
    private ClusterBuilder? _builder;

    public ClusterBuilderTests() => _registry = new StateRegistry(_metrics, 1);

    public async ValueTask DisposeAsync()
    {
        _builder?.Dispose();
        await _names.DisposeAsync();
    }

    [Fact]
    public async Task Services_GivePortWeightAndName()
    {
        _names.Client.Set(
            "web.internal",
            RecordKind.Srv,
            ScriptedNameClient.Service("one.internal", 8081, weight: 5, address: "10.0.0.1"),
            ScriptedNameClient.Service("two.internal", 80, weight: 0, address: "10.0.0.2"));
        UpstreamHealthView view = await ViewAsync("use_srv_name: true\n  targets: [{target: web.internal, weight: 70}]");

        TargetHealthView target = Assert.Single(view.Targets);
        Assert.Equal(("web.internal", 8000, "SRV", 70), (target.Host, target.Port, target.Dns, target.NodeWeight));
        Assert.Equal(
            [new AddressHealthView("10.0.0.1", 8081, 5, TargetHealth.HealthchecksOff), new AddressHealthView("10.0.0.2", 80, 1, TargetHealth.HealthchecksOff)],
            target.Addresses);
        Assert.Equal(new WeightTotals(6, 6, 0), target.Weight);
        Assert.Equal(["one.internal:8081", "two.internal"], Hosts());
    }

    [Theory]
    [InlineData("targets: [web.internal, '[2001:db8::1]:80', '10.0.0.9:8080']", "10.0.0.9:8080,[2001:db8::1],web.internal:8000,web.internal:8000")]
    [InlineData("host_header: own.example\n  targets: [web.internal, '10.0.0.9:80']", "own.example,own.example:8000,own.example:8000")]
    public async Task Hosts_FollowTheTargets(string fields, string hosts)
    {
        _names.Client.SetAddresses("web.internal", 60, "10.0.0.1", "10.0.0.2");
        UpstreamHealthView view = await ViewAsync(fields.Replace("[web", "[{target: web", StringComparison.Ordinal)
            .Replace(", '", "}, {target: '", StringComparison.Ordinal).Replace("']", "'}]", StringComparison.Ordinal));
        Assert.Equal(hosts, string.Join(',', Hosts().Order(StringComparer.Ordinal)));
        Assert.Equal(("A", 2), (view.Targets[0].Dns, view.Targets[0].Addresses.Count));
    }

    [Fact]
    public async Task Names_ThatFail_LeaveTheOthersAlone()
    {
        _names.Client.SetAddresses("good.internal", 60, "10.0.0.1");
        _names.Client.Set("bad.internal", RecordKind.Srv, NameReplyKind.Unreachable);
        UpstreamHealthView view = await ViewAsync("targets: [{target: 'bad.internal:80'}, {target: 'good.internal:80', weight: 30}]");
        Assert.Equal([TargetHealth.DnsError, TargetHealth.HealthchecksOff], view.Targets.Select(static target => target.Health));
        Assert.Equal((new WeightTotals(30, 30, 0), true), (view.Weight, view.IsServing));
        Assert.Equal("unknown", view.Targets[0].Dns);
    }

    [Fact]
    public async Task Names_ThatChange_KeepTheHealthOfWhatStays()
    {
        _names.Client.SetAddresses("web.internal", 10, "10.0.0.1", "10.0.0.2");
        await ViewAsync("healthchecks: {passive: {unhealthy: {http_failures: 1}}}\n  targets: [{target: 'web.internal:80'}]");
        Assert.Equal(HealthSwitch.Done, _builder!.SetHealth("web.internal:80", "10.0.0.2", healthy: false));
        Assert.Equal((100L, 200L), (_builder.Cluster.Endpoints.HealthyWeight, _builder.Cluster.Endpoints.TotalWeight));

        _names.Client.SetAddresses("web.internal", 10, "10.0.0.2", "10.0.0.3");
        _names.Time.Advance(TimeSpan.FromSeconds(11));
        while (_builder.View().Targets[0].Addresses.All(static address => address.Ip != "10.0.0.3"))
        {
            await Task.Delay(1);
        }

        Assert.Equal(
            [("10.0.0.2", TargetHealth.Unhealthy), ("10.0.0.3", TargetHealth.Healthy)],
            _builder.View().Targets[0].Addresses.Select(static address => (address.Ip, address.Health)));
        Assert.Equal(["10.0.0.3:80"], Available());
    }

    [Fact]
    public async Task Addresses_ThatComeBack_AreOthersWithAHealthOfTheirOwn()
    {
        _names.Client.SetAddresses("web.internal", 10, "10.0.0.1", "10.0.0.2");
        await ViewAsync(Checked);
        UpstreamEndpoint first = _builder!.Endpoints.Single(static endpoint => endpoint.Name == "10.0.0.1:80");
        _builder.SetHealth("web.internal:80", "10.0.0.1", healthy: false);
        await AnswerBecomesAsync("10.0.0.2");
        Assert.True(first.IsRetired);
        Assert.False(_builder.Endpoints.Single().IsRetired);

        await AnswerBecomesAsync("10.0.0.1", "10.0.0.2");
        Assert.DoesNotContain(first, _builder.Endpoints);
        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80"], Available().Order());
    }

    [Fact]
    public async Task Claim_TakesBackWhatTheOlderBuilderTookOrDropped()
    {
        _names.Client.SetAddresses("web.internal", 10, "10.0.0.1", "10.0.0.2");
        await ViewAsync(Checked);
        using ClusterBuilder older = _builder!;
        using ClusterBuilder newer = Make(Checked);
        await newer.Start(_names.Resolver).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(older.Endpoints.ToHashSet(), newer.Endpoints.ToHashSet());
        UpstreamEndpoint[] shared = [.. newer.Endpoints];
        Assert.All(shared, endpoint => Assert.Same(newer.Cluster, endpoint.Cluster));

        // The older one has answers of its own until it is disposed.
        Assert.True(_registry.TryClaim(shared[0], older.Cluster));
        older.Cluster.Apply(shared[0], shared[0].Policy.Health.Set(healthy: false), HealthCause.Manual);
        Assert.True(_registry.TryClaim(shared[1], older.Cluster));
        _registry.Drop(shared[1], older.Cluster);
        older.Dispose();
        newer.Claim();

        Assert.All(newer.Endpoints, endpoint => Assert.Same(newer.Cluster, endpoint.Cluster));
        Assert.All(newer.Endpoints, static endpoint => Assert.False(endpoint.IsRetired));
        Assert.DoesNotContain(shared[1], newer.Endpoints);
        _builder = newer;
        Assert.Equal([shared[1].Name], Available());
    }

    [Fact]
    public async Task Claim_AgreesOnHealthThatWasToldToTheOlderCluster()
    {
        _names.Client.SetAddresses("web.internal", 10, "10.0.0.1", "10.0.0.2");
        await ViewAsync(Checked);
        UpstreamEndpoint endpoint = _builder!.Endpoints.First();
        endpoint.Policy.Health.Set(healthy: false);
        Assert.Equal(2, _builder.Cluster.Endpoints.AvailableCount);
        _builder.Claim();
        Assert.Equal(1, _builder.Cluster.Endpoints.AvailableCount);
    }

    [Fact]
    public async Task Drop_OfWhatAnotherClusterOwns_DoesNothing()
    {
        _names.Client.SetAddresses("web.internal", 10, "10.0.0.1");
        await ViewAsync(Checked);
        using ClusterBuilder other = Make(Checked);
        _registry.Drop(_builder!.Endpoints.Single(), other.Cluster);
        Assert.False(_builder.Endpoints.Single().IsRetired);
    }

    [Theory]
    [InlineData("")]
    [InlineData("algorithm: least-connections\n  ")]
    [InlineData("hash_on: ip\n  ")]
    public async Task Targets_NamedTwice_AddUpBeyondWhatOneMayWeigh(string algorithm)
    {
        await ViewAsync(algorithm
            + "targets: [{target: '10.0.0.1:80', weight: 65535}, {target: '10.0.0.1:80', weight: 65535}, {target: '10.0.0.2:80', weight: 65535}]");
        EndpointSet set = _builder!.Cluster.Endpoints;
        Assert.Equal([131070, 65535], set.Weights.ToArray());
        int[] picked = new int[2];
        for (uint i = 0; i < 3000; i++)
        {
            PickResult pick = _builder.Cluster.Pick(0, new PickQuery { Hash = XxHash32.Compute(BitConverter.GetBytes(i)) });
            picked[set.Endpoints.IndexOf(pick.Endpoint!)]++;
            pick.Endpoint!.RequestStarted();
        }

        Assert.InRange(picked[0], 1800, 2200);
    }

    [Fact]
    public async Task Weights_ZeroAndDefaults_AreKept()
    {
        UpstreamHealthView view = await ViewAsync("targets: [{target: 10.0.0.1}, {target: '10.0.0.2:9', weight: 0}, {target: '[::1]:9'}]");
        Assert.Equal(["10.0.0.1:8000", "[::1]:9"], Available());
        Assert.Equal([(100, 8000), (0, 9), (100, 9)], view.Targets.Select(static target => (target.NodeWeight, target.Port)));
        Assert.Equal("[::1]", view.Targets[2].Addresses[0].Ip);
    }

    [Fact]
    public async Task Hashing_PlacesServicesByTheirHosts()
    {
        _names.Client.Set("web.internal", RecordKind.Srv, ScriptedNameClient.Service("one.internal", 8081, weight: 5, address: "10.0.0.1"),
            ScriptedNameClient.Service("two.internal", 8081, weight: 5, address: "10.0.0.2"));
        await ViewAsync("hash_on: ip\n  targets: [{target: web.internal}]");
        KetamaContinuum expected = KetamaContinuum.Build(
            [new ContinuumTarget("web.internal", 8000, [new ContinuumAddress("one.internal", 8081, 5, 0), new ContinuumAddress("two.internal", 8081, 5, 1)])], 10000);
        HashPlacement placement = _builder!.Cluster.Endpoints.Placement!;
        for (uint key = 0; key < 500; key++)
        {
            ulong hash = XxHash32.Compute(Encoding.ASCII.GetBytes($"{key}"));
            Assert.Equal(expected.OwnerAt(expected.Find(hash)), placement.OwnerAt(placement.Find(hash)));
        }
    }

    private const string Checked = "healthchecks: {passive: {unhealthy: {http_failures: 1}}}\n  targets: [{target: 'web.internal:80'}]";

    private async Task<UpstreamHealthView> ViewAsync(string fields)
    {
        _builder = Make(fields);
        await _builder.Start(_names.Resolver).WaitAsync(TimeSpan.FromSeconds(30));
        return _builder.View();
    }

    private ClusterBuilder Make(string fields)
    {
        LoadResult loaded = Loading.Kong($"upstreams:\n- name: u\n  {fields}\n");
        KongUpstream upstream = Assert.Single(loaded.Model!.Upstreams);
        return new ClusterCompiler(_registry, _metrics, new ServingOptions(), 1, NullLogger.Instance).OfUpstream(upstream, null, new UpstreamTls());
    }

    private async Task AnswerBecomesAsync(params string[] addresses)
    {
        _names.Client.SetAddresses("web.internal", 10, addresses);
        _names.Time.Advance(TimeSpan.FromSeconds(11));
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!_builder!.Endpoints.Select(static endpoint => endpoint.Name).Order().SequenceEqual(addresses.Select(static address => address + ":80").Order()))
        {
            await Task.Delay(1, limit.Token);
        }
    }

    private string[] Hosts() => [.. _builder!.Endpoints.Select(static endpoint => Encoding.ASCII.GetString(endpoint.HostHeader.Span))];

    private string[] Available()
    {
        EndpointSet set = _builder!.Cluster.Endpoints;
        List<string> available = [];
        foreach (int index in set.Available)
        {
            available.Add(set.Endpoints[index].Address);
        }

        return [.. available];
    }
}
