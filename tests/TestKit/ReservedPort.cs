using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace VoltageSoda.Edge.TestKit;

/// <summary>
/// A loopback port that is held for whoever is told its number: a socket is bound to it and does not listen. Connecting is refused; a listener
/// with SO_REUSEADDR (those of .NET, of the edge, of Redis and of Prometheus) may open on it, end and open again; the kernel gives the number
/// to nobody else. Disposing lets go of it.
/// </summary>
public sealed class ReservedPort : IDisposable
{
    // Tests speak of the port of an upstream that has ended: nobody else may answer there while they do.
    private const int Retained = 1024;

    private static readonly ConcurrentQueue<ReservedPort> Ended = new();

    private readonly Socket _holder;

    private ReservedPort(int number, IPAddress? address = null)
    {
        _holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _holder.Bind(new IPEndPoint(address ?? IPAddress.Loopback, number));
        EndPoint = (IPEndPoint)_holder.LocalEndPoint!;
    }

    /// <summary>The address, where nobody listens until the test makes somebody.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Its port.</summary>
    public int Number => EndPoint.Port;

    /// <summary>The address as a target is written.</summary>
    public string Address => EndPoint.ToString();

    /// <summary>Holds a port that was free.</summary>
    public static ReservedPort Take() => new(0);

    /// <summary>Holds a port on which nobody listens now; of another loopback address where one is given.</summary>
    public static ReservedPort Take(int number, IPAddress? address = null) => new(number, address);

    /// <summary>Goes on holding it for the next thousand that come here.</summary>
    public void Retain()
    {
        Ended.Enqueue(this);
        if (Ended.Count > Retained && Ended.TryDequeue(out ReservedPort? oldest))
        {
            oldest.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _holder.Dispose();
}
