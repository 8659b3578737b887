using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Bench.Protocol;

/// <summary>Computing canonical paths: one that is canonical already, one with triplets and one with dot segments.</summary>
[MemoryDiagnoser]
public class CanonicalPathBench
{
    private readonly byte[] _plain = "/api/orders/4711/lines/3"u8.ToArray();
    private readonly byte[] _encoded = "/api/orders/caf%C3%A9%20noir/lines/3"u8.ToArray();
    private readonly byte[] _dotted = "/api/./orders/../orders//4711/lines/3"u8.ToArray();
    private readonly byte[] _destination = new byte[256];

    [Benchmark(Baseline = true)]
    public int Plain() => Compute(_plain);

    [Benchmark]
    public int Encoded() => Compute(_encoded);

    [Benchmark]
    public int Dotted() => Compute(_dotted);

    private int Compute(byte[] path)
    {
        CanonicalPath.Compute(path, true, EscapedSlashes.Keep, _destination, out ReadOnlySpan<byte> canonical, out _);
        return canonical.Length;
    }
}
