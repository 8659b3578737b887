using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>One pick of each balancer that looks at more than its own turn.</summary>
[MemoryDiagnoser]
public class BalancerBench
{
    private readonly LeastConnections _least = new();
    private readonly PeakLatency _latency = new();
    private EndpointSet _set = EndpointSet.Empty;
    private EndpointSet _halfDown = EndpointSet.Empty;
    private ulong _random = 1;
    private uint _hash;

    [Params(3, 20, 200)]
    public int Endpoints { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Endpoint[] all = [.. Enumerable.Range(0, Endpoints).Select(static i => new Endpoint($"10.0.{i / 250}.{i % 250}:80", "host"))];
        KetamaContinuum continuum = KetamaContinuum.Build(
            [.. all.Select(static (endpoint, i) => new ContinuumTarget(endpoint.Address, 80, [new ContinuumAddress(endpoint.Address, 80, 100, i)]))], 65536);
        _set = new EndpointSet([.. all], [.. all.Select(static _ => 100)], 0, continuum);
        _halfDown = _set;
        for (int i = 0; i < all.Length; i++)
        {
            all[i].LatencyObserved(i, 0);
            _halfDown = _halfDown.WithHealth(i, i % 2 == 0);
        }
    }

    [Benchmark]
    public int Least() => _least.Pick(_set, default).Index;

    [Benchmark]
    public int Latency() => _latency.Pick(_set, new PickQuery { Random = _random *= 6364136223846793005, Now = 1000 }).Index;

    [Benchmark]
    public int Hash() => ConsistentHash.Instance.Pick(_set, new PickQuery { Hash = _hash += 2654435761 }).Index;

    [Benchmark]
    public int HashHalfDown() => ConsistentHash.Instance.Pick(_halfDown, new PickQuery { Hash = _hash += 2654435761 }).Index;
}
