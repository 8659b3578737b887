using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Routing.Mesh;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>What a Gateway route draws per request: faults and the weighted destination.</summary>
[MemoryDiagnoser]
public class MeshDrawBench
{
    private readonly FaultPolicy _fault = new()
    {
        DelayShare = PerMillion.OfPercent(0.1),
        Delay = TimeSpan.FromSeconds(5),
        AbortShare = PerMillion.OfPercent(0.05),
        AbortStatus = 503,
    };

    private readonly WeightedSplit _split = new([95, 5]);
    private ulong _random = 0x9E37_79B9_7F4A_7C15;

    [Benchmark]
    public bool Fault()
    {
        ulong random = Next();
        return _fault.DrawDelay(random) | _fault.DrawAbort(random * 31);
    }

    [Benchmark]
    public int WeightedChoice() => _split.Pick(Next());

    // A step of xorshift stands for the caller's generator.
    private ulong Next()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return _random;
    }
}
