using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>A Prometheus of the system's packages that scrapes one address, with a folder and a port of its own.</summary>
internal sealed class PrometheusProcess : IDisposable
{
    private static readonly HttpClient Client = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-prometheus-").FullName;
    private readonly Process _process;
    private readonly string _address = $"127.0.0.1:{FreePort()}";

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
            $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(_folder, "data")}", $"--web.listen-address={_address}", "--log.level=warn"])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static async Task<PrometheusProcess> StartAsync(IPEndPoint target)
    {
        PrometheusProcess prometheus = new(target);
        long deadline = Environment.TickCount64 + 60_000;
        while (true)
        {
            try
            {
                using HttpResponseMessage response = await Client.GetAsync($"http://{prometheus._address}/-/ready");
                if (response.IsSuccessStatusCode)
                {
                    return prometheus;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            Assert.True(Environment.TickCount64 < deadline && !prometheus._process.HasExited, "Prometheus does not become ready");
            await Task.Delay(50);
        }
    }

    /// <summary>The result of an instant query.</summary>
    public async Task<JsonElement[]> QueryAsync(string expression)
    {
        using HttpResponseMessage response = await Client.GetAsync($"http://{_address}/api/v1/query?query={Uri.EscapeDataString(expression)}");
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{expression}: {text}");
        return [.. JsonDocument.Parse(text).RootElement.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
