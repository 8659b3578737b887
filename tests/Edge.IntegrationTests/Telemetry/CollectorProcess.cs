using System.Diagnostics;
using System.Text.Json;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>
/// A log collector in a process of its own, so that it can be killed as collectors are. It prints the target of every entry before it answers:
/// what was acknowledged is known even of one that died.
/// </summary>
internal sealed class CollectorProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CollectorProcess(CollectedEntries seen, int port)
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(typeof(CollectorProcess).Assembly.Location);
        start.ArgumentList.Add(Program.Collector);
        start.ArgumentList.Add(port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                _ended.TrySetResult();
            }
            else if (line.Data.StartsWith("port ", StringComparison.Ordinal))
            {
                _port.TrySetResult(int.Parse(line.Data.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                seen.Add(line.Data);
            }
        };
        _process.BeginOutputReadLine();
    }

    public int Port { get; private set; }

    /// <summary>Starts one; entries it gets are added to <paramref name="seen"/>.</summary>
    public static async Task<CollectorProcess> StartAsync(CollectedEntries seen, int port = 0)
    {
        CollectorProcess collector = new(seen, port);
        collector.Port = await collector._port.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return collector;
    }

    /// <summary>Kills it and waits until everything it printed was read.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _ended.Task;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>The child's side.</summary>
    public static async Task RunAsync(int port)
    {
        await using LogCollector collector = new(port, static delivery =>
        {
            foreach (JsonElement entry in delivery.Entries())
            {
                Console.Out.WriteLine(entry.GetProperty("request").GetProperty("uri").GetString());
            }

            Console.Out.Flush();
        });
        Console.Out.WriteLine($"port {collector.EndPoint.Port}");
        Console.Out.Flush();
        await Task.Delay(Timeout.Infinite);
    }
}
