namespace VoltageSoda.Edge.Transport;

/// <summary>
/// Tells about the other side while nobody reads, without allocating. Every connection of this transport implements it:
/// cast the ConnectionContext. Loop thread only.
/// </summary>
public interface IConnectionLifeSignal
{
    /// <summary>Told once about each event, on the loop; null for nobody. An event that already happened is not repeated.</summary>
    IConnectionLifeObserver? LifeObserver { get; set; }

    /// <summary>True once the connection was reset, timed out or aborted: nothing more can be sent.</summary>
    bool IsReset { get; }

    /// <summary>
    /// Off (default): reads of a reset or aborted connection throw ConnectionResetException or ConnectionAbortedException, as Kestrel's do.
    /// On: they end with IsCompleted, which costs no exception, and the reader must look at <see cref="IsReset"/> before it takes the end of
    /// the bytes for their proper end.
    /// </summary>
    bool EndsQuietly { get; set; }

    /// <summary>True once the other side has sent FIN. Bytes before it may still wait to be read.</summary>
    bool IsHalfClosed { get; }
}
