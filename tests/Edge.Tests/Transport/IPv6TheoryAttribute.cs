using System.Net;
using System.Net.Sockets;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>A theory for machines that have an IPv6 loopback address; elsewhere it shows as skipped, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class IPv6TheoryAttribute : TheoryAttribute
{
    public IPv6TheoryAttribute()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        }
        catch (SocketException)
        {
            Skip = "This machine has no IPv6 loopback address.";
        }
    }
}
