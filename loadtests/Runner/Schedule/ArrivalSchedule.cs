using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Transport;

namespace VoltageSoda.Edge.LoadTests.Schedule;

/// <summary>
/// When each request of an open model is meant to start, computed from its number alone: nothing that happens during the run moves it,
/// which is what makes a stall visible. Offsets are nanoseconds from the run's start. Immutable, pure.
/// </summary>
public sealed class ArrivalSchedule
{
    private readonly Stretch[] _stretches;

    /// <summary>Lays the stretches of an open model end to end.</summary>
    public ArrivalSchedule(IReadOnlyList<LoadSimulation> load)
    {
        _stretches = new Stretch[load.Count];
        double arrivals = 0;
        double begin = 0;
        for (int i = 0; i < load.Count; i++)
        {
            (double from, double to) = load[i] switch
            {
                LoadSimulation.InjectConstantRate constant => (constant.Rate, constant.Rate),
                LoadSimulation.Ramp ramp => (ramp.From, ramp.To),
                _ => throw new ArgumentException("A closed model has no schedule.", nameof(load)),
            };
            double seconds = load[i].During.TotalSeconds;
            double until = arrivals + (seconds * (from + to) / 2);
            _stretches[i] = new Stretch(begin, from, (to - from) / seconds, arrivals, until);
            arrivals = until;
            begin += seconds;
        }

        // A hair above a whole number is rounding, not one more request.
        Total = (long)Math.Ceiling(arrivals - 1e-6);
        Length = (long)(begin * Clock.Second);
    }

    /// <summary>How many requests start in all.</summary>
    public long Total { get; }

    /// <summary>The length of all stretches in nanoseconds.</summary>
    public long Length { get; }

    /// <summary>When request <paramref name="number"/> (from 0) is meant to start.</summary>
    public long OffsetOf(long number)
    {
        int i = 0;
        while (i < _stretches.Length - 1 && number >= _stretches[i].Until)
        {
            i++;
        }

        return (long)(_stretches[i].TimeOf(number) * Clock.Second);
    }

    /// <summary>
    /// One straight piece of the rate line. With rate <c>r</c> at its begin and slope <c>s</c>, <c>r t + s t^2 / 2</c> requests have
    /// started after <c>t</c> seconds; solved for <c>t</c> in the form that stays exact when the slope is zero.
    /// </summary>
    private readonly record struct Stretch(double Begin, double Rate, double Slope, double Before, double Until)
    {
        public double TimeOf(long number)
        {
            double nth = Math.Max(number - Before, 0);
            double root = Math.Sqrt(Math.Max((Rate * Rate) + (2 * Slope * nth), 0));
            return nth == 0 ? Begin : Begin + (2 * nth / (Rate + root));
        }
    }
}
