using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Upstream;

/// <content>The placement of keys, which follows health a moment later.</content>
internal sealed partial class Cluster : IThreadPoolWorkItem
{
    private int _isPlacing;

    // Placing takes up to milliseconds. Until it is done the old placement holds, and what may not be picked is skipped on it.
    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isPlacing, 0);
        Interlocked.MemoryBarrier();
        while (true)
        {
            EndpointSet seen = Volatile.Read(ref _endpoints);
            EndpointSet placed = seen.WithPlacements();
            if (ReferenceEquals(placed, seen) || Interlocked.CompareExchange(ref _endpoints, placed, seen) == seen)
            {
                return;
            }
        }
    }

    private void PlaceKeysSoon(EndpointSet set)
    {
        if (!set.HasCurrentPlacements && Interlocked.Exchange(ref _isPlacing, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
