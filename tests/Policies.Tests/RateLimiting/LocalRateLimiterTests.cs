using System.Text;
using CsCheck;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.RateLimiting;

[Collection("alone")]
public sealed class LocalRateLimiterTests
{
    private static readonly long Noon = Milliseconds(2026, 3, 15, 12, 0, 0);

    [Fact]
    public void Check_WithinLimit_CountsDown()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        RateLimitRule rule = new() { Minute = 3, Hour = 10 };
        for (int i = 0; i < 3; i++)
        {
            RateLimitVerdict verdict = limiter.Check(rule, "a"u8, Noon);
            Assert.True(verdict.IsAllowed);
            Assert.Equal(2 - i, Remaining(verdict, RatePeriod.Minute));
            Assert.Equal(9 - i, Remaining(verdict, RatePeriod.Hour));
            Assert.Equal(RatePeriod.Minute, verdict.Tightest);
            Assert.Equal(60, verdict.ResetSeconds);
        }

        RateLimitVerdict refused = limiter.Check(rule, "a"u8, Noon + 20_500);
        Assert.False(refused.IsAllowed);
        Assert.Equal(0, Remaining(refused, RatePeriod.Minute));
        Assert.Equal(7, Remaining(refused, RatePeriod.Hour)); // Not charged, and not shown as charged.
        Assert.Equal(40, refused.ResetSeconds);
        Assert.True(limiter.Check(rule, "b"u8, Noon).IsAllowed);
    }

    [Fact]
    public void Check_NextWindow_StartsAnew()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        RateLimitRule rule = new() { Minute = 1, Hour = 2 };
        Assert.True(limiter.Check(rule, "a"u8, Noon + 59_999).IsAllowed);
        Assert.False(limiter.Check(rule, "a"u8, Noon + 59_999).IsAllowed);
        Assert.True(limiter.Check(rule, "a"u8, Noon + 60_000).IsAllowed);
        RateLimitVerdict refused = limiter.Check(rule, "a"u8, Noon + 120_000);
        Assert.False(refused.IsAllowed); // The hour is used up.
        Assert.Equal(RatePeriod.Hour, refused.Tightest);
        Assert.Equal(3600 - 120, refused.ResetSeconds);
        Assert.True(limiter.Check(rule, "a"u8, Noon + 3_600_000).IsAllowed);
    }

    [Fact]
    public void Check_Tie_ShowsTheLongerWindow()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        Assert.Equal(RatePeriod.Day, limiter.Check(new RateLimitRule { Second = 5, Day = 5 }, "a"u8, Noon).Tightest);
    }

    [Theory]
    [InlineData(RatePeriod.Second, 1)]
    [InlineData(RatePeriod.Minute, 60 - 30)]
    [InlineData(RatePeriod.Hour, 3600 - 630)]
    [InlineData(RatePeriod.Day, 86_400 - 43_830)]
    [InlineData(RatePeriod.Month, 2_592_000 - (14 * 86_400) - 43_830)]
    [InlineData(RatePeriod.Year, 31_536_000 - (73 * 86_400) - 43_830)]
    public void Reset_Period_IsKongsWindowLength(RatePeriod period, long expected) =>
        Assert.Equal(expected, RateWindow.ResetSeconds(period, Milliseconds(2026, 3, 15, 12, 10, 30) + Offset(period)));

    [Fact]
    public void Reset_LastDayOfALongMonth_IsAtLeastOne() =>
        Assert.Equal(1, RateWindow.ResetSeconds(RatePeriod.Month, Milliseconds(2026, 1, 31, 23, 0, 0)));

    [Theory]
    [InlineData(RatePeriod.Month, 2026, 2, 28, 2026, 3, 1)]
    [InlineData(RatePeriod.Month, 2026, 12, 31, 2027, 1, 1)]
    [InlineData(RatePeriod.Year, 2028, 12, 31, 2029, 1, 1)]
    public void Window_CalendarEdge_StartsTheNext(RatePeriod period, int y1, int m1, int d1, int y2, int m2, int d2) => Assert.Equal(
        RateWindow.NumberOf(period, Milliseconds(y1, m1, d1, 23, 59, 59)) + 1,
        RateWindow.NumberOf(period, Milliseconds(y2, m2, d2, 0, 0, 0)));

    [Fact]
    public void Check_RandomTraffic_EqualsPlainCounters() => Gen.Select(
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 6], Gen.Int[0, 9]),
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 40_000]).Array[1, 300]).Sample((limits, requests) =>
        {
            RateLimitRule rule = new() { Second = limits.Item1, Minute = limits.Item2, Hour = limits.Item3, Year = 50 };
            LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
            Dictionary<(string, RatePeriod, long), long> used = [];
            long now = Noon + (50 * 60_000);
            foreach ((int who, int step) in requests)
            {
                now += step;
                string name = $"client-{who}";
                PeriodValues all = rule.ToLimits();
                (RatePeriod Period, long Limit)[] set =
                    [.. Enum.GetValues<RatePeriod>().Select(p => (p, all[(int)p])).Where(static p => p.Item2 > 0)];
                bool expected = set.All(p => used.GetValueOrDefault((name, p.Period, RateWindow.NumberOf(p.Period, now))) < p.Limit);
                RateLimitVerdict verdict = limiter.Check(rule, Encoding.UTF8.GetBytes(name), now);
                Assert.Equal(expected, verdict.IsAllowed);
                foreach ((RatePeriod period, long limit) in set)
                {
                    (string, RatePeriod, long) key = (name, period, RateWindow.NumberOf(period, now));
                    used[key] = used.GetValueOrDefault(key) + (expected ? 1 : 0);
                    Assert.Equal(limit - used[key], Remaining(verdict, period));
                }
            }
        });

    [Fact]
    public void Check_ManyThreads_AdmitExactlyTheLimit()
    {
        for (int round = 0; round < 20; round++)
        {
            LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
            RateLimitRule rule = new() { Second = 5000, Minute = 7000, Hour = 6000 };
            long admitted = 0;
            Race.Run(4, thread =>
            {
                for (int i = 0; i < 2500; i++)
                {
                    if (limiter.Check(rule, "one client"u8, Noon).IsAllowed)
                    {
                        Interlocked.Increment(ref admitted);
                    }
                }
            });
            Assert.Equal(5000, admitted);
            Assert.Equal(1, limiter.Count);
        }
    }

    [Fact]
    public void Check_ManyThreadsOverWindowEdges_AdmitExactlyTheLimitInEach()
    {
        const int seconds = 300;
        const int limit = 50;
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        RateLimitRule rule = new() { Second = limit, Minute = 100_000 };
        int[] admitted = new int[seconds];
        using Barrier edge = new(4);
        Race.Run(4, thread =>
        {
            for (int second = 0; second < seconds; second++)
            {
                edge.SignalAndWait(); // All meet the new window at once.
                for (int i = 0; i < 40; i++)
                {
                    if (limiter.Check(rule, "one client"u8, Noon + (second * 1000L) + thread).IsAllowed)
                    {
                        Interlocked.Increment(ref admitted[second]);
                    }
                }
            }
        });
        Assert.All(admitted, static n => Assert.Equal(limit, n));
    }

    // A thread whose clock lags is charged to the newer window. No window opens twice, so none gives more than its limit.
    [Fact]
    public void Check_ThreadsWithSkewedClocks_NeverPassTheLimit()
    {
        const int seconds = 200;
        const int limit = 50;
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        RateLimitRule rule = new() { Second = limit };
        long admitted = 0;
        Race.Run(4, thread =>
        {
            for (int second = 0; second < seconds; second++)
            {
                for (int i = 0; i < 40; i++)
                {
                    if (limiter.Check(rule, "one client"u8, Noon + (second * 1000L)).IsAllowed)
                    {
                        Interlocked.Increment(ref admitted);
                    }
                }
            }
        });
        Assert.InRange(admitted, limit, seconds * limit);
    }

    [Fact]
    public void Check_ClockSetBack_DoesNotBlock()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        RateLimitRule rule = new() { Minute = 1 };
        Assert.True(limiter.Check(rule, "a"u8, Noon).IsAllowed);
        Assert.False(limiter.Check(rule, "a"u8, Noon - 60_000).IsAllowed); // Skew: the newer window holds.
        Assert.True(limiter.Check(rule, "a"u8, Noon - 3_600_000).IsAllowed); // A clock that was set.
    }

    [Fact]
    public void Check_LimitsChange_CountsAreKept()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        Assert.True(limiter.Check(new RateLimitRule { Minute = 2 }, "a"u8, Noon).IsAllowed);
        Assert.True(limiter.Check(new RateLimitRule { Minute = 2, Hour = 1 }, "a"u8, Noon).IsAllowed);
        Assert.False(limiter.Check(new RateLimitRule { Minute = 2, Hour = 9 }, "a"u8, Noon).IsAllowed);
    }

    [Fact]
    public void Check_Flood_StaysWithinTheBudgetAndKeepsBusyClients()
    {
        const int budget = 4096;
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions { MaxEntries = budget });
        RateLimitRule rule = new() { Hour = 10 };
        byte[][] busy = [.. Enumerable.Range(0, 20).Select(static i => Encoding.UTF8.GetBytes($"busy-{i}"))];
        foreach (byte[] client in busy)
        {
            for (int i = 0; i < 9; i++)
            {
                Assert.True(limiter.Check(rule, client, Noon).IsAllowed);
            }
        }

        Span<byte> name = stackalloc byte[16];
        for (int i = 0; i < 500_000; i++)
        {
            BitConverter.TryWriteBytes(name, i);
            BitConverter.TryWriteBytes(name[8..], ~i);
            Assert.True(limiter.Check(rule, name, Noon).IsAllowed);
            Assert.InRange(limiter.Count, 1, budget);
        }

        // The flood neither used up what the busy clients had left nor gave them a fresh start.
        foreach (byte[] client in busy)
        {
            Assert.True(limiter.Check(rule, client, Noon).IsAllowed);
            Assert.False(limiter.Check(rule, client, Noon).IsAllowed);
        }
    }

    [Fact]
    public void Check_FloodOfTenMillionIdentifiers_StaysWithinItsBytes()
    {
        const long budget = 4 << 20;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        LocalRateLimiter limiter = new(LocalRateLimiterOptions.Within(budget));
        RateLimitRule rule = new() { Minute = 5, Hour = 10 };
        Span<byte> name = stackalloc byte[LocalRateLimiter.MaxKeyLength];
        name.Fill((byte)'x');
        for (int i = 0; i < 10_000_000; i++)
        {
            BitConverter.TryWriteBytes(name, i);
            limiter.Check(rule, name, Noon);
        }

        long used = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(limiter);
        Assert.InRange(used, budget / 4, budget);
    }

    [Fact]
    public void Check_FloodFromManyThreads_StaysWithinTheBudget()
    {
        const int budget = 1024;
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions { MaxEntries = budget });
        RateLimitRule rule = new() { Second = 1, Hour = 10 };
        Race.Run(4, thread =>
        {
            byte[] name = new byte[8];
            for (int i = 0; i < 50_000; i++)
            {
                BitConverter.TryWriteBytes(name, (i * 4) + (i % 3 == 0 ? 0 : thread)); // Some names are shared by all threads.
                limiter.Check(rule, name, Noon + (i / 100));
                Assert.InRange(limiter.Count, 0, budget + 8);
            }
        });
        Assert.InRange(limiter.Count, budget / 2, budget + 4);
        while (limiter.RemoveIdle(Noon + 7_200_000, 4096) > 0)
        {
        }

        Assert.Equal(0, limiter.Count);
    }

    [Fact]
    public void Check_WhileOthersExpire_AdmitsExactlyTheLimit()
    {
        const int seconds = 100;
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions { MaxEntries = 64 });
        RateLimitRule rule = new() { Second = 3 };
        int[,] admitted = new int[seconds, 8];
        using Barrier edge = new(4);
        Race.Run(4, thread =>
        {
            for (int second = 0; second < seconds; second++)
            {
                edge.SignalAndWait();
                for (int i = 0; i < 80; i++)
                {
                    // Every thread also forgets what is over: an entry may die between being found and being charged.
                    limiter.RemoveIdle(Noon + (second * 1000L), 4);
                    if (limiter.Check(rule, [(byte)(i % 8)], Noon + (second * 1000L)).IsAllowed)
                    {
                        Interlocked.Increment(ref admitted[second, i % 8]);
                    }
                }
            }
        });
        foreach (int count in admitted)
        {
            Assert.Equal(3, count);
        }
    }

    [Fact]
    public void RemoveIdle_WindowsOver_ForgetsOnlyThose()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions { MaxEntries = 64 });
        RateLimitRule rule = new() { Minute = 5 };
        limiter.Check(rule, "old"u8, Noon);
        limiter.Check(rule, "new"u8, Noon + 60_000);
        Assert.Equal(1, limiter.RemoveIdle(Noon + 60_000, 1000));
        Assert.Equal(1, limiter.Count);
        Assert.Equal(3, Remaining(limiter.Check(rule, "new"u8, Noon + 60_000), RatePeriod.Minute));
    }

    [Fact]
    public void Check_LongIdentifiers_AreToldApartInBoundedMemory()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        RateLimitRule rule = new() { Minute = 1 };
        byte[] first = new byte[20_000];
        byte[] second = new byte[20_000];
        second[^1] = 1;
        Assert.True(limiter.Check(rule, first, Noon).IsAllowed);
        Assert.True(limiter.Check(rule, second, Noon).IsAllowed);
        Assert.False(limiter.Check(rule, first, Noon).IsAllowed);
    }

    [Fact]
    public void Check_KnownIdentifier_AllocatesNothing()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        RateLimitRule rule = new() { Second = 1, Minute = 100, Hour = 1_000_000, Day = 1_000_000, Month = 1_000_000, Year = 1_000_000 };
        long now = Noon;
        HeaderList list = HeaderList.Of();
        DiscardingEdits edits = new(list);
        Assert.Equal(0, Allocations.Measure(() =>
        {
            now += 400; // Across window edges too.
            RateLimitVerdict verdict = limiter.Check(rule, "192.168.100.200"u8, now);
            RateLimitHeaders.Apply(verdict, ref edits);
        }));
    }

    [Fact]
    public void SeededHash_ReferenceVector_IsSipHash13()
    {
        // The empty text under the key 00 01 .. 0f, as in the tests of Rust's standard library.
        SeededHash hash = new(0x0706050403020100, 0x0f0e0d0c0b0a0908);
        Assert.Equal(0xabac0158050fc4dc, hash.Compute(default));
        byte[] data = [.. Enumerable.Range(0, 15).Select(static i => (byte)i)];
        Assert.NotEqual(hash.Compute(data), new SeededHash(1, 2).Compute(data));
    }

    [Fact]
    public void Headers_Allowed_AreKongs()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        HeaderList response = HeaderList.Of();
        RateLimitHeaders.Apply(limiter.Check(new RateLimitRule { Minute = 1000, Hour = 10000 }, "a"u8, Noon + 5000), ref response);
        Assert.Equal(
            [
                "X-RateLimit-Limit-Minute: 1000", "X-RateLimit-Remaining-Minute: 999", "X-RateLimit-Limit-Hour: 10000",
                "X-RateLimit-Remaining-Hour: 9999", "RateLimit-Limit: 1000", "RateLimit-Remaining: 999", "RateLimit-Reset: 55",
            ],
            response.Lines);
    }

    [Fact]
    public void Headers_Refused_AddRetryAfter()
    {
        LocalRateLimiter limiter = new(new LocalRateLimiterOptions());
        RateLimitRule rule = new() { Second = 1 };
        limiter.Check(rule, "a"u8, Noon);
        HeaderList response = HeaderList.Of();
        RateLimitHeaders.Apply(limiter.Check(rule, "a"u8, Noon), ref response);
        Assert.Equal("1", response.Get("Retry-After"));
        Assert.Equal("0", response.Get("RateLimit-Remaining"));
        Assert.Equal("0", response.Get("X-RateLimit-Remaining-Second"));
    }

    private static long Offset(RatePeriod period) => period switch
    {
        RatePeriod.Second => 500,
        _ => 0,
    };

    private static long Remaining(RateLimitVerdict verdict, RatePeriod period)
    {
        PeriodValues values = verdict.Remaining;
        return values[(int)period];
    }

    private static long Milliseconds(int year, int month, int day, int hour, int minute, int second) =>
        new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).ToUnixTimeMilliseconds();
}
