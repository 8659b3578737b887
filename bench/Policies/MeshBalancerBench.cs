using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using VoltageSoda.Edge.Policies.LoadBalancing;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using Endpoint = VoltageSoda.Edge.Policies.LoadBalancing.Endpoint;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>
/// One pick of each balancer of the mesh, and of YARP's policies over as many destinations. The balancers are asked as a cluster asks them: through
/// <see cref="SpreadBalancer"/>, with random bits of the loop. YARP has neither weights nor hashing.
/// </summary>
[MemoryDiagnoser]
public class MeshBalancerBench
{
    private readonly SpreadBalancer _leastRequest = new(static () => new LeastRequest());
    private readonly SpreadBalancer _roundRobin = new(static () => new WeightedTurns());
    private readonly SpreadBalancer _random = new(static () => RandomEndpoint.Instance);
    private readonly SpreadBalancer _keyed = new(static () => new KeyedEndpoint(RandomEndpoint.Instance));
    private readonly DefaultHttpContext _context = new();
    private readonly ClusterState _yarpCluster = new("cluster");
    private EndpointSet _equal = EndpointSet.Empty;
    private EndpointSet _weighted = EndpointSet.Empty;
    private EndpointSet _priorities = EndpointSet.Empty;
    private EndpointSet _ring = EndpointSet.Empty;
    private EndpointSet _maglev = EndpointSet.Empty;
    private DestinationState[] _yarp = [];
    private ILoadBalancingPolicy _yarpPowerOfTwo = null!;
    private ILoadBalancingPolicy _yarpRoundRobin = null!;
    private ILoadBalancingPolicy _yarpRandom = null!;
    private ILoadBalancingPolicy _yarpLeastRequests = null!;
    private ulong _state = 1;

    [Params(3, 100, 10_000)]
    public int Endpoints { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Endpoint[] all = [.. Enumerable.Range(0, Endpoints).Select(static i => new Endpoint($"10.{i / 65536}.{i / 256 % 256}.{i % 256}:80", "host"))];
        int[] ones = [.. all.Select(static _ => 1)];
        _equal = new EndpointSet([.. all], [.. ones], EndpointLayout.Plain);
        _weighted = new EndpointSet([.. all], [.. all.Select(static (_, i) => 1 + (i % 5))], EndpointLayout.Plain);
        _priorities = new EndpointSet([.. all], [.. ones], new EndpointLayout { Priorities = [.. all.Select(static (_, i) => i % 2)] });
        _priorities = _priorities.WithHealth(0, healthy: false);
        _ring = new EndpointSet([.. all], [.. ones], new EndpointLayout { Keys = new RingHashRule() });
        _maglev = new EndpointSet([.. all], [.. ones], new EndpointLayout { Keys = new MaglevRule() });

        ServiceCollection services = new();
        services.AddLogging().AddReverseProxy();
        ILoadBalancingPolicy[] policies = [.. services.BuildServiceProvider().GetServices<ILoadBalancingPolicy>()];
        _yarp = [.. all.Select(static endpoint => new DestinationState(endpoint.Address))];
        _yarpPowerOfTwo = policies.Single(static policy => policy.Name == LoadBalancingPolicies.PowerOfTwoChoices);
        _yarpRoundRobin = policies.Single(static policy => policy.Name == LoadBalancingPolicies.RoundRobin);
        _yarpRandom = policies.Single(static policy => policy.Name == LoadBalancingPolicies.Random);
        _yarpLeastRequests = policies.Single(static policy => policy.Name == LoadBalancingPolicies.LeastRequests);
    }

    [Benchmark]
    public int LeastRequest() => _leastRequest.Pick(_equal, new PickQuery { Random = Next() }).Index;

    [Benchmark]
    public int RoundRobin() => _roundRobin.Pick(_equal, default).Index;

    [Benchmark]
    public int Random() => _random.Pick(_equal, new PickQuery { Random = Next() }).Index;

    [Benchmark]
    public int RingHash() => _keyed.Pick(_ring, new PickQuery { HasKey = true, Hash = Next() }).Index;

    [Benchmark]
    public int MaglevTable() => _keyed.Pick(_maglev, new PickQuery { HasKey = true, Hash = Next() }).Index;

    [Benchmark]
    public int LeastRequestWeighted() => _leastRequest.Pick(_weighted, new PickQuery { Random = Next() }).Index;

    [Benchmark]
    public int RoundRobinWeighted() => _roundRobin.Pick(_weighted, default).Index;

    [Benchmark]
    public int LeastRequestPriorities() => _leastRequest.Pick(_priorities, new PickQuery { Random = Next() }).Index;

    [Benchmark]
    public DestinationState? YarpPowerOfTwoChoices() => _yarpPowerOfTwo.PickDestination(_context, _yarpCluster, _yarp);

    [Benchmark]
    public DestinationState? YarpRoundRobin() => _yarpRoundRobin.PickDestination(_context, _yarpCluster, _yarp);

    [Benchmark]
    public DestinationState? YarpRandom() => _yarpRandom.PickDestination(_context, _yarpCluster, _yarp);

    [Benchmark]
    public DestinationState? YarpLeastRequests() => _yarpLeastRequests.PickDestination(_context, _yarpCluster, _yarp);

    // A Weyl sequence: a multiplication and a shift would cost as much as some of the picks.
    private ulong Next() => _state += 0x9E3779B97F4A7C15;
}
