using System.Net;
using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Upstream;

/// <summary>
/// One address of a cluster as this process connects to it: the socket address, the policy's view of it and a connection pool per loop.
/// Kept over reloads under its identity (cluster, address, Host field, TLS settings), so pools and counters survive. Pools are touched on their own loop only.
/// </summary>
internal sealed class UpstreamEndpoint
{
    private readonly ConnectionPool?[] _pools;
    private volatile bool _retired;
    private volatile Cluster? _cluster;
    private volatile PoolSettings? _settings;
    private long _probedAt;
    private int _connections;
    private EndpointPlace _place = EndpointPlace.Nowhere;

    public UpstreamEndpoint(
        string identity, EndPoint address, string hostHeader, PermitLedger ledger, ClusterMetrics metrics, int loops, UpstreamTls? tls = null)
    {
        Tls = tls;
        Identity = identity;
        Address = address;
        Ledger = ledger;
        Metrics = metrics;
        HostHeader = Encoding.ASCII.GetBytes(hostHeader);
        Name = address.ToString() ?? identity;
        NameUtf8 = Encoding.ASCII.GetBytes(Name);
        Policy = new Endpoint(Name, hostHeader, this);
        _pools = new ConnectionPool?[loops];
    }

    /// <summary>Key in the state registry.</summary>
    public string Identity { get; }

    public EndPoint Address { get; }

    /// <summary>Address as text, for logs.</summary>
    public string Name { get; }

    public ReadOnlyMemory<byte> NameUtf8 { get; }

    /// <summary>Host field of requests to it unless the client's is preserved: host name, with the port unless it is the scheme's own.</summary>
    public ReadOnlyMemory<byte> HostHeader { get; }

    /// <summary>How connections to it are secured; null over plain TCP.</summary>
    public UpstreamTls? Tls { get; }

    public PermitLedger Ledger { get; }

    /// <summary>Counters of its cluster.</summary>
    public ClusterMetrics Metrics { get; }

    /// <summary>What balancers and detectors know of it.</summary>
    public Endpoint Policy { get; }

    /// <summary>Envoy's counters of its cluster; null where nothing guards it.</summary>
    public ClusterStats? Stats { get; init; }

    /// <summary>Envoy's counters of it; null where nothing guards its cluster.</summary>
    public EndpointStats? Traffic { get; init; }

    /// <summary>Connections to it now, opening ones included, where the ledger counts them.</summary>
    public int ActiveConnections => Volatile.Read(ref _connections);

    /// <summary>Where it is and who it is in metrics, as the configuration in force says.</summary>
    public EndpointPlace Place
    {
        get => Volatile.Read(ref _place);
        set => Volatile.Write(ref _place, value);
    }

    /// <summary>Settings of its pools; null for those of the process.</summary>
    public PoolSettings? PoolSettings => _settings;

    /// <summary>Connections to it over all loops, where the ledger counts them; guarded by the ledger.</summary>
    internal ref int Connections => ref _connections;

    /// <summary>The cluster that published it last: where a change of its health has to count. Any thread.</summary>
    public Cluster? Cluster
    {
        get => _cluster;
        set => _cluster = value;
    }

    /// <summary>When its last active check ended, milliseconds of the checks' clock; 0 before the first. Kept over reloads, so that frequent ones do not put checks off.</summary>
    public long ProbedAt
    {
        get => Volatile.Read(ref _probedAt);
        set => Volatile.Write(ref _probedAt, value);
    }

    /// <summary>Whether no configuration names it any more.</summary>
    public bool IsRetired => _retired;

    /// <summary>The pool of the calling loop.</summary>
    public ConnectionPool PoolOf(UpstreamLoop loop) => _pools[loop.Loop.Id] ?? CreatePool(loop);

    /// <summary>Existing pools, for sweeps posted to their loops.</summary>
    public ConnectionPool? ExistingPool(int loop) => Volatile.Read(ref _pools[loop]);

    /// <summary>Adopts the pool settings of a configuration. Any thread.</summary>
    public void Configure(PoolSettings settings, IReadOnlyList<UpstreamLoop> loops)
    {
        if (settings == _settings)
        {
            return;
        }

        _settings = settings;
        Interlocked.MemoryBarrier();
        foreach (UpstreamLoop loop in loops)
        {
            if (ExistingPool(loop.Loop.Id) is { } pool)
            {
                loop.Loop.Post(static state => ((ConnectionPool)state!).AdoptSettings(), pool);
            }
        }
    }

    /// <summary>No configuration names it any more: what is idle closes, what is in flight finishes. Any thread.</summary>
    public void Retire(IReadOnlyList<UpstreamLoop> loops)
    {
        _retired = true;
        Interlocked.MemoryBarrier();
        foreach (UpstreamLoop loop in loops)
        {
            if (ExistingPool(loop.Loop.Id) is { } pool)
            {
                loop.Loop.Post(static state => ((ConnectionPool)state!).Drain(), pool);
            }
        }
    }

    /// <summary>A later configuration names it again. Any thread.</summary>
    public void Revive(IReadOnlyList<UpstreamLoop> loops)
    {
        if (!_retired)
        {
            return;
        }

        _retired = false;
        Interlocked.MemoryBarrier();
        foreach (UpstreamLoop loop in loops)
        {
            if (ExistingPool(loop.Loop.Id) is { } pool)
            {
                loop.Loop.Post(static state => ((ConnectionPool)state!).Undrain(), pool);
            }
        }
    }

    private ConnectionPool CreatePool(UpstreamLoop loop)
    {
        ConnectionPool pool = new(loop, this, Ledger);
        Volatile.Write(ref _pools[loop.Loop.Id], pool);

        // Whoever retires it writes first and reads the pools then: one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (_retired)
        {
            pool.Drain();
        }

        return pool;
    }
}
