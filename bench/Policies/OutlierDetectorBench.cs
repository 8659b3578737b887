using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>
/// What outlier detection costs an attempt: a success after a success, with and without shares being measured, and an error that is counted
/// with the success that ends its row.
/// </summary>
[MemoryDiagnoser]
public class OutlierDetectorBench
{
    private readonly OutlierRecord[] _records = [new(), new(), new()];
    private OutlierDetector _detector = null!;
    private OutlierDetector _measuring = null!;

    [GlobalSetup]
    public void Setup()
    {
        _detector = new OutlierDetector(new OutlierRule { EnforcingSuccessRate = 0 }, static () => 0);
        _measuring = new OutlierDetector(new OutlierRule(), static () => 0);
        _detector.SetMembers(_records);
        _measuring.SetMembers(_records);
    }

    [Benchmark(Baseline = true)]
    public OutlierChange Success() => _detector.Report(_records[0], UpstreamOutcome.Answered(200), 1);

    [Benchmark]
    public OutlierChange MeasuredSuccess() => _measuring.Report(_records[1], UpstreamOutcome.Answered(200), 1);

    [Benchmark(OperationsPerInvoke = 2)]
    public OutlierChange ErrorThenSuccess()
    {
        _detector.Report(_records[2], UpstreamOutcome.Answered(503), 1);
        return _detector.Report(_records[2], UpstreamOutcome.Answered(200), 1);
    }

    [Benchmark]
    public bool Enter() => _records[0].Breaker.TryEnter(out _);
}
