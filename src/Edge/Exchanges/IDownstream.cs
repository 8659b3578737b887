using System.Net;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The client's side of an exchange, whatever protocol it speaks: what the steps ask of it and what a drain tells it. Loop-thread only.
/// </summary>
internal interface IDownstream
{
    /// <summary>Whether another request may follow on this connection (<c>EDGE_LIMIT_CONN_REQUESTS</c>).</summary>
    bool MayServeMore { get; }

    /// <summary>Nothing is being received or answered.</summary>
    bool IsIdle { get; }

    /// <summary>The client has ended its side: it sends nothing more and may still read.</summary>
    bool IsHalfClosed { get; }

    /// <summary>Number of the connection, unique in this process.</summary>
    long Serial { get; }

    /// <summary>Requests begun on the connection, the one in hand included.</summary>
    int Served { get; }

    /// <summary>The address the connection was accepted on; none for a Unix-domain socket.</summary>
    ClientAddress LocalAddress { get; }

    /// <summary>Where the connection was accepted, with its port; null when it is not known.</summary>
    EndPoint? LocalEndPoint { get; }

    /// <summary>Where it came in; null on a Kong listener.</summary>
    Mesh.GatewayEntry? Gateway { get; }

    /// <summary>Bytes the client took while flushes waited; only differences mean something.</summary>
    long BytesMoved { get; }

    /// <summary>
    /// Reads what is left of a request body after its answer, within the drain limits, so that the connection can be kept; false when it
    /// has to end.
    /// </summary>
    ValueTask<bool> DrainBodyAsync(Exchange exchange);

    /// <summary>Carries an upgraded connection until either side ends.</summary>
    ValueTask TunnelAsync(Exchange exchange);

    /// <summary>Ends an idle connection now and a busy one after its answer.</summary>
    void StopPolitely();

    /// <summary>Cuts whatever goes on.</summary>
    void Cut();
}
