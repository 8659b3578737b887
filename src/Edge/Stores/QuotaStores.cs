using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Stores;

/// <summary>
/// The Redis connections of a process and the counters on them. Both are kept over reloads under what identifies them, and
/// disposed when no configuration names them. Used by the compiler and the control loop, never by a request. Thread-safe.
/// </summary>
internal sealed class QuotaStores(TimeProvider time, ILogger log, X509Certificate2Collection? roots, Func<double> random) : IDisposable
{
    // Held tokens are swept every so many calls of Maintain.
    private const int SweepEvery = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<RedisTarget, Shared> _links = [];
    private readonly Dictionary<(string Scope, RedisTarget Target, QuotaMode Mode), RedisQuota> _quotas = [];
    private readonly Dictionary<(string Scope, RedisTarget Target), RedisBuckets> _buckets = [];
    private int _calls;

    /// <summary>The counters of a scope.</summary>
    public RedisQuota Quota(string scope, QuotaKey key, RedisTarget target, QuotaMode mode)
    {
        lock (_gate)
        {
            if (!_quotas.TryGetValue((scope, target, mode), out RedisQuota? quota))
            {
                Shared shared = Link(target);
                quota = new RedisQuota(shared.Link, key, mode, time, shared.Uploads);
                _quotas.Add((scope, target, mode), quota);
            }

            return quota;
        }
    }

    /// <summary>The token buckets of a scope.</summary>
    public RedisBuckets Buckets(string scope, QuotaKey key, RedisTarget target, int budget)
    {
        lock (_gate)
        {
            if (!_buckets.TryGetValue((scope, target), out RedisBuckets? buckets))
            {
                buckets = new RedisBuckets(Link(target).Link, key, budget);
                _buckets.Add((scope, target), buckets);
            }

            return buckets;
        }
    }

    /// <summary>Disposes what is not in <paramref name="named"/>, and connections that nothing uses.</summary>
    public void Retire(IReadOnlySet<object> named)
    {
        lock (_gate)
        {
            foreach (((string Scope, RedisTarget Target, QuotaMode Mode) key, RedisQuota quota) in _quotas.Where(pair => !named.Contains(pair.Value)).ToArray())
            {
                _quotas.Remove(key);
                quota.Dispose();
            }

            foreach ((string Scope, RedisTarget Target) key in _buckets.Where(pair => !named.Contains(pair.Value)).Select(static pair => pair.Key).ToArray())
            {
                _buckets.Remove(key);
            }

            foreach ((RedisTarget target, Shared shared) in _links.Where(pair => !IsUsed(pair.Key)).ToArray())
            {
                _links.Remove(target);
                shared.Link.Dispose();
            }
        }
    }

    /// <summary>Adds the counts of an absence that is over, and forgets what belongs to past windows. Several times a second.</summary>
    public void Maintain(long unixMilliseconds)
    {
        Shared[] links;
        RedisQuota[] quotas = [];
        lock (_gate)
        {
            links = [.. _links.Values];
            if (++_calls % SweepEvery == 0)
            {
                quotas = [.. _quotas.Values];
            }
        }

        foreach (Shared shared in links)
        {
            shared.Uploads.Restore(unixMilliseconds);
        }

        foreach (RedisQuota quota in quotas)
        {
            quota.Sweep(unixMilliseconds);
        }
    }

    /// <summary>What metrics show of each connection.</summary>
    public IReadOnlyList<RedisGauges> Read()
    {
        lock (_gate)
        {
            return
            [
                .. _links.Values.GroupBy(static shared => shared.Link.Target.ToString(), StringComparer.Ordinal)
                    .OrderBy(static group => group.Key, StringComparer.Ordinal)
                    .Select(static group => new RedisGauges(
                        group.Key,
                        group.Max(static shared => (int)shared.Link.Breaker.State),
                        group.All(static shared => shared.Link.IsConnected),
                        group.Sum(static shared => shared.Link.Waiting),
                        group.Sum(static shared => shared.Uploads.Restored),
                        group.Sum(static shared => shared.Uploads.Missed.Dropped))),
            ];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (RedisQuota quota in _quotas.Values)
            {
                quota.Dispose();
            }

            foreach (Shared shared in _links.Values)
            {
                shared.Link.Dispose();
            }

            _quotas.Clear();
            _buckets.Clear();
            _links.Clear();
        }
    }

    private bool IsUsed(RedisTarget target) =>
        _quotas.Keys.Any(key => key.Target == target) || _buckets.Keys.Any(key => key.Target == target);

    private Shared Link(RedisTarget target)
    {
        if (!_links.TryGetValue(target, out Shared? shared))
        {
            RedisLink link = new(target, roots, time, log, random);
            shared = new Shared(link, new QuotaUploads(link, log));
            _links.Add(target, shared);
        }

        return shared;
    }

    private sealed record Shared(RedisLink Link, QuotaUploads Uploads);
}
