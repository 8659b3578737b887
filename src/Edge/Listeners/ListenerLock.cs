using System.Net;
using System.Net.Sockets;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Listeners;

/// <summary>
/// Tells a second process apart from our own loops. With SO_REUSEPORT two processes could share a port unnoticed, so each address is first
/// bound without it for a moment and then held by an abstract Unix socket named after it. Disposing releases the name.
/// </summary>
internal sealed class ListenerLock : IDisposable
{
    private readonly Socket _holder;

    private ListenerLock(Socket holder) => _holder = holder;

    /// <summary>Takes the lock; null where it does not apply (port 0, Unix sockets, other systems). Throws when another holds it.</summary>
    public static ListenerLock? Take(ListenAddress address)
    {
        if (address.Ip is not { } ip || address.Port == 0 || !OperatingSystem.IsLinux())
        {
            return null;
        }

        Socket holder = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            holder.Bind(new UnixDomainSocketEndPoint($"\0voltage-edge:{new IPEndPoint(ip, address.Port)}"));
            using Socket probe = new(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(ip, address.Port));
            return new ListenerLock(holder);
        }
        catch (SocketException exception)
        {
            holder.Dispose();
            throw new IOException($"{address.Text}: {exception.Message}", exception);
        }
    }

    public void Dispose() => _holder.Dispose();
}
