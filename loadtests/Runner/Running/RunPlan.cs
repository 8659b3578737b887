using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Schedule;
using VoltageSoda.Edge.LoadTests.Transport;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>A scenario made ready for its loops: checked steps, times in nanoseconds from the start, the schedule. Immutable.</summary>
internal sealed class RunPlan
{
    public RunPlan(Scenario scenario, Target target, IReadOnlyList<PreparedStep> steps)
    {
        Scenario = scenario;
        Target = target;
        Steps = [.. steps];
        WarmUp = Clock.Nanoseconds(scenario.WarmUp);
        Timeout = Clock.Nanoseconds(scenario.Timeout);
        if (scenario.IsClosed)
        {
            End = WarmUp + scenario.Load.Sum(part => Clock.Nanoseconds(part.During));
            return;
        }

        double rate = scenario.Load[0] is LoadSimulation.Ramp ramp ? ramp.From : ((LoadSimulation.InjectConstantRate)scenario.Load[0]).Rate;
        bool warms = scenario.WarmUp > TimeSpan.Zero && rate > 0;
        WarmUp = warms ? WarmUp : 0;
        Schedule = new ArrivalSchedule(
            warms ? [new LoadSimulation.InjectConstantRate(rate, scenario.WarmUp), .. scenario.Load] : scenario.Load);
        End = Schedule.Length;
    }

    public Scenario Scenario { get; }

    public Target Target { get; }

    public PreparedStep[] Steps { get; }

    /// <summary>What starts before this offset is not recorded.</summary>
    public long WarmUp { get; }

    /// <summary>The planned end; later answers to requests of an open model still count.</summary>
    public long End { get; }

    public long Timeout { get; }

    /// <summary>The arrivals of an open model; null for a closed one.</summary>
    public ArrivalSchedule? Schedule { get; }
}
