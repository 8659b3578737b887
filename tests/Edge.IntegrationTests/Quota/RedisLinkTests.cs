using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Stores;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Quota;

/// <summary>What the client throws, and how long connections are kept.</summary>
public sealed class RedisLinkTests
{
    [Fact]
    public async Task Evaluate_WhateverTheClientThrows_IsTheEndOfTheCommand()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        using RedisLink link = new(Target(redis), null, TimeProvider.System, NullLogger.Instance, static () => 0.5);
        await QuotaEdge.UntilAsync(() => link.IsConnected);

        // A key that is none: an exception of no Redis family, thrown before there is a task.
        Task command = link.Evaluate("return { 1 }", new RedisKey[] { default }, Array.Empty<RedisValue>());

        await Assert.ThrowsAnyAsync<Exception>(() => command);
    }

    [Fact]
    public async Task Connect_ThatFailsOutsideOfRedis_IsToldAndTriedAgain()
    {
        FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddYears(50));
        CountingLog log = new();
        using RedisLink link = new(new RedisTarget { Servers = "" }, null, time, log, static () => 0.5);
        await QuotaEdge.UntilAsync(() => log.Lines == 1);
        await QuotaEdge.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return log.Lines > 2;
        });
        Assert.False(link.IsConnected);
    }

    [Fact]
    public async Task Retired_IsKeptAMinute_AndFoundAgain()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddYears(50));
        using QuotaStores stores = new(time, NullLogger.Instance, null, static () => 0.5);
        HashSet<object> nothing = [];
        QuotaKey key = new(null, null);
        RedisQuota quota = stores.Quota("a", key, Target(redis), new QuotaMode());
        await QuotaEdge.UntilAsync(() => quota.Link.IsConnected);

        // Exchanges of the configuration before ask there still; nobody else sees it.
        stores.Retire(nothing);
        time.Advance(TimeSpan.FromSeconds(59));
        stores.Maintain(0);
        Assert.True(quota.Link.IsConnected);
        Assert.Empty(stores.Read());

        // Named again it is in use, however long ago it was retired.
        Assert.Same(quota, stores.Quota("a", key, Target(redis), new QuotaMode()));
        time.Advance(TimeSpan.FromMinutes(2));
        stores.Maintain(0);
        Assert.True(quota.Link.IsConnected);
        Assert.Single(stores.Read());

        stores.Retire(nothing);
        time.Advance(TimeSpan.FromSeconds(61));
        stores.Maintain(0);
        Assert.False(quota.Link.IsConnected);
        Assert.NotSame(quota, stores.Quota("a", key, Target(redis), new QuotaMode()));
    }

    private static RedisTarget Target(RedisServer redis) => new() { Servers = $"127.0.0.1:{redis.Port}" };

    private sealed class CountingLog : ILogger
    {
        private int _lines;

        public int Lines => Volatile.Read(ref _lines);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Interlocked.Increment(ref _lines);
    }
}
