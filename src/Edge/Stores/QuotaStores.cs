using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Stores;

/// <summary>
/// The Redis connections of a process and the counters on them. Both are kept over reloads under what identifies them, and disposed a
/// minute after the last configuration that named them, when its exchanges are over as a rule. Used by the compiler and the control loop,
/// never by a request. Thread-safe.
/// </summary>
internal sealed class QuotaStores(TimeProvider time, ILogger log, X509Certificate2Collection? roots, Func<double> random) : IDisposable
{
    // Held tokens are swept every so many calls of Maintain.
    private const int SweepEvery = 20;

    private static readonly TimeSpan RetiredFor = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<RedisTarget, Shared> _links = [];
    private readonly Dictionary<(string Scope, RedisTarget Target, QuotaMode Mode), Kept<RedisQuota>> _quotas = [];
    private readonly Dictionary<(string Scope, RedisTarget Target), Kept<RedisBuckets>> _buckets = [];
    private int _calls;

    /// <summary>The counters of a scope.</summary>
    public RedisQuota Quota(string scope, QuotaKey key, RedisTarget target, QuotaMode mode)
    {
        lock (_gate)
        {
            if (!_quotas.TryGetValue((scope, target, mode), out Kept<RedisQuota>? quota))
            {
                Shared shared = Link(target);
                quota = new Kept<RedisQuota>(new RedisQuota(shared.Link, key, mode, time, shared.Uploads));
                _quotas.Add((scope, target, mode), quota);
            }

            quota.RetiredAt = null;
            return quota.Value;
        }
    }

    /// <summary>The token buckets of a scope.</summary>
    public RedisBuckets Buckets(string scope, QuotaKey key, RedisTarget target, int budget)
    {
        lock (_gate)
        {
            if (!_buckets.TryGetValue((scope, target), out Kept<RedisBuckets>? buckets))
            {
                buckets = new Kept<RedisBuckets>(new RedisBuckets(Link(target).Link, key, budget));
                _buckets.Add((scope, target), buckets);
            }

            buckets.RetiredAt = null;
            return buckets.Value;
        }
    }

    /// <summary>
    /// Retires what is not in <paramref name="named"/>: exchanges of the configuration before still ask there, and a configuration that names it
    /// within a minute finds it again.
    /// </summary>
    public void Retire(IReadOnlySet<object> named)
    {
        long now = time.GetTimestamp();
        lock (_gate)
        {
            foreach (Kept<RedisQuota> quota in _quotas.Values.Where(quota => quota.RetiredAt is null && !named.Contains(quota.Value)))
            {
                quota.RetiredAt = now;
                quota.Value.Flush();
            }

            foreach (Kept<RedisBuckets> buckets in _buckets.Values.Where(buckets => buckets.RetiredAt is null && !named.Contains(buckets.Value)))
            {
                buckets.RetiredAt = now;
            }
        }
    }

    /// <summary>Adds the counts of an absence that is over, forgets what belongs to past windows, and disposes what is retired. Several times a second.</summary>
    public void Maintain(long unixMilliseconds)
    {
        Shared[] links;
        RedisQuota[] quotas = [];
        lock (_gate)
        {
            DisposeRetired();
            links = [.. _links.Values];
            if (++_calls % SweepEvery == 0)
            {
                quotas = [.. _quotas.Values.Select(static quota => quota.Value)];
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
                .. _links.Where(pair => IsUsed(pair.Key, orRetired: false)).Select(static pair => pair.Value).GroupBy(static shared => shared.Link.Target.ToString(), StringComparer.Ordinal)
                    .OrderBy(static group => group.Key, StringComparer.Ordinal)
                    .Select(static group => new RedisGauges(
                        group.Key,
                        group.Max(static shared => (int)shared.Link.Breaker.State),
                        group.All(static shared => shared.Link.IsConnected),
                        group.Sum(static shared => shared.Link.Waiting),
                        group.Sum(static shared => shared.Uploads.Restored),
                        group.Sum(static shared => shared.Uploads.Dropped))),
            ];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (Kept<RedisQuota> quota in _quotas.Values)
            {
                quota.Value.Dispose();
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

    private void DisposeRetired()
    {
        foreach (((string Scope, RedisTarget Target, QuotaMode Mode) key, Kept<RedisQuota> quota) in _quotas.Where(pair => IsOver(pair.Value.RetiredAt)).ToArray())
        {
            _quotas.Remove(key);
            quota.Value.Dispose();
        }

        foreach ((string Scope, RedisTarget Target) key in _buckets.Where(pair => IsOver(pair.Value.RetiredAt)).Select(static pair => pair.Key).ToArray())
        {
            _buckets.Remove(key);
        }

        foreach ((RedisTarget target, Shared shared) in _links.Where(pair => !IsUsed(pair.Key, orRetired: true)).ToArray())
        {
            _links.Remove(target);
            shared.Link.Dispose();
        }
    }

    private bool IsOver(long? retiredAt) => retiredAt is { } since && time.GetElapsedTime(since) >= RetiredFor;

    private bool IsUsed(RedisTarget target, bool orRetired) =>
        _quotas.Any(pair => pair.Key.Target == target && (orRetired || pair.Value.RetiredAt is null))
        || _buckets.Any(pair => pair.Key.Target == target && (orRetired || pair.Value.RetiredAt is null));

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

    private sealed class Kept<T>(T value)
    {
        public T Value => value;

        /// <summary>Timestamp since when no configuration names it; null while one does.</summary>
        public long? RetiredAt { get; set; }
    }

    private sealed record Shared(RedisLink Link, QuotaUploads Uploads);
}
