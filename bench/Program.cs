using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using VoltageSoda.Edge.Bench;

bool checks = args.Contains(AllocationBaseline.Option);
IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args.Where(static arg => arg != AllocationBaseline.Option)]);
return checks ? AllocationBaseline.Check(summaries, Console.Out) : 0;
