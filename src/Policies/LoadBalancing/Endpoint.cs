namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// One upstream address with its live counters. Lives as long as anything refers to it: sets built by later reloads share it, so
/// counts survive. Thread-safe; the counters sit on their own cache lines.
/// </summary>
public sealed class Endpoint
{
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
    public int ActiveRequests => throw new NotImplementedException();

    public void RequestStarted() => throw new NotImplementedException();

    public void RequestEnded() => throw new NotImplementedException();
}
