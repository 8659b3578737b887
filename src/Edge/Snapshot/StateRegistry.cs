using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Stores;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.Queues;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Live state that outlives a configuration: connection pools and permits by cluster and address, rate limit counters by scope. The
/// compiler wires each snapshot to the surviving objects, so a reload neither refills a window nor drops a warm connection; what nothing
/// names any more drains. Thread-safe; used by the compiler and by name resolution, never by a request.
/// </summary>
internal sealed class StateRegistry(EdgeMetrics metrics, int loops)
{
    // A quarter of a second's share: a full table of 65,536 buckets is gone through in about half a minute.
    private const int SweptBuckets = 512;

    // About 1 MiB. What falls out of it is verified again, so that its size bounds memory and nothing else.
    private const int RememberedTokens = 512;

    // Guards who owns an endpoint together with whether it is there at all; taken by compilations and name answers only.
    private readonly Lock _ownership = new();
    private readonly ConcurrentDictionary<string, PermitLedger> _ledgers = new();
    private readonly ConcurrentDictionary<string, ClusterGuard> _guards = new();
    private readonly ConcurrentDictionary<string, UpstreamEndpoint> _endpoints = new();
    private readonly ConcurrentDictionary<string, LocalRateLimiter> _limiters = new();
    private readonly ConcurrentDictionary<string, TokenBucketTable> _buckets = new();

