using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using VoltageSoda.Edge.Bench;

bool checks = args.Contains(AllocationBaseline.Option);

// Where others use the machine, the least of many short iterations is the nearest to the cost; the mean tells about the others.
IConfig config = DefaultConfig.Instance.AddColumn(StatisticColumn.Min, StatisticColumn.Median);
IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(
    [.. args.Where(static arg => arg != AllocationBaseline.Option)], config);
return checks ? AllocationBaseline.Check(summaries, Console.Out) : 0;
