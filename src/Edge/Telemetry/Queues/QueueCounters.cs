namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>
/// What came into the queues of one name, and what became of it: entered = sent + dropped + waiting, at any time at which no thread is
/// between two of these. Kept over reloads. Any thread.
/// </summary>
public sealed class QueueCounters
{
    private static readonly int Reasons = Enum.GetValues<QueueDrop>().Length;

    private readonly long[] _dropped = new long[Reasons];
    private long _entered;
    private long _sent;
    private long _failures;
    private long _waiting;
    private long _waitingBytes;

    /// <summary>Entries handed to the queue.</summary>
    public long Entered => Interlocked.Read(ref _entered);

    /// <summary>Entries of batches that were taken by the other side.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Attempts that failed, whatever became of the batch.</summary>
    public long FailedAttempts => Interlocked.Read(ref _failures);

    /// <summary>Entries that wait, those being sent included.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    /// <summary>Bytes of the entries that wait.</summary>
    public long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    /// <summary>Entries never sent, over all reasons.</summary>
    public long TotalDropped => Enum.GetValues<QueueDrop>().Sum(Dropped);

    /// <summary>Entries never sent for one reason.</summary>
    public long Dropped(QueueDrop reason) => Interlocked.Read(ref _dropped[(int)reason]);

    internal void CountEntered(int bytes)
    {
        Interlocked.Increment(ref _entered);
        Interlocked.Increment(ref _waiting);
        Interlocked.Add(ref _waitingBytes, bytes);
    }

    internal void CountSent(int entries, long bytes)
    {
        Interlocked.Add(ref _sent, entries);
        Interlocked.Add(ref _waiting, -entries);
        Interlocked.Add(ref _waitingBytes, -bytes);
    }

    internal void CountDropped(QueueDrop reason, int entries, long bytes)
    {
        Interlocked.Add(ref _dropped[(int)reason], entries);
        Interlocked.Add(ref _waiting, -entries);
        Interlocked.Add(ref _waitingBytes, -bytes);
    }

    /// <summary>Entries that a full queue did not even want to be written.</summary>
    internal void CountSkipped(int entries)
    {
        Interlocked.Add(ref _entered, entries);
        Interlocked.Add(ref _dropped[(int)QueueDrop.Full], entries);
    }

    internal void CountFailure() => Interlocked.Increment(ref _failures);
}
