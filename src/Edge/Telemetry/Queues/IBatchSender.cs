namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>Takes the batches of one queue to the other side. Called by the queue's consumer, one batch at a time.</summary>
public interface IBatchSender : IDisposable
{
    /// <summary>
    /// Sends one batch; returns null when it was taken, else why not (shown in the log; without secrets). The entries are borrowed until
    /// the task ends. A thrown exception counts as a failed attempt.
    /// </summary>
    /// <param name="batch">At least one entry, oldest first.</param>
    /// <param name="cancellation">Cancelled when the process cannot wait any longer.</param>
    ValueTask<string?> SendAsync(IReadOnlyList<QueueEntry> batch, CancellationToken cancellation);

    /// <summary>Closes what it keeps open for further batches; the next one, should there be any, connects anew.</summary>
    void Disconnect();
}
