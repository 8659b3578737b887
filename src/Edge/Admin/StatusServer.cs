using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VoltageSoda.Edge.Admin.Config;
using VoltageSoda.Edge.Admin.Entities;
using VoltageSoda.Edge.Admin.Gateways;
using VoltageSoda.Edge.Admin.Routing;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// The HTTP server of the status and admin endpoints, on Kestrel's own sockets and threads, apart from the event loops. Thread-safe
/// after start; owned by the host.
/// </summary>
/// <remarks>
/// One <see cref="KestrelServer"/> without the generic host, container or routing: it starts in a third of the time of the slimmest
/// <c>WebApplication</c> (22 against 75 ms) and takes 8 MiB less, and three fixed paths need none of it.
/// </remarks>
public sealed class StatusServer : IAsyncDisposable
{
    // Read by Kestrel when a server is made. For the whole process: a server of an application around this one gets as strict.
    private const string RefusesBareLineFeeds = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    private readonly List<ListenOptions> _status = [];
    private readonly List<ListenOptions> _admin = [];
    private readonly List<ListenOptions> _gui = [];
    private readonly Dictionary<AdminSurface, ListenOptions> _gateways = [];
    private readonly KestrelServer _server;
    private readonly AdminApplication _application;
    private readonly ILogger _logger;

    static StatusServer() => AppContext.SetSwitch(RefusesBareLineFeeds, true);

    /// <summary>Binds nothing yet.</summary>
    public StatusServer(
        StatusServerOptions options,
        IEdgeState state,
        IConfigurationPublisher publisher,
        EdgeMetrics metrics,
        NodeIdentity node,
        EdgeLog logs,
        TimeProvider time)
        : this(options, state, publisher, metrics, node, logs, time, null)
    {
    }

    internal StatusServer(
        StatusServerOptions options,
        IEdgeState state,
        IConfigurationPublisher publisher,
        EdgeMetrics metrics,
        NodeIdentity node,
        EdgeLog logs,
        TimeProvider time,
        IGatewayState? gateways)
    {
        _logger = logs.CreateLogger("admin");
        EntityEndpoints entities = new(state, options.ShowSecrets);
        UpstreamEndpoints upstreams = new(entities, state, node);
        StatusApi status = new(state, metrics, node, new AdminRouter(upstreams.Reads()), _logger);
        AdminApi admin = new(
            [
                .. new NodeEndpoints(state, node, status, logs.Levels, options.KongExact).Routes(),
                .. new SchemaEndpoints(publisher, time).Routes(),
                .. new ConfigEndpoint(publisher, entities, state, metrics, options, time).Routes(),
                .. upstreams.Routes(),
                .. entities.Routes(),
            ],
            options.ShowsLatency,
            time);
        _application = new AdminApplication(
            options, status, admin, gateways is null ? null : new GatewayApi(gateways, state, metrics, node, logs.Levels), _logger, time);
        var transport = new SocketTransportOptions { IOQueueCount = 1, CreateBoundListenSocket = Bind };
        _server = new KestrelServer(
            Options.Create(Configure(options)), new SocketTransportFactory(Options.Create(transport), logs), logs);
    }

    /// <summary>Bound status addresses, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<EndPoint> StatusAddresses => [.. _status.Select(static listen => listen.EndPoint)];

    /// <summary>Bound admin addresses.</summary>
    public IReadOnlyList<EndPoint> AdminAddresses => [.. _admin.Select(static listen => listen.EndPoint)];

    /// <summary>Bound addresses of Kong Manager.</summary>
    public IReadOnlyList<EndPoint> GuiAddresses => [.. _gui.Select(static listen => listen.EndPoint)];

    /// <summary>Bound address of one of the mesh's surfaces; null when it is off.</summary>
    internal EndPoint? AddressOf(AdminSurface surface) => _gateways.GetValueOrDefault(surface)?.EndPoint;

    /// <summary>Binds and serves; throws <see cref="IOException"/> when an address is taken. Does nothing when no address is given.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_status.Count + _admin.Count + _gui.Count + _gateways.Count == 0)
        {
            return;
        }

        foreach (ListenOptions listen in _status.Concat(_admin).Concat(_gui))
        {
            RemoveStaleSocket(listen.SocketPath);
        }

