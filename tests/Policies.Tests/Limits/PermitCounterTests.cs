using VoltageSoda.Edge.Policies.Limits;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Limits;

public sealed class PermitCounterTests
{
    [Fact]
    public void TryAcquire_AtLimit_Refuses()
    {
        PermitCounter permits = new(2);
        Assert.True(permits.TryAcquire());
        Assert.True(permits.TryAcquire());
        Assert.False(permits.TryAcquire());
        permits.Release();
        Assert.True(permits.TryAcquire());
        Assert.Equal(2, permits.InUse);
    }

    [Fact]
    public void TryAcquire_LimitZero_NeverGrants() => Assert.False(new PermitCounter(0).TryAcquire());

    [Fact]
    public void Limit_Lowered_TakesEffectAsPermitsReturn()
    {
        PermitCounter permits = new(3);
        Assert.True(permits.TryAcquire() && permits.TryAcquire() && permits.TryAcquire());
        permits.Limit = 1;
        permits.Release();
        permits.Release();
        Assert.False(permits.TryAcquire());
        permits.Release();
        Assert.True(permits.TryAcquire());
    }

    [Fact]
    public void TryAcquire_ManyThreads_NeverPassesLimit()
    {
        const int limit = 3;
        PermitCounter permits = new(limit);
        int holders = 0;
        int worst = 0;
        long granted = 0;
        Race.Run(4, _ =>
        {
            for (int i = 0; i < 50_000; i++)
            {
                // Each thread takes all it can get, so that the counter is at its limit most of the time.
                int held = 0;
                while (permits.TryAcquire())
                {
                    held++;
                    int now = Interlocked.Increment(ref holders);
                    int seen;
                    while (now > (seen = Volatile.Read(ref worst)) && Interlocked.CompareExchange(ref worst, now, seen) != seen)
                    {
                    }
                }

                Interlocked.Add(ref granted, held);
                for (; held > 0; held--)
                {
                    Interlocked.Decrement(ref holders);
                    permits.Release();
                }
            }
        });
        Assert.Equal(limit, worst);
        Assert.Equal(0, permits.InUse);
        Assert.True(granted > 0);
    }
}
