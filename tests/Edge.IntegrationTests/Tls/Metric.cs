using System.Globalization;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tls;

/// <summary>Reads one sample of an edge's exposition.</summary>
internal static class Metric
{
    /// <summary>The value of a series as printed; 0 when it is not there.</summary>
    public static async Task<double> ReadAsync(RunningEdge edge, string series)
    {
        using HttpClient client = new() { Timeout = TimeSpan.FromSeconds(20) };
        string text = await client.GetStringAsync($"http://{edge.Status}/metrics");
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
