using System.Globalization;
using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Running;

namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>Tells on the terminal how a run goes, a line per scenario and second; in a log file, every fifth second only.</summary>
internal sealed class ConsoleProgress(LoadRun run, TextWriter output, bool isTerminal)
{
    private readonly int[] _shown = [.. run.Names.Select(_ => -1)];

    /// <summary>Writes until the run has ended; false if it outlives <paramref name="limit"/>.</summary>
    public bool Follow(TimeSpan limit)
    {
        TimeSpan interval = TimeSpan.FromSeconds(isTerminal ? 1 : 5);
        for (TimeSpan waited = TimeSpan.Zero; waited < limit; waited += interval)
        {
            if (run.Wait(interval))
            {
                return true;
            }

            for (int i = 0; i < _shown.Length; i++)
            {
                Show(i);
            }
        }

        return run.Wait(TimeSpan.Zero);
    }

    private void Show(int scenario)
    {
        IReadOnlyList<Window> seconds = run.Timeline(scenario);
        Window? last = seconds.Count > 0 ? seconds[^1] : null;
        if (last is null || last.Second == _shown[scenario])
        {
            return;
        }

        _shown[scenario] = last.Second;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{last.Second + 1,5} s  {run.Names[scenario],-16} {last.Latency.Count,7} /s   "
            + $"p50 {Text.Milliseconds(last.Latency.At(50)),9}   p95 {Text.Milliseconds(last.Latency.At(95)),9}   "
            + $"p99 {Text.Milliseconds(last.Latency.At(99)),9}   max {Text.Milliseconds(last.Latency.Max),9}   "
            + $"errors {seconds.Sum(second => second.Errors)}"));
    }
}
