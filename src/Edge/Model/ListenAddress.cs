using System.Net;

namespace VoltageSoda.Edge.Model;

/// <summary>
/// One entry of Kong's listen syntax (<c>kong/conf_loader/listeners.lua</c>): an IP and port or a Unix socket, with flags. Immutable.
/// </summary>
public sealed record ListenAddress
{
    /// <summary>Address; null for a Unix socket.</summary>
    public IPAddress? Ip { get; init; }

    /// <summary>Port; 0 for a Unix socket.</summary>
    public int Port { get; init; }

    /// <summary>Path of a Unix socket; null for IP.</summary>
    public string? UnixPath { get; init; }

    /// <summary>TLS.</summary>
    public bool Ssl { get; init; }

    /// <summary>HTTP/2.</summary>
    public bool Http2 { get; init; }

    /// <summary>A PROXY header is required.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>TCP_DEFER_ACCEPT.</summary>
    public bool Deferred { get; init; }

    /// <summary>As written; every listener has a socket of its own.</summary>
    public bool Bind { get; init; }

    /// <summary>As written; each loop always has its own SO_REUSEPORT socket.</summary>
    public bool ReusePort { get; init; }

    /// <summary>False lets an IPv6 wildcard take IPv4 too; null is nginx's default (on).</summary>
    public bool? Ipv6Only { get; init; }

    /// <summary>Accept backlog; null is the default.</summary>
    public int? Backlog { get; init; }

    /// <summary>TCP keep-alive; null is the system default.</summary>
    public KeepAliveOption? KeepAlive { get; init; }

    /// <summary>As written.</summary>
    public required string Text { get; init; }

    /// <summary>True for a loopback address or a Unix socket.</summary>
    public bool IsLocal => UnixPath is not null || IPAddress.IsLoopback(Ip!);

    /// <summary>The end point to bind.</summary>
    public EndPoint EndPoint => UnixPath is { } path
        ? new System.Net.Sockets.UnixDomainSocketEndPoint(path)
        : new IPEndPoint(Ip!, Port);
}

/// <summary><c>so_keepalive=on|off|[idle]:[interval]:[count]</c>.</summary>
/// <param name="On">False switches it off.</param>
/// <param name="IdleSeconds">TCP_KEEPIDLE; null is the system's.</param>
/// <param name="IntervalSeconds">TCP_KEEPINTVL; null is the system's.</param>
/// <param name="Count">TCP_KEEPCNT; null is the system's.</param>
public sealed record KeepAliveOption(bool On, int? IdleSeconds, int? IntervalSeconds, int? Count);
