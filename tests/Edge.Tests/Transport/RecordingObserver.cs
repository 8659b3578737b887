using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Counts what a connection tells about its other side.</summary>
internal sealed class RecordingObserver : IConnectionLifeObserver
{
    private int _halfClosed;
    private int _reset;

    public int HalfClosed => Volatile.Read(ref _halfClosed);

    public int Reset => Volatile.Read(ref _reset);

    public bool AlwaysOnLoop { get; private set; } = true;

    public void OnHalfClosed()
    {
        AlwaysOnLoop &= EventLoop.Current is not null;
        Interlocked.Increment(ref _halfClosed);
    }

    public void OnReset()
    {
        AlwaysOnLoop &= EventLoop.Current is not null;
        Interlocked.Increment(ref _reset);
    }
}
