namespace VoltageSoda.Edge.Telemetry;

/// <summary>The connection counters summed over the loops, as nginx's stub status names them. Taken without stopping the loops.</summary>
public readonly record struct ConnectionTotals(
    long Accepted, long Handled, long Active, long Reading, long Writing, long Waiting, long Requests)
{
    /// <summary>Reads the loops one after the other; sums may be a few events apart. Gauges never show below zero.</summary>
    public static ConnectionTotals Read(EdgeMetrics metrics)
    {
        long accepted = 0, handled = 0, active = 0, reading = 0, writing = 0, waiting = 0, requests = 0;
        foreach (LoopMetrics loop in metrics.Loops)
        {
            accepted += loop.Accepted;
            handled += loop.Handled;
            active += loop.Active;
            reading += loop.Phase(ConnectionPhase.Reading);
            writing += loop.Phase(ConnectionPhase.Writing);
            waiting += loop.Phase(ConnectionPhase.Waiting);
            requests += loop.Requests;
        }

        return new ConnectionTotals(
            accepted, handled, Math.Max(active, 0), Math.Max(reading, 0), Math.Max(writing, 0), Math.Max(waiting, 0), requests);
    }
}
