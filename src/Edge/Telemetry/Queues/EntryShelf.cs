namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>
/// Spare entries of one loop. The loop takes from a list of its own; whoever is done with an entry pushes it to a second list, which the
/// loop takes over as a whole when its own is empty: a push is one compare-and-swap, and nothing is ever popped from under another thread.
/// </summary>
public sealed class EntryShelf
{
    /// <summary>Spare entries kept; more go to the collector.</summary>
    private const int Kept = 1024;

    private QueueEntry? _own;
    private QueueEntry? _returned;
    private int _returnedCount;

    /// <summary>An empty entry. The owning loop only; allocates only when nothing came back yet.</summary>
    public QueueEntry Rent()
    {
        QueueEntry? entry = _own;
        if (entry is null && Volatile.Read(ref _returned) is not null)
        {
            Volatile.Write(ref _returnedCount, 0);
            entry = Interlocked.Exchange(ref _returned, null);
        }

        if (entry is null)
        {
            return new QueueEntry(this);
        }

        _own = entry.Next;
        entry.Next = null;
        return entry;
    }

    /// <summary>Takes an entry back. Any thread.</summary>
    internal void Return(QueueEntry entry)
    {
        entry.Reset();
        if (Interlocked.Increment(ref _returnedCount) > Kept)
        {
            return;
        }

        QueueEntry? seen = Volatile.Read(ref _returned);
        while (true)
        {
            entry.Next = seen;
            QueueEntry? now = Interlocked.CompareExchange(ref _returned, entry, seen);
            if (now == seen)
            {
                return;
            }

            seen = now;
        }
    }
}
