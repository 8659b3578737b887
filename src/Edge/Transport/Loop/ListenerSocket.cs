using System.Net;
using System.Net.Sockets;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// One listening socket. Loops that cannot have a socket each share it: the last to release it closes it. Counting is thread-safe.
/// </summary>
internal sealed class ListenerSocket
{
    // nginx gives a deferred accept its client header timeout; this is that default.
    private const int DeferSeconds = 60;

    private readonly string? _path;
    private int _users = 1;

    private ListenerSocket(int descriptor, EndPoint endPoint, string? path, bool isShared)
    {
        IsShared = isShared;
        Descriptor = descriptor;
        EndPoint = endPoint;
        _path = path;
    }

    public int Descriptor { get; }

    /// <summary>The address bound, with the port the kernel chose for port 0.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>True when several loops may watch it.</summary>
    public bool IsShared { get; }

    /// <summary>True when a second socket cannot be bound to the same address.</summary>
    public static bool NeedsSharing(EndPoint endPoint, ListenerSocketOptions options) =>
        !options.ReusePort || endPoint is UnixDomainSocketEndPoint;

    /// <summary>Binds and listens, or throws as Kestrel's transports do.</summary>
    public static ListenerSocket Open(EndPoint endPoint, ListenerSocketOptions options)
    {
        int family = endPoint switch
        {
            IPEndPoint { AddressFamily: AddressFamily.InterNetwork } => Libc.AddressFamilyInet,
            IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } => Libc.AddressFamilyInet6,
            UnixDomainSocketEndPoint => Libc.AddressFamilyUnix,
            _ => throw new NotSupportedException($"Cannot listen on {endPoint}."),
        };
        int descriptor = Libc.Socket(family, Libc.SockStream | Libc.SockNonBlock | Libc.SockCloseOnExec, 0);
        if (descriptor < 0)
        {
            throw LinuxError.ToException("socket", Libc.LastError);
        }

        try
        {
            SetOptions(descriptor, family, options);
            return BindAndListen(descriptor, endPoint, options);
        }
        catch
        {
            _ = Libc.Close(descriptor);
            throw;
        }
    }

    /// <summary>One more loop uses the socket. False when the last has just let go of it.</summary>
    public bool TryShare()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    /// <summary>One loop less uses the socket.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _ = Libc.Close(Descriptor);
            if (_path is not null && PathKinds.Of(_path, followLinks: false) == PathKind.Socket)
            {
                File.Delete(_path);
            }
        }
    }

    private static void SetOptions(int descriptor, int family, ListenerSocketOptions options)
    {
        if (family == Libc.AddressFamilyUnix)
        {
            return;
        }

        Set(descriptor, Libc.SolSocket, Libc.SoReuseAddr, 1);
        if (options.ReusePort)
        {
            Set(descriptor, Libc.SolSocket, Libc.SoReusePort, 1);
        }

        if (family == Libc.AddressFamilyInet6)
        {
            Set(descriptor, Libc.ProtocolIPv6, Libc.IPv6Only, options.IPv6Only ? 1 : 0);
        }

        // Accepted sockets inherit all of these on Linux, which saves a call per connection.
        Set(descriptor, Libc.ProtocolTcp, Libc.TcpNoDelay, 1);
        if (options.DeferAccept)
        {
            Set(descriptor, Libc.ProtocolTcp, Libc.TcpDeferAccept, DeferSeconds);
        }

        if (options.KeepAlive)
        {
            Set(descriptor, Libc.SolSocket, Libc.SoKeepAlive, 1);
            SetIfGiven(descriptor, Libc.TcpKeepIdle, options.KeepAliveIdleSeconds);
            SetIfGiven(descriptor, Libc.TcpKeepInterval, options.KeepAliveIntervalSeconds);
            SetIfGiven(descriptor, Libc.TcpKeepCount, options.KeepAliveProbes);
        }
    }

    private static void SetIfGiven(int descriptor, int option, int value)
    {
        if (value > 0)
        {
            Set(descriptor, Libc.ProtocolTcp, option, value);
        }
    }

    private static void Set(int descriptor, int level, int option, int value)
    {
        if (Libc.SetSocketOption(descriptor, level, option, value) != 0)
        {
            throw LinuxError.ToException($"setsockopt({level}, {option})", Libc.LastError);
        }
    }

    private static unsafe ListenerSocket BindAndListen(int descriptor, EndPoint endPoint, ListenerSocketOptions options)
    {
        string? path = endPoint is UnixDomainSocketEndPoint unix && unix.ToString() is { Length: > 0 } text && text[0] != '@' ? text : null;
        using var address = new SocketAddressBuffer();
        address.Write(endPoint);
        if (Libc.Bind(descriptor, address.Pointer, *address.LengthPointer) != 0)
        {
            int error = Libc.LastError;
            if (error != Libc.Error.AddressInUse || path is null || !RemoveStale(path, address)
                || Libc.Bind(descriptor, address.Pointer, *address.LengthPointer) != 0)
            {
                throw LinuxError.ToException($"bind({endPoint})", error);
            }
        }

        if (Libc.Listen(descriptor, options.Backlog) != 0)
        {
            throw LinuxError.ToException($"listen({endPoint})", Libc.LastError);
        }

        EndPoint bound = path is null && address.ReadSocketName(descriptor)
            ? SocketAddressBuffer.Read(address.Bytes) ?? endPoint
            : endPoint;
        return new ListenerSocket(descriptor, bound, path, NeedsSharing(endPoint, options));
    }

    // A socket file that nobody answers on was left behind by a process that died. A file or link by a mistyped path is somebody's, though
    // connecting to it is refused too.
    private static unsafe bool RemoveStale(string path, SocketAddressBuffer address)
    {
        if (PathKinds.Of(path, followLinks: false) != PathKind.Socket)
        {
            return false;
        }

        int probe = Libc.Socket(Libc.AddressFamilyUnix, Libc.SockStream | Libc.SockNonBlock | Libc.SockCloseOnExec, 0);
        if (probe < 0)
        {
            return false;
        }

        bool refused = Libc.Connect(probe, address.Pointer, *address.LengthPointer) != 0
            && Libc.LastError == Libc.Error.ConnectionRefused;
        _ = Libc.Close(probe);
        if (refused)
        {
            File.Delete(path);
        }

        return refused;
    }
}
