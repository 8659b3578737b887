using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>Scrapes an edge.</summary>
internal static class Metrics
{
    private static readonly HttpClient Client = new();

    public static async Task<string> ReadAsync(RunningEdge edge)
    {
        await edge.SettledAsync();
        return await Client.GetStringAsync($"http://{edge.Status}/metrics");
    }

    /// <summary>Scrapes until the text shows what is waited for, and returns it.</summary>
    public static async Task<string> ReadUntilAsync(RunningEdge edge, Func<string, bool> shows)
    {
        long deadline = Environment.TickCount64 + 30_000;
        while (true)
        {
            string text = await ReadAsync(edge);
            if (shows(text))
            {
                return text;
            }

            Assert.True(Environment.TickCount64 < deadline, text);
            await Task.Yield();
        }
    }

    /// <summary>The value of the first series whose line begins so; 0 when there is none.</summary>
    public static double Value(string text, string series)
    {
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith(series, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), System.Globalization.CultureInfo.InvariantCulture);
    }
}
