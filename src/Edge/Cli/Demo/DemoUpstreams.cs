using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace VoltageSoda.Edge.Cli.Demo;

/// <summary>
/// The three applications of the sample in small: frontend, backend and flavors, each on a free port of 127.0.0.1, in one Kestrel server
/// apart from the event loops. Thread-safe after start; dispose to stop.
/// </summary>
internal sealed class DemoUpstreams : IAsyncDisposable
{
    private static readonly string[] Names = ["frontend", "backend", "flavors"];

    private readonly KestrelServer _server;
    private readonly List<(string Name, ListenOptions Listen)> _listens = [];

    private DemoUpstreams()
    {
        KestrelServerOptions options = new() { AddServerHeader = false };
        foreach (string name in Names)
        {
            options.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                _listens.Add((name, listen));
            });
        }

        _server = new KestrelServer(
            Options.Create(options),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions { IOQueueCount = 1 }), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
    }

    /// <summary>Where each listens, by name.</summary>
    public IReadOnlyList<(string Name, IPEndPoint Address)> Addresses =>
        [.. _listens.Select(static bound => (bound.Name, (IPEndPoint)bound.Listen.EndPoint))];

    public static async Task<DemoUpstreams> StartAsync()
    {
        DemoUpstreams upstreams = new();
        await upstreams._server.StartAsync(new DemoApplication(upstreams.NameOf), CancellationToken.None);
        return upstreams;
    }

    /// <summary>Stops; what is being answered is cut.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    private string NameOf(int port) => Addresses.First(bound => bound.Address.Port == port).Name;
}
