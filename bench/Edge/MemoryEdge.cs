using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Hosting;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Bench.Edge;

/// <summary>
/// A whole edge without sockets and one client of it. The client's calls run on the edge's loop, so that an exchange is one run of code
/// from the request's first byte to the answer's last.
/// </summary>
internal sealed class MemoryEdge : IAsyncDisposable
{
    // Where a read ends with this byte, the answer is whole: no head ends with it.
    private const byte Last = (byte)'!';

    private static readonly byte[] Answer = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n" + new string('x', 1023) + (char)Last);

    private static readonly byte[] Request = Encoding.ASCII.GetBytes(
        "GET /index.html?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n"
        + "Origin: https://voltage-soda.com\r\nX-Gone: 1\r\n\r\n");

    private readonly ManualResetEventSlim _done = new(false);
    private readonly EdgeHost _host;
    private readonly IDuplexPipe _client;
    private Exception? _failure;

    private MemoryEdge(EdgeHost host, IDuplexPipe client)
    {
        _host = host;
        _client = client;
    }

    public EdgeWorker Worker => _host.Workers[0];

    public EdgeHost Host => _host;

    /// <summary>What the client received last.</summary>
    public string LastAnswer { get; private set; } = "";

    public static async Task<MemoryEdge> StartAsync(string plugins)
    {
        EdgeSettings settings = EdgeSettings.From(
            ("KONG_PROXY_LISTEN", "off"),
            ("KONG_ADMIN_LISTEN", "off"),
            ("KONG_ADMIN_GUI_LISTEN", "off"),
            ("KONG_STATUS_LISTEN", "off"),
            ("KONG_PROXY_ACCESS_LOG", "off"),
            ("KONG_PROXY_ERROR_LOG", "off"),
            ("EDGE_LOOPS", "1"),
            ("EDGE_LIMIT_CONN_REQUESTS", "0"),
            ("KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS", "0"),
            ("KONG_DECLARATIVE_CONFIG_STRING", $"""
                _format_version: "3.0"
                services:
                - name: app
                  url: http://127.0.0.1:80
                  routes:
                  - name: all
                    paths: ["/"]
                {plugins}
                """));
        LoadResult loaded = new ConfigSource(settings).Load();
        if (settings.Refused || loaded.Refused)
        {
            throw new InvalidOperationException(DiagnosticText.Text([.. settings.Findings, .. loaded.Findings]));
        }

        EdgeHost host = new(settings, TimeProvider.System, static (kind, options) => new MemoryTransport(TransportProbe.Create(kind, options), Answer));
        await host.StartAsync(loaded);
        (ConnectionContext near, IDuplexPipe far) = MemoryTransport.Pair();
        _ = host.CreateHandler(8000).OnConnectedAsync(near);
        return new MemoryEdge(host, far);
    }

    /// <summary>Runs exchanges one after the other.</summary>
    public void Run(int exchanges) => OnLoop(() => RunAsync(exchanges, keep: false));

    /// <summary>Runs one exchange and keeps its answer.</summary>
    public void RunOnce() => OnLoop(() => RunAsync(1, keep: true));

    /// <summary>Runs something on the loop and waits for it.</summary>
    public void OnLoop(Func<Task> work)
    {
        _done.Reset();
        Worker.Loop.Post(
            async _ =>
            {
                try
                {
                    await work();
                }
                catch (Exception exception)
                {
                    _failure = exception;
                }

                _done.Set();
            },
            null);
        _done.Wait();
        if (_failure is { } failure)
        {
            throw new InvalidOperationException("The exchange failed.", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.Output.CompleteAsync();
        await _host.DisposeAsync();
        _done.Dispose();
    }

    private async Task RunAsync(int exchanges, bool keep)
    {
        for (int i = 0; i < exchanges; i++)
        {
            await _client.Output.WriteAsync(Request);
            while (true)
            {
                ReadResult read = await _client.Input.ReadAsync();
                bool whole = !read.Buffer.IsEmpty && read.Buffer.Slice(read.Buffer.Length - 1).FirstSpan[0] == Last;
                if (read.IsCompleted && !whole)
                {
                    throw new InvalidOperationException("The connection ended.");
                }

                if (whole && keep)
                {
                    LastAnswer = Encoding.ASCII.GetString(read.Buffer.ToArray());
                }

                _client.Input.AdvanceTo(whole ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
                if (whole)
                {
                    break;
                }
            }
        }
    }
}
