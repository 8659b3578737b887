using System.Diagnostics;
using System.Net;

namespace VoltageSoda.Edge.TestKit;

/// <summary>An edge as a process of its own, from the build under test. Disposing kills it.</summary>
public sealed class EdgeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _output = [];
    private readonly List<IPEndPoint> _proxies = [];
    private IPEndPoint? _status;

    private EdgeProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"The edge ended: {Output}"));
    }

    /// <summary>Address of the proxy listener.</summary>
    public IPEndPoint Proxy => _proxies[0];

    /// <summary>Address of the status listener.</summary>
    public IPEndPoint Status => _status!;

    /// <summary>What it has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    /// <summary>Starts an edge and waits until it is ready.</summary>
    public static async Task<EdgeProcess> StartAsync(string kong, params (string Name, string Value)[] settings)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "voltage-edge.dll"));
        start.ArgumentList.Add("run");
        foreach (string name in start.Environment.Keys.Where(static name => name.StartsWith("KONG_", StringComparison.Ordinal)
            || name.StartsWith("EDGE_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[
            ("KONG_PROXY_LISTEN", "127.0.0.1:0"), ("KONG_ADMIN_LISTEN", "off"), ("KONG_ADMIN_GUI_LISTEN", "off"),
            ("KONG_STATUS_LISTEN", "127.0.0.1:0"), ("KONG_PROXY_ACCESS_LOG", "off"), ("KONG_LOG_LEVEL", "info"), ("EDGE_LOOPS", "1"),
            ("KONG_DECLARATIVE_CONFIG_STRING", kong), .. settings])
        {
            start.Environment[name] = value;
        }

        EdgeProcess edge = new(start);
        edge._process.Start();
        edge._process.BeginOutputReadLine();
        edge._process.BeginErrorReadLine();
        await edge._ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return edge;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Add(line);
            int at = line.IndexOf("listening on ", StringComparison.Ordinal);
            if (at >= 0 && IPEndPoint.TryParse(line.AsSpan(at + 13).Trim(), out IPEndPoint? bound))
            {
                if (line.Contains("status", StringComparison.Ordinal))
                {
                    _status = bound;
                }
                else
                {
                    _proxies.Add(bound);
                }
            }
        }

        if (line.Contains("ready after", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