    /// <summary>Verified tokens, of all configurations; made when the first one needs it.</summary>
    public TokenCache Tokens => field ??= new TokenCache(
        RememberedTokens,
        (BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))));

    /// <summary>Set once the loops exist; endpoints that nothing names are drained on them.</summary>
    public IReadOnlyList<UpstreamLoop> Loops { get; set; } = [];

    /// <summary>What waits to be sent out of the process.</summary>
    public BatchQueues Queues { get; init; } = new(loops, TimeProvider.System, NullLogger.Instance);

    /// <summary>Told of ejections and returns.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Counters on Redis; null where nothing may be connected to.</summary>
    public QuotaStores? Stores { get; init; }

    public PermitLedger Ledger(string cluster, int maxConnections, int maxPending)
    {
        PermitLedger ledger = _ledgers.GetOrAdd(cluster, static (_, limits) => new PermitLedger(limits.maxConnections, limits.maxPending), (maxConnections, maxPending));
        ledger.SetLimits(maxConnections, maxPending);
        return ledger;
    }

    /// <summary>The guards of clusters whose host a DestinationRule may speak of.</summary>
    public IEnumerable<ClusterGuard> Guards => _guards.Values;

    /// <summary>Limits, ejections and counters of a cluster, brought up to date with a configuration.</summary>
    public ClusterGuard Guard(string cluster, CircuitLimits limits, OutlierRule? outliers)
    {
        ClusterGuard guard = _guards.GetOrAdd(cluster, name => new ClusterGuard(name, loops, Logger, static () => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue));
        guard.Configure(limits, outliers, EventLoop.ReadMilliseconds());
        return guard;
    }

    /// <summary>
    /// The endpoint of a cluster at an address, which the cluster owns from now on; two are the same only if everything that decides what they
    /// connect to is.
    /// </summary>
    public UpstreamEndpoint Endpoint(Cluster cluster, EndPoint address, string hostHeader, PermitLedger ledger, UpstreamTls? tls = null)
    {
        string identity = $"{cluster.Name}|{address}|{hostHeader}|{tls?.Identity}";
        lock (_ownership)
        {
            UpstreamEndpoint endpoint = _endpoints.GetOrAdd(
                identity, _ => new UpstreamEndpoint(identity, address, hostHeader, ledger, metrics.Cluster(cluster.Name), loops, tls)
                {
                    Stats = cluster.Guard?.Stats,
                    Traffic = cluster.Guard is null ? null : new EndpointStats(loops),
                });
            endpoint.Cluster = cluster;
            if (cluster.PoolSettings is { } pools)
            {
                endpoint.Configure(pools, Loops);
            }

            endpoint.Revive(Loops);
            return endpoint;
        }
    }

    /// <summary>Makes a cluster the owner of an endpoint it has; false when the endpoint was dropped meanwhile and has to be asked for again.</summary>
    public bool TryClaim(UpstreamEndpoint endpoint, Cluster cluster)
    {
        lock (_ownership)
        {
            if (!_endpoints.TryGetValue(endpoint.Identity, out UpstreamEndpoint? known) || known != endpoint)
            {
                return false;
            }

            endpoint.Cluster = cluster;
            endpoint.Revive(Loops);
            return true;
        }
    }

    /// <summary>
    /// Drains and forgets an endpoint that its cluster has no more, unless another one owns it. What comes to the address later is another
    /// endpoint, with a health of its own.
    /// </summary>
    public void Drop(UpstreamEndpoint endpoint, Cluster cluster)
    {
        lock (_ownership)
        {
            if (endpoint.Cluster == cluster)
            {
                endpoint.Retire(Loops);
                _endpoints.TryRemove(new KeyValuePair<string, UpstreamEndpoint>(endpoint.Identity, endpoint));
            }
        }
    }

    /// <summary>The counters of a scope in this process; the memory is that of whoever asks first.</summary>
    public LocalRateLimiter Limiter(string scope, long memory) =>
        _limiters.GetOrAdd(scope, static (_, bytes) => new LocalRateLimiter(LocalRateLimiterOptions.Within(bytes)), memory);

    /// <summary>The token buckets of a scope in this process; the memory is that of whoever asks first.</summary>
    public TokenBucketTable Buckets(string scope, long memory) =>
        _buckets.GetOrAdd(scope, static (_, bytes) => new TokenBucketTable(bytes), memory);

    /// <summary>Forgets rate limit counters whose windows have passed, a part of each table per call, and brings stores up to date.</summary>
    public void SweepLimiters(long unixMilliseconds)
    {
        Stores?.Maintain(unixMilliseconds);
        foreach (LocalRateLimiter limiter in _limiters.Values)
        {
            limiter.RemoveIdle(unixMilliseconds, SweptBuckets);
        }
    }

    /// <summary>Closes every idle upstream connection, each on its own loop.</summary>
    public void CloseIdle()
    {
        foreach (UpstreamLoop loop in Loops)
        {
            foreach (UpstreamEndpoint endpoint in _endpoints.Values)
            {
                if (endpoint.ExistingPool(loop.Loop.Id) is { } pool)
                {
                    loop.Loop.Post(static state => ((ConnectionPool)state!).CloseIdle(), pool);
                }
            }
        }
    }

    /// <summary>
    /// Drains endpoints that none of the clusters owns, and forgets counters and permits that nothing uses. The clusters have claimed what is
    /// theirs, and go on taking what the answers of their names bring.
    /// </summary>
    public void Retire(IReadOnlySet<Cluster> clusters, QuotaCompiler quotas)
    {
        lock (_ownership)
        {
            foreach ((string identity, UpstreamEndpoint endpoint) in _endpoints)
            {
                if (endpoint.Cluster is not { } owner || !clusters.Contains(owner))
                {
                    endpoint.Retire(Loops);
                    if (endpoint.Policy.ActiveRequests == 0)
                    {
                        _endpoints.TryRemove(new KeyValuePair<string, UpstreamEndpoint>(identity, endpoint));
                    }
                }
            }
        }

        HashSet<string> names = [.. clusters.Select(static cluster => cluster.Name)];
        foreach (string cluster in _ledgers.Keys)
        {
            if (!names.Contains(cluster) && _ledgers.TryGetValue(cluster, out PermitLedger? ledger) && ledger.Connections == 0)
            {
                _ledgers.TryRemove(new KeyValuePair<string, PermitLedger>(cluster, ledger));
            }
        }

        foreach ((string cluster, ClusterGuard guard) in _guards)
        {
            // One with connections or requests goes with a later reload.
            if (!names.Contains(cluster) && guard.Ledger is { Connections: 0, Requests: 0, Pending: 0 })
            {
                _guards.TryRemove(new KeyValuePair<string, ClusterGuard>(cluster, guard));
            }
        }

        foreach (string scope in _limiters.Keys)
        {
            if (!quotas.Scopes.Contains(scope))
            {
                _limiters.TryRemove(scope, out _);
            }
        }

        foreach (string scope in _buckets.Keys)
        {
            if (!quotas.Scopes.Contains(scope))
            {
                _buckets.TryRemove(scope, out _);
            }
        }

        Stores?.Retire(quotas.Stores);
    }
}
