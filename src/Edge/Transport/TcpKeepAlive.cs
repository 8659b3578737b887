namespace VoltageSoda.Edge.Transport;

/// <summary>Probes of an idle TCP connection; each value is the operating system's where it is 0. Immutable.</summary>
/// <param name="Time">Seconds of silence before the first probe.</param>
/// <param name="Interval">Seconds between probes.</param>
/// <param name="Probes">Unanswered probes until the connection is dead.</param>
public sealed record TcpKeepAlive(int Time, int Interval, int Probes);

/// <summary>A connection whose socket can be probed while it is idle: every TCP connection of the transports. Loop thread only.</summary>
internal interface IProbedConnection
{
    /// <summary>Switches probes on. What the system refuses is left as it is.</summary>
    void KeepAlive(TcpKeepAlive settings);
}
