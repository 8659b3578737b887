using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>One pick, with equal and with different weights.</summary>
[MemoryDiagnoser]
public class RoundRobinBench
{
    private readonly RoundRobin _balancer = new();
    private EndpointSet _equal = EndpointSet.Empty;
    private EndpointSet _weighted = EndpointSet.Empty;

    [Params(3, 20)]
    public int Endpoints { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Endpoint[] all = [.. Enumerable.Range(0, Endpoints).Select(static i => new Endpoint($"10.0.0.{i}:80", "host"))];
        _equal = new EndpointSet([.. all], [.. all.Select(static _ => 100)]);
        _weighted = new EndpointSet([.. all], [.. all.Select(static (_, i) => 100 + i)]);
    }

    [Benchmark]
    public int Equal() => _balancer.Pick(_equal, default).Index;

    [Benchmark]
    public int Weighted() => _balancer.Pick(_weighted, default).Index;
}
