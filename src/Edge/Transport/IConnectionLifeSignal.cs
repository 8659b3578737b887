namespace VoltageSoda.Edge.Transport;

/// <summary>
/// Tells about the other side while nobody reads, without allocating. Every connection of this transport implements it:
/// cast the ConnectionContext. Loop thread only.
/// </summary>
public interface IConnectionLifeSignal
{
    /// <summary>Told once about each event, on the loop; null for nobody. An event that already happened is not repeated.</summary>
    IConnectionLifeObserver? LifeObserver { get; set; }

    /// <summary>True once the connection was reset or timed out: nothing more can be sent.</summary>
    bool IsReset { get; }

    /// <summary>True once the other side has sent FIN. Bytes before it may still wait to be read.</summary>
    bool IsHalfClosed { get; }
}
