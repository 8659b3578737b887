using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>What passive checks cost an attempt: a success at a healthy address, and a failure that is counted and cleared again.</summary>
[MemoryDiagnoser]
public class HealthRecordBench
{
    private static readonly HealthRule Rule = new([200], [500]) { Successes = 1, HttpFailures = 5 };
    private readonly HealthRecord _record = new();

    [Benchmark]
    public HealthChange Success() => Rule.ReportStatus(_record, 200);

    [Benchmark]
    public HealthChange FailureThenSuccess()
    {
        Rule.ReportStatus(_record, 500);
        return Rule.ReportStatus(_record, 200);
    }
}
