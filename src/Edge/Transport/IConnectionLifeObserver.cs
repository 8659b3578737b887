namespace VoltageSoda.Edge.Transport;

/// <summary>Hears of a connection's end through <see cref="IConnectionLifeSignal"/>. Called on the loop thread.</summary>
public interface IConnectionLifeObserver
{
    /// <summary>The other side sent FIN: it will send nothing more, but may still read.</summary>
    void OnHalfClosed();

    /// <summary>The connection was reset or timed out: both directions are gone.</summary>
    void OnReset();
}
