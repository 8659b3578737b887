namespace VoltageSoda.Edge.LoadTests.Comparing;

/// <summary>One proxy's rounds of one shape, reduced to medians. Built once, then only read.</summary>
public sealed class Comparison
{
    private readonly Measurement[] _rounds;

    /// <summary>Takes the rounds of one proxy and one shape.</summary>
    public Comparison(IEnumerable<Measurement> rounds)
    {
        _rounds = [.. rounds];
        if (_rounds.Length == 0)
        {
            throw new ArgumentException("A comparison needs a round.", nameof(rounds));
        }
    }

    public string Proxy => _rounds[0].Proxy;

    public int Rounds => _rounds.Length;

    public double Cpu => MedianOf(round => round.CpuMicrosecondsPerRequest);

    public double CpuLowest => _rounds.Min(round => round.CpuMicrosecondsPerRequest);

    public double CpuHighest => _rounds.Max(round => round.CpuMicrosecondsPerRequest);

    public double User => MedianOf(round => round.Requests > 0 ? round.UserSeconds * 1e6 / round.Requests : double.NaN);

    public double RequestsPerSecond => MedianOf(round => round.RequestsPerSecond);

    public double P50 => MedianOf(round => round.P50Us);

    public double P99 => MedianOf(round => round.P99Us);

    public double OpenRate => MedianOf(round => round.OpenRate);

    public double OpenP50 => MedianOf(round => round.OpenP50Us);

    public double OpenP99 => MedianOf(round => round.OpenP99Us);

    public double RssMiB => MedianOf(round => round.RssKiB / 1024d);

    public double PssMiB => MedianOf(round => round.PssKiB / 1024d);

    /// <summary>Failed requests over all rounds.</summary>
    public long Errors => _rounds.Sum(round => round.Errors);

    /// <summary>The middle value; with an even count, the mean of the two middle ones.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private double MedianOf(Func<Measurement, double> figure) => Median(_rounds.Select(figure));
}
