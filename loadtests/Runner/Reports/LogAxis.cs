namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>A logarithmic latency axis that begins and ends at 1, 2 or 5 times a power of ten. Immutable.</summary>
internal sealed class LogAxis
{
    private static readonly double[] Marks =
        [.. Enumerable.Range(2, 11).SelectMany(power => new[] { 1d, 2d, 5d }.Select(digit => digit * Math.Pow(10, power)))];

    private readonly double _from;
    private readonly double _to;

    private LogAxis(double from, double to) => (_from, _to) = (from, to);

    /// <summary>The axis that holds all given latencies in nanoseconds.</summary>
    public static LogAxis Over(IEnumerable<double> nanoseconds)
    {
        double[] values = [.. nanoseconds.Where(value => value > 0)];
        double low = values.Length == 0 ? 1e5 : values.Min();
        double high = values.Length == 0 ? 1e6 : values.Max();
        return new LogAxis(Marks.LastOrDefault(mark => mark <= low, Marks[0]), Marks.FirstOrDefault(mark => mark > high, Marks[^1]));
    }

    /// <summary>Where a latency lies, from 0 to 1.</summary>
    public double Position(double nanoseconds) =>
        Math.Clamp(Math.Log(Math.Max(nanoseconds, _from) / _from) / Math.Log(_to / _from), 0, 1);

    /// <summary>Draws the marks, thinned out when there are many.</summary>
    public void Mark(Plot plot)
    {
        double[] within = [.. Marks.Where(mark => mark >= _from && mark <= _to)];
        bool onlyPowers = within.Length > 10;
        foreach (double mark in within)
        {
            if (!onlyPowers || Math.Log10(mark) % 1 < 1e-9)
            {
                plot.MarkY(Position(mark), mark < 1e6 ? Text.Number(mark / 1e3) + " µs" : mark < 1e9 ? Text.Number(mark / 1e6) + " ms"
                    : Text.Number(mark / 1e9) + " s");
            }
        }
    }
}
