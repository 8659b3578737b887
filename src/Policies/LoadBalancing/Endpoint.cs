using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// One upstream address with its live counters. Lives as long as anything refers to it: sets built by later reloads share it, so
/// counts survive. Thread-safe; the counters sit on their own cache lines.
/// </summary>
public sealed class Endpoint
{
    private Counters _counters;

    /// <param name="address">Identity: <c>ip:port</c>, <c>[ip]:port</c> or a socket path.</param>
    /// <param name="hostName">The configured name behind the address (Host header, TLS name), or the address itself.</param>
    /// <param name="tag">What the owner of connections wants to find again from a pick (an IPEndPoint, a pool key); not used here.</param>
    public Endpoint(string address, string hostName, object? tag = null)
    {
        Address = address;
        HostName = hostName;
        Tag = tag;
    }

    public string Address { get; }

    public string HostName { get; }

    public object? Tag { get; }

    /// <summary>Requests in flight to this endpoint, over all loops.</summary>
    public int ActiveRequests => Volatile.Read(ref _counters.Active);

    /// <summary>Requests ever sent to this endpoint.</summary>
    public long TotalRequests => Volatile.Read(ref _counters.Total);

    public void RequestStarted()
    {
        Interlocked.Increment(ref _counters.Active);
        Interlocked.Increment(ref _counters.Total);
    }

    public void RequestEnded() => Interlocked.Decrement(ref _counters.Active);

    public override string ToString() => Address;

    // Written by every loop: a line of their own keeps them away from the fields above, which every pick reads.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Counters
    {
        [FieldOffset(64)]
        public int Active;

        [FieldOffset(72)]
        public long Total;
    }
}
