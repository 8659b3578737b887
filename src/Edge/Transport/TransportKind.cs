namespace VoltageSoda.Edge.Transport;

/// <summary>The back ends of <see cref="ITransport"/>.</summary>
public enum TransportKind
{
    /// <summary>Own event loops on Linux epoll.</summary>
    Epoll,

    /// <summary>The same loops, which make the receives and the sends of a turn in one call each through an io_uring.</summary>
    Uring,

    /// <summary>Kestrel's stock socket transport with each loop as a serial executor. Portable.</summary>
    Sockets,
}
