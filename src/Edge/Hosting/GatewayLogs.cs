using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshLog;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// The access logs that meshConfig names: a file is opened with the first configuration that names it and stays open, since exchanges of an older
/// one may still write to it. Thread-safe.
/// </summary>
internal sealed class GatewayLogs(int loops, EdgeMetrics metrics, TimeProvider time, ILogger log) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AccessLog> _open = [];

    /// <summary>The log of a mesh; null when it names none, or none that can be opened, which is told.</summary>
    public MeshAccessLog? Open(MeshConfig mesh)
    {
        if (string.IsNullOrEmpty(mesh.AccessLogFile))
        {
            return null;
        }

        lock (_gate)
        {
            if (!_open.TryGetValue(mesh.AccessLogFile, out AccessLog? opened))
            {
                try
                {
                    opened = new AccessLog(
                        new AccessLogOptions { Path = mesh.AccessLogFile, Loops = loops }, time, reason => Log.ReopenFailed(log, reason));
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
                {
                    Log.ReopenFailed(log, exception.Message);
                    return null;
                }

                _open[mesh.AccessLogFile] = opened;
                AccessLog kept = opened;
                metrics.AddLog(_open.Count == 1 ? "gateway" : $"gateway-{_open.Count}", () => kept.DroppedLines);
            }

            LogFormat format = LogFormat.Compile(
                mesh.AccessLogFormat, mesh.AccessLogJson, unknown => Log.LogOperatorUnknown(log, mesh.AccessLogFormatSpan.ToString(), unknown));
            return new MeshAccessLog(opened, format);
        }
    }

    /// <summary>Opens the files again.</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            foreach (AccessLog opened in _open.Values)
            {
                opened.Reopen();
            }
        }
    }

    /// <summary>Waits until everything written so far reached its file.</summary>
    public bool Flush(TimeSpan timeout)
    {
        lock (_gate)
        {
            return _open.Values.All(opened => opened.Flush(timeout));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (AccessLog opened in _open.Values)
            {
                opened.Dispose();
            }

            _open.Clear();
        }
    }
}
