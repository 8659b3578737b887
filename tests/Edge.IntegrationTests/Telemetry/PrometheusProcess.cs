using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>A Prometheus of the system's packages that scrapes one address, with a folder and a port of its own.</summary>
internal sealed class PrometheusProcess : IDisposable
{
    private static readonly HttpClient Client = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-prometheus-").FullName;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _said = new();
    private readonly Process _process;
    private readonly ReservedPort _port = ReservedPort.Take();

    private PrometheusProcess(IPEndPoint target)
    {
        string config = Path.Combine(_folder, "prometheus.yml");
        File.WriteAllText(config, $"""
            global: {"{"}scrape_interval: 300ms, scrape_timeout: 300ms{"}"}
            scrape_configs:
            - job_name: edge
              static_configs:
              - targets: ["{target}"]
            """);
        ProcessStartInfo start = new("prometheus") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])[
            $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(_folder, "data")}", $"--web.listen-address={_port.Address}", "--log.level=info"])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += (_, line) =>
        {
            _said.Enqueue(line.Data ?? "");
            if (line.Data is null)
            {
                _ready.TrySetException(new InvalidOperationException($"Prometheus has ended: {string.Join('\n', _said)}"));
            }
            else if (line.Data.Contains("Server is ready to receive web requests", StringComparison.Ordinal))
            {
                _ready.TrySetResult();
            }
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static async Task<PrometheusProcess> StartAsync(IPEndPoint target)
    {
        PrometheusProcess prometheus = new(target);
        await prometheus._ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return prometheus;
    }

    /// <summary>The result of an instant query.</summary>
    public async Task<JsonElement[]> QueryAsync(string expression)
    {
        using HttpResponseMessage response = await Client.GetAsync($"http://{_port.Address}/api/v1/query?query={Uri.EscapeDataString(expression)}");
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{expression}: {text}");
        return [.. JsonDocument.Parse(text).RootElement.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _port.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
