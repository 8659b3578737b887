using System.Globalization;
using VoltageSoda.Edge.IntegrationTests.Telemetry;

namespace VoltageSoda.Edge.IntegrationTests;

/// <summary>The test assembly as a process of its own, for what tests must be able to kill.</summary>
internal static class Program
{
    public const string Collector = "collector";

    public static Task Main(string[] args) => args is [Collector, string port]
        ? CollectorProcess.RunAsync(int.Parse(port, CultureInfo.InvariantCulture))
        : Task.CompletedTask;
}
