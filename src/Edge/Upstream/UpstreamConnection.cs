using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Upstream;

/// <summary>
/// One connection to an endpoint. Owned by one loop; leased to one attempt at a time, which returns it to its <see cref="Pool"/> exactly
/// once. Not thread-safe.
/// </summary>
internal sealed class UpstreamConnection
{
    public UpstreamConnection(ConnectionContext transport, ConnectionPool pool, long createdAt)
    {
        Transport = transport;
        Input = transport.Transport.Input;
        Output = transport.Transport.Output;
        Pool = pool;
        CreatedAt = createdAt;
        Life = transport as IConnectionLifeSignal;
        if (Life is { } life)
        {
            // Upstreams reset often enough that an exception for each would be a cost of its own.
            life.EndsQuietly = true;
        }
    }

    public ConnectionContext Transport { get; }

    /// <summary>Tells a reset from a close; null on a transport that cannot.</summary>
    public IConnectionLifeSignal? Life { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public ConnectionPool Pool { get; }

    /// <summary>Loop time of the connect, in milliseconds.</summary>
    public long CreatedAt { get; }

    /// <summary>Loop time since when it is idle, in milliseconds.</summary>
    public long IdleSince { get; set; }

    /// <summary>Exchanges begun on it.</summary>
    public int Requests { get; set; }

    /// <summary>Whether it holds a place among the cluster's requests in flight; set by the pool only.</summary>
    internal bool HoldsRequest { get; set; }

    /// <summary>Whether an earlier exchange was completed on it, so that a close before any byte may be a keep-alive race.</summary>
    public bool IsReused => Requests > 1;

    /// <summary>Next older idle connection; set by the pool only.</summary>
    internal UpstreamConnection? NextIdle { get; set; }
}
