using CsCheck;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.RateLimiting;

public sealed class TokenBucketTests
{
    [Fact]
    public void TryTake_Full_GrantsCapacityThenRefills()
    {
        TokenBucket bucket = new(5, 10, TimeSpan.FromSeconds(1), nowTicks: 0);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(bucket.TryTake(0));
        }

        Assert.False(bucket.TryTake(0));
        Assert.False(bucket.TryTake(TimeSpan.FromMilliseconds(99).Ticks));
        Assert.True(bucket.TryTake(TimeSpan.FromMilliseconds(100).Ticks));
        Assert.False(bucket.TryTake(TimeSpan.FromMilliseconds(100).Ticks));
    }

    [Fact]
    public void TryTake_LongIdle_HoldsNoMoreThanCapacity()
    {
        TokenBucket bucket = new(3, 1, TimeSpan.FromMilliseconds(1), nowTicks: -500);
        long later = TimeSpan.FromDays(400).Ticks;
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => bucket.TryTake(later)));
    }

    // Over any run of moments: never more than capacity plus what refilled, and with constant demand never less than 0.1 % below it.
    [Fact]
    public void TryTake_AnyRate_IsExactToATenthOfAPercent() => Gen.Select(
        Gen.Int[1, 1000], Gen.OneOf(1, 3, 7, 100, 999, 10_000, 1_000_000), Gen.OneOf(1, 2, 60, 1000, 3_600_000), Gen.Int[1, 50]).Sample(
        (capacity, tokens, milliseconds, stepShare) =>
        {
            TimeSpan interval = TimeSpan.FromMilliseconds(milliseconds);
            double ticksPerToken = (double)interval.Ticks / tokens;
            TokenBucket bucket = new(capacity, tokens, interval, nowTicks: 12345);
            double now = 12345;
            long granted = 0;
            for (int i = 0; i < 20_000; i++)
            {
                now += ticksPerToken * stepShare / 60; // Demand is always at least 1.2 times the supply.
                granted += bucket.TryTake((long)now) ? 1 : 0;
                Assert.True(granted <= capacity + ((now - 12345) / ticksPerToken) + 1e-6);
            }

            double elapsed = Math.Floor(now) - 12345;
            double supply = capacity + (elapsed / ticksPerToken);
            double tokensPerTick = 1 / ticksPerToken;
            if (capacity >= 2 && capacity > 2 * tokensPerTick)
            {
                // A bucket smaller than what one tick of the clock brings spills some, and so does a bucket of one token, which is full before the
                // next demand comes: no lower bound for them.
                Assert.True(granted >= Math.Min(20_000, supply) - 2 - tokensPerTick - (supply * 0.001), $"{granted} of {supply}");
            }
        });

    [Fact]
    public void TryTake_ClockLagsBehind_GrantsNothingExtra()
    {
        TokenBucket bucket = new(10, 1, TimeSpan.FromSeconds(1), nowTicks: 0);
        long now = TimeSpan.FromSeconds(100).Ticks;
        Assert.Equal(10, Enumerable.Range(0, 20).Count(_ => bucket.TryTake(now)));
        Assert.Equal(0, Enumerable.Range(0, 20).Count(_ => bucket.TryTake(now - TimeSpan.FromSeconds(5).Ticks)));
    }

    [Fact]
    public void TryTake_ManyThreads_NeverGrantTooMany()
    {
        const int capacity = 1000;
        TokenBucket bucket = new(capacity, 1000, TimeSpan.FromSeconds(1), nowTicks: 0);
        long clock = 0;
        long granted = 0;
        Race.Run(4, _ =>
        {
            for (int i = 0; i < 200_000; i++)
            {
                long now = Interlocked.Add(ref clock, 10); // One microsecond per attempt.
                if (bucket.TryTake(now))
                {
                    Interlocked.Increment(ref granted);
                }
            }
        });
        double supply = capacity + (clock / 10_000.0);
        Assert.InRange(granted, (long)(supply * 0.999) - 1, (long)supply);
    }

    [Fact]
    public void TryTake_Steady_AllocatesNothing()
    {
        TokenBucket bucket = new(10, 1, TimeSpan.FromMilliseconds(1), nowTicks: 0);
        long now = 0;
        Assert.Equal(0, Allocations.Measure(() => bucket.TryTake(now += 1000)));
    }
}
