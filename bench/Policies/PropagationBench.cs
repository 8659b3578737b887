using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>What tracing costs every request, sampled or not: reading the context of a head of usual size and telling the upstream.</summary>
[MemoryDiagnoser]
public class PropagationBench
{
    private static readonly string[] Usual =
    [
        "Host: shop.test", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)", "Accept: */*", "Accept-Encoding: gzip, deflate, br", "Accept-Language: en",
        "Origin: https://voltage-soda.com", "Referer: https://voltage-soda.com/recipes", "Cookie: session=0123456789abcdef", "X-Request-ID: 1",
    ];

    private readonly Propagation _kong = new(new PropagationOptions());
    private readonly Propagation _w3c = new(new PropagationOptions { W3COnly = true, Default = TraceFormat.W3C, DrawsByTraceId = true });
    private HeaderFields _none = HeaderFields.Of(Usual);
    private HeaderFields _traceParent = HeaderFields.Of([.. Usual, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"]);
    private HeaderFields _b3 = HeaderFields.Of(
        [.. Usual, "X-B3-TraceId: 0af7651916cd43dd8448eb211c80319c", "X-B3-SpanId: b7ad6b7169203331", "X-B3-Sampled: 0"]);

    private Counter _random;

    [Benchmark]
    public bool NoContext() => Pass(_kong, ref _none);

    [Benchmark]
    public bool B3() => Pass(_kong, ref _b3);

    [Benchmark]
    public bool TraceParent() => Pass(_kong, ref _traceParent);

    [Benchmark]
    public bool OtlpNoContext() => Pass(_w3c, ref _none);

    private bool Pass(Propagation propagation, ref HeaderFields head)
    {
        TraceIdentity identity = propagation.Begin(ref head, ref _random, out _);
        propagation.Inject(in identity, ref head);
        return identity.IsSampled;
    }

    private struct Counter : ITraceRandom
    {
        private ulong _state;

        public ulong Next() => _state += 0x9E3779B97F4A7C15;
    }
}
