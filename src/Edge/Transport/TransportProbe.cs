using System.Runtime.InteropServices;
using VoltageSoda.Edge.Transport.Loop;
using VoltageSoda.Edge.Transport.Sockets;

namespace VoltageSoda.Edge.Transport;

/// <summary>Chooses and creates the back end. Stateless.</summary>
public static class TransportProbe
{
    /// <summary>
    /// Turns <c>EDGE_TRANSPORT</c> (auto, epoll, sockets) into a kind that works here. False when the setting is unknown or asks for
    /// what this machine does not offer; <paramref name="reason"/> says why the choice was made or refused.
    /// </summary>
    public static bool TrySelect(string setting, out TransportKind kind, out string reason)
    {
        kind = TransportKind.Sockets;
        switch (setting)
        {
            case "auto":
                if (HasEpoll(out reason))
                {
                    kind = TransportKind.Epoll;
                }

                return true;
            case "epoll":
                kind = TransportKind.Epoll;
                return HasEpoll(out reason);
            case "sockets":
                reason = "chosen by the setting";
                return true;
            default:
                reason = $"'{setting}' is not one of auto, epoll, sockets";
                return false;
        }
    }

    /// <summary>Creates the transport and starts its loops.</summary>
    public static ITransport Create(TransportKind kind, TransportOptions options) => kind switch
    {
        TransportKind.Epoll => new EpollTransport(options),
        TransportKind.Sockets => new SerialTransport(options),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

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
