using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Transport;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>Runs scenarios side by side from one common start: checks them, connects, starts the loops, collects the results.</summary>
public sealed class LoadRun : IDisposable
{
    private const long Lead = 20 * Clock.Millisecond;

    private readonly List<(RunPlan Plan, LoadLoop[] Loops)> _runs = [];
    private readonly List<Thread> _threads = [];
    private UsageWatch? _watch;
    private Exception? _broken;

    /// <summary>Checks every step once and connects; <see cref="PreflightException"/> when an answer or a connection is not as it should be.</summary>
    public LoadRun(Target target, IReadOnlyList<Scenario> scenarios)
    {
        try
        {
            foreach (Scenario scenario in scenarios)
            {
                scenario.Validate();
                PreparedStep[] steps =
                    [.. scenario.Steps.Select(step => Preflight.Check(target, step, scenario.CloseEach, scenario.Timeout))];
                var plan = new RunPlan(scenario, target, steps);
                LoadLoop[] loops = [.. Enumerable.Range(0, scenario.Threads).Select(index => new LoadLoop(plan, index, scenario.Threads))];
                _runs.Add((plan, loops));
                if (!loops.All(loop => loop.Connect()))
                {
                    throw new PreflightException($"{scenario.Name}: {target.Url}: {scenario.Connections} connections could not be opened.");
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The longest scenario, warm-up included, as planned.</summary>
    public TimeSpan PlannedLength => TimeSpan.FromTicks(_runs.Max(run => run.Plan.End) / 100);

    /// <summary>Starts all loops at one moment and watches a process' usage while everything is being measured, if one is given.</summary>
    public void Start(CancellationToken cancelled, int? watchedProcess = null)
    {
        long start = Clock.Now + Lead;
        if (watchedProcess is { } process)
        {
            _watch = new UsageWatch(process, start + _runs.Max(run => run.Plan.WarmUp), start + _runs.Min(run => run.Plan.End));
        }

        foreach ((RunPlan plan, LoadLoop[] loops) in _runs)
        {
            for (int i = 0; i < loops.Length; i++)
            {
                LoadLoop loop = loops[i];
                var thread = new Thread(() => Carry(loop, start, cancelled)) { Name = $"{plan.Scenario.Name}-{i}", IsBackground = true };
                _threads.Add(thread);
                thread.Start();
            }
        }
    }

    /// <summary>Waits until all loops have ended, at most this long; true when they have.</summary>
    public bool Wait(TimeSpan atMost)
    {
        long until = Clock.Now + Clock.Nanoseconds(atMost);
        return _threads.All(thread => thread.Join(TimeSpan.FromTicks(Math.Max(until - Clock.Now, 0) / 100)));
    }

    /// <summary>The seconds of one scenario that all its loops have finished, ascending; may be called while it runs.</summary>
    public IReadOnlyList<Window> Timeline(int scenario)
    {
        Window[][] views = [.. _runs[scenario].Loops.Select(loop => loop.Timeline.Finished())];
        int complete = views.Min(view => view.Length == 0 ? int.MinValue : view[^1].Second);
        return Merge(views.SelectMany(view => view).Where(window => window.Second <= complete));
    }

    /// <summary>The scenarios' names in order.</summary>
    public IReadOnlyList<string> Names => [.. _runs.Select(run => run.Plan.Scenario.Name)];

    /// <summary>What the watched process used; null without one. To be read after <see cref="Wait"/> has returned true.</summary>
    public ProcessUsage? Usage => _watch?.Result();

    /// <summary>Sums up, after <see cref="Wait"/> has returned true.</summary>
    public IReadOnlyList<ScenarioResult> Results()
    {
        if (_broken is { } broken)
        {
            throw new InvalidOperationException("A load loop failed.", broken);
        }

        return [.. _runs.Select(run => Sum(run.Plan, run.Loops))];
    }

    public void Dispose()
    {
        foreach ((_, LoadLoop[] loops) in _runs)
        {
            foreach (LoadLoop loop in loops)
            {
                loop.Dispose();
            }
        }
    }

    private static ScenarioResult Sum(RunPlan plan, LoadLoop[] loops)
    {
        var steps = new StepResult[plan.Steps.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            var sum = new StepTally();
            foreach (LoadLoop loop in loops)
            {
                sum.Add(loop.Tallies[i]);
            }

            steps[i] = new StepResult(plan.Steps[i].Step.Name, sum);
        }

        long end = plan.Schedule is null ? plan.End : Math.Max(plan.End, loops.Max(loop => loop.LastEnd));
        Window[] timeline = Merge(loops.SelectMany(loop => loop.Timeline.Finished()).Where(window => window.Second >= 0));
        var result = new ScenarioResult(plan.Scenario, steps, timeline, TimeSpan.FromTicks((end - plan.WarmUp) / 100))
        {
            Reconnects = loops.Sum(loop => loop.Reconnects),

            // With the one of each step that was checked before the load.
            Sent = loops.Sum(loop => loop.Sent) + plan.Steps.Length,
        };
        foreach (LoadLoop loop in loops)
        {
            result.StartDelay.Add(loop.StartDelay);
        }

        return result;
    }

    private static Window[] Merge(IEnumerable<Window> windows)
    {
        var seconds = new SortedDictionary<int, Window>();
        foreach (Window window in windows)
        {
            if (!seconds.TryGetValue(window.Second, out Window? sum))
            {
                seconds[window.Second] = sum = new Window(window.Second);
            }

            sum.Add(window);
        }

        return [.. seconds.Values];
    }

    private void Carry(LoadLoop loop, long start, CancellationToken cancelled)
    {
        try
        {
            loop.Run(start, cancelled);
        }
        catch (Exception failure)
        {
            // The thread's outermost frame: told by Results instead of ending the process without a report.
            Interlocked.CompareExchange(ref _broken, failure, null);
        }
    }
}
