namespace VoltageSoda.Edge.Policies.Limits;

/// <summary>
/// Counts permits in use and never passes its limit, whatever the number of threads. Lock-free. Used for connections, pending
/// requests, active requests and retries of a cluster.
/// </summary>
public sealed class PermitCounter
{
    /// <param name="limit">Most permits in use, 0..int.MaxValue (int.MaxValue: no limit).</param>
    public PermitCounter(int limit)
    {
        Limit = limit;
    }

    /// <summary>The limit; may be changed while serving. Lowering it takes effect as permits come back.</summary>
    public int Limit { get; set; }

    public int InUse => throw new NotImplementedException();

    public bool TryAcquire() => throw new NotImplementedException();

    /// <summary>Returns a permit that was acquired.</summary>
    public void Release() => throw new NotImplementedException();
}
