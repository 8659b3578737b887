namespace VoltageSoda.Edge.Snapshot;

/// <summary>The published configuration. Written by the reload loop, read once per exchange. Thread-safe.</summary>
internal sealed class SnapshotHolder(EdgeSnapshot initial)
{
    private EdgeSnapshot _current = initial;

    public EdgeSnapshot Current => Volatile.Read(ref _current);

    public void Publish(EdgeSnapshot next) => Volatile.Write(ref _current, next);
}
