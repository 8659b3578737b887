using System.Text.Json;
using BenchmarkDotNet.Reports;

namespace VoltageSoda.Edge.Bench;

/// <summary>
/// Compares what benchmarks allocated with <c>baselines/allocations.json</c>: bytes per operation by benchmark and parameters. Unlike times,
/// these do not depend on the machine.
/// </summary>
internal static class AllocationBaseline
{
    /// <summary>Command line option that asks for the comparison.</summary>
    public const string Option = "--check-allocations";

    // What the runtime allocates on threads of its own while a benchmark is measured, once, whatever the number of operations: compiling a tier
    // again takes some KiB. An object in every operation is more, from fourteen hundred operations on.
    private const long RuntimeShare = 32 * 1024;

    /// <summary>Prints each difference; 1 when a benchmark allocates more than it may or has no entry.</summary>
    public static int Check(IEnumerable<Summary> summaries, TextWriter output)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "baselines", "allocations.json");
        Dictionary<string, long> allowed = JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(path)) ?? [];
        int compared = 0;
        int wrong = 0;
        foreach (BenchmarkReport report in summaries.SelectMany(static summary => summary.Reports))
        {
            string name = NameOf(report);
            long? bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase);
            compared++;
            if (!report.Success || bytes is null)
            {
                wrong++;
                output.WriteLine($"{name}: no result");
            }
            else if (!allowed.TryGetValue(name, out long limit))
            {
                wrong++;
                output.WriteLine($"\"{name}\": {bytes}, has no entry");
            }
            else if (ExceedsLimit(report, limit))
            {
                wrong++;
                output.WriteLine($"{name}: {bytes} bytes per operation, {limit} are allowed");
            }
        }

        output.WriteLine($"{compared} benchmarks compared, {wrong} not as expected");
        return wrong == 0 && compared != 0 ? 0 : 1;
    }

    private static bool ExceedsLimit(BenchmarkReport report, long limit)
    {
        long? total = report.GcStats.GetTotalAllocatedBytes(excludeAllocationQuantumSideEffects: true);
        return report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) > limit
            && !(total <= (limit * report.GcStats.TotalOperations) + RuntimeShare);
    }

    private static string NameOf(BenchmarkReport report)
    {
        string parameters = report.BenchmarkCase.Parameters.PrintInfo;
        string method = report.BenchmarkCase.Descriptor.Type.Name + "." + report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
        return parameters.Length == 0 ? method : $"{method}({parameters})";
    }
}