        await _server.StartAsync(_application, cancellation);
        Announce("status", _status);
        Announce("admin", _admin);
        Announce("admin gui (not served)", _gui);
        Announce("mesh endpoints", [.. _gateways.Values]);
    }

    /// <summary>Stops listening and ends open connections: requests being answered are given until <paramref name="cancellation"/>.</summary>
    public Task StopAsync(CancellationToken cancellation) => _server.StopAsync(cancellation);

    /// <summary>Stops if still running.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    private KestrelServerOptions Configure(StatusServerOptions options)
    {
        HeadLimits head = options.Rules.Limits;
        var kestrel = new KestrelServerOptions
        {
            AddServerHeader = false,
            // As everywhere, the authority of the target replaces Host.
            AllowHostHeaderOverride = true,
            // Any byte is one character, so that a value is judged as it came.
            RequestHeaderEncodingSelector = static _ => Encoding.Latin1,
        };
        kestrel.Limits.RequestHeadersTimeout = options.HeadTimeout;
        kestrel.Limits.KeepAliveTimeout = options.IdleTimeout;
        // These bound what is held; AdminHeadGate draws the exact line.
        kestrel.Limits.MaxRequestLineSize = head.StartLine + 2;
        kestrel.Limits.MaxRequestHeadersTotalSize = head.HeadersTotal + 2;
        kestrel.Limits.MaxRequestHeaderCount = head.HeaderCount;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(1 << 20, Math.Max(head.StartLine, head.HeadersTotal) + 2L);
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        // Who reads a body bounds it; what nobody reads is drained up to this.
        kestrel.Limits.MaxRequestBodySize = options.ConfigBodyLimit == 0 ? null : Math.Max(options.ConfigBodyLimit, 64 * 1024);
        foreach (EndPoint address in options.StatusListen)
        {
            Listen(kestrel, address, AdminSurface.Status, null, _status);
        }

        foreach (EndPoint address in options.AdminListen)
        {
            Listen(kestrel, address, AdminSurface.Admin, null, _admin);
        }

        foreach (EndPoint address in options.GuiListen)
        {
            Listen(kestrel, address, AdminSurface.Gui, null, _gui);
        }

        foreach ((AdminSurface surface, EndPoint address) in options.Gateways)
        {
            List<ListenOptions> bound = [];
            Listen(kestrel, address, surface, null, bound);
            _gateways[surface] = bound[0];
        }

        foreach (AdminListen entry in options.Listen)
        {
            AdminTls tls = new(entry.Certificate, options.HandshakeTimeout, _logger);
            Listen(kestrel, entry.Address, entry.Surface, tls, entry.Surface switch
            {
                AdminSurface.Admin => _admin,
                AdminSurface.Gui => _gui,
                _ => _status,
            });
        }

        return kestrel;
    }

    private static void Listen(KestrelServerOptions kestrel, EndPoint address, AdminSurface surface, AdminTls? tls, List<ListenOptions> into)
    {
        var feature = new AdminSurfaceFeature(surface, tls is not null);
        kestrel.Listen(address, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (tls is not null)
            {
                listen.Use(next => connection => tls.ServeAsync(connection, next));
            }

            listen.Use(next => connection =>
            {
                connection.Features.Set(feature);
                return next(connection);
            });
            into.Add(listen);
        });
    }

    // As nginx binds: an IPv6 wildcard leaves IPv4 to its own entry of the list.
    private static Socket Bind(EndPoint address)
    {
        try
        {
            return address is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 }
                ? BindVersion6(address)
                : SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        }
        catch (SocketException exception) when (exception.SocketErrorCode != SocketError.AddressAlreadyInUse)
        {
            // An address that is taken is told by the server itself.
            throw new IOException($"Failed to bind to address {address}: {exception.Message}", exception);
        }
    }

    private static Socket BindVersion6(EndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = false };
        try
        {
            socket.Bind(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The socket of a process that was killed stays behind and would refuse the next start; one that answers is in use.
    private static void RemoveStaleSocket(string? path)
    {
        if (path is null || PathKinds.Of(path, followLinks: false) != PathKind.Socket)
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
        }
    }

    private void Announce(string surface, List<ListenOptions> bound)
    {
        foreach (ListenOptions listen in bound)
        {
            Log.AdminListening(_logger, surface, listen.EndPoint.ToString() ?? string.Empty);
        }
    }
}
