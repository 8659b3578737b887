using System.Runtime.InteropServices;
using VoltageSoda.Edge.Transport.Loop;
using VoltageSoda.Edge.Transport.Sockets;

namespace VoltageSoda.Edge.Transport;

/// <summary>Chooses and creates the back end. Stateless.</summary>
public static class TransportProbe
{
    /// <summary>
    /// Turns <c>EDGE_TRANSPORT</c> (auto, uring, epoll, sockets) into a kind that works here. False when the setting is unknown or asks for
    /// what this machine does not offer; <paramref name="reason"/> says why the choice was made or refused.
    /// </summary>
    public static bool TrySelect(string setting, out TransportKind kind, out string reason)
    {
        kind = TransportKind.Sockets;
        switch (setting)
        {
            case "auto":
                kind = !HasEpoll(out reason) ? TransportKind.Sockets : HasRing(ref reason) ? TransportKind.Uring : TransportKind.Epoll;
                return true;
            case "uring":
                kind = TransportKind.Uring;
                return HasEpoll(out reason) && HasRing(ref reason);
            case "epoll":
                kind = TransportKind.Epoll;
                return HasEpoll(out reason);
            case "sockets":
                reason = "chosen by the setting";
                return true;
            default:
                reason = $"'{setting}' is not one of auto, uring, epoll, sockets";
                return false;
        }
    }

    /// <summary>Creates the transport and starts its loops.</summary>
    public static ITransport Create(TransportKind kind, TransportOptions options) => kind switch
    {
        TransportKind.Epoll => new EpollTransport(options),
        TransportKind.Uring => new EpollTransport(options, rings: true),
        TransportKind.Sockets => new SerialTransport(options),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    // A real probe: a ring that moves a byte through a socket pair. Seccomp profiles and kernel.io_uring_disabled forbid the set-up.
    private static unsafe bool HasRing(ref string reason)
    {
        int error = IoRing.TryCreate(2, out IoRing? ring);
        if (ring is null)
        {
            reason += $", io_uring is not (io_uring_setup failed with error {error})";
            return false;
        }

        int* pair = stackalloc int[2];
        byte* bytes = stackalloc byte[2];
        bool works = false;
        if (Libc.SocketPair(Libc.AddressFamilyUnix, Libc.SockStream | Libc.SockNonBlock | Libc.SockCloseOnExec, 0, pair) == 0)
        {
            _ = ring.Send(pair[0], bytes, 1);
            _ = ring.Receive(pair[1], bytes + 1, 1);
            ring.Submit();
            works = ring.Result(0) == 1 && ring.Result(1) == 1;
            _ = Libc.Close(pair[0]);
            _ = Libc.Close(pair[1]);
        }

        ring.Dispose();
        reason = works ? "Linux io_uring and epoll are available" : reason + ", io_uring does not carry out sends and receives";
        return works;
    }

    private static bool HasEpoll(out string reason)
    {
        if (!OperatingSystem.IsLinux())
        {
            reason = "epoll needs Linux";
            return false;
        }

        if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            reason = $"epoll is not supported on {RuntimeInformation.ProcessArchitecture}";
            return false;
        }

        int epoll = Libc.EpollCreate(Libc.SockCloseOnExec);
        if (epoll < 0)
        {
            reason = $"epoll_create1 failed with error {Libc.LastError}";
            return false;
        }

        _ = Libc.Close(epoll);
        reason = "Linux epoll is available";
        return true;
    }
}
