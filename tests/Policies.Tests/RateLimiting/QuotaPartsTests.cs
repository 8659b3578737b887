using System.Text;
using CsCheck;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.RateLimiting;

/// <summary>Keys of the store, tokens held in the process, and counts kept through an absence.</summary>
public sealed class QuotaPartsTests
{
    // 2027-03-14 15:09:26.535 UTC.
    private const long Now = 1_805_036_966_535;

    [Theory]
    [InlineData(RatePeriod.Second, "1805036966000:second")]
    [InlineData(RatePeriod.Minute, "1805036940000:minute")]
    [InlineData(RatePeriod.Hour, "1805036400000:hour")]
    [InlineData(RatePeriod.Day, "1804982400000:day")]
    [InlineData(RatePeriod.Month, "1803859200000:month")]
    [InlineData(RatePeriod.Year, "1798761600000:year")]
    public void Key_IsKongs(RatePeriod period, string tail)
    {
        QuotaKey key = new(Guid.Parse("f0a5b7a4-3a33-4cfd-9f3a-2a1f3b1d6c11"), null);
        byte[] room = new byte[key.MaxLength];
        int length = key.WriteWindow("alice"u8, period, Now, room);
        Assert.Equal(
            "ratelimit:f0a5b7a4-3a33-4cfd-9f3a-2a1f3b1d6c11:00000000-0000-0000-0000-000000000000:alice:" + tail,
            Encoding.ASCII.GetString(room, 0, length));
    }

    [Fact]
    public void Identifier_TooLong_IsItsDigest()
    {
        byte[] room = new byte[QuotaKey.MaxIdentifierLength];
        byte[] longest = Encoding.ASCII.GetBytes(new string('x', QuotaKey.MaxIdentifierLength));
        Assert.True(QuotaKey.Bound(longest, room).SequenceEqual(longest));
        Assert.Equal(
            "sha256-" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([.. longest, (byte)'y'])),
            Encoding.ASCII.GetString(QuotaKey.Bound([.. longest, (byte)'y'], room)));
        QuotaKey key = new(Guid.NewGuid(), Guid.NewGuid());
        byte[] whole = new byte[key.MaxLength];
        Assert.True(key.WriteWindow(longest, RatePeriod.Second, Now, whole) <= whole.Length);
    }

    [Fact]
    public void Windows_EndWhereTheNextBegins() => Gen.Select(Gen.Int[0, 5], Gen.Long[0, 4_000_000_000_000]).Sample((period, now) =>
    {
        RatePeriod of = (RatePeriod)period;
        long start = RateWindow.StartOf(of, now);
        long end = RateWindow.EndOf(of, now);
        Assert.InRange(now, start, end - 1);
        Assert.Equal(end, RateWindow.StartOf(of, end));
        Assert.Equal(start, RateWindow.StartOf(of, end - 1));
        Assert.Equal(RateWindow.NumberOf(of, now) + 1, RateWindow.NumberOf(of, end));
    });

    [Fact]
    public void Grant_HandsOutItsTokensAndNoMore()
    {
        PeriodValues limits = Limits(minute: 100, hour: 1000);
        PeriodValues used = Limits(minute: 40, hour: 40);
        QuotaGrant grant = new(limits, used, 10, Now);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(GrantOutcome.Allowed, grant.TryTake(limits, Now, out RateLimitVerdict verdict));
            Assert.True(verdict.IsAllowed);
            Assert.Equal(59 - i, verdict.Remaining[(int)RatePeriod.Minute]);
        }

        Assert.Equal(GrantOutcome.Spent, grant.TryTake(limits, Now, out _));
        Assert.Equal(10, grant.Taken);
    }

    [Fact]
    public void Grant_OfTheRestOfALimit_RefusesUntilItsWindowEnds()
    {
        PeriodValues limits = Limits(minute: 50, hour: 1000);
        QuotaGrant grant = new(limits, Limits(minute: 49, hour: 49), 1, Now);
        Assert.Equal(GrantOutcome.Allowed, grant.TryTake(limits, Now, out _));
        Assert.Equal(GrantOutcome.Refused, grant.TryTake(limits, Now, out RateLimitVerdict verdict));
        Assert.False(verdict.IsAllowed);
        Assert.Equal((0, 950), (verdict.Remaining[(int)RatePeriod.Minute], verdict.Remaining[(int)RatePeriod.Hour]));
        Assert.Equal(GrantOutcome.Stale, grant.TryTake(limits, RateWindow.EndOf(RatePeriod.Minute, Now), out _));
        Assert.Equal(GrantOutcome.Stale, grant.TryTake(Limits(minute: 60, hour: 1000), Now, out _));
    }

    [Fact]
    public void Grant_Closed_CountsEveryTokenOnce()
    {
        PeriodValues limits = Limits(minute: 1_000_000, hour: 1_000_000);
        for (int round = 0; round < 100; round++)
        {
            QuotaGrant grant = new(limits, default, 1000, Now);
            int taken = 0;
            long closed = 0;
            Race.Run(3, thread =>
            {
                for (int i = 0; i < 100; i++)
                {
                    if (thread == 0 && i == 50)
                    {
                        Interlocked.Add(ref closed, grant.Close());
                    }
                    else if (grant.TryTake(Limits(minute: 1_000_000, hour: 1_000_000), Now, out _) == GrantOutcome.Allowed)
                    {
                        Interlocked.Increment(ref taken);
                    }
                }
            });
            Assert.Equal(taken, closed);
            Assert.Equal(0, grant.Close());
        }
    }

    [Fact]
    public void Tally_DrainsEveryCountOnce()
    {
        FallbackTally tally = new(1000);
        long added = 0;
        long drained = 0;
        Race.Run(4, thread =>
        {
            for (int i = 0; i < 5000; i++)
            {
                if (thread == 0)
                {
                    Interlocked.Add(ref drained, tally.Drain(3, Now).Sum(static missed => missed.Count));
                }
                else
                {
                    tally.Add(Encoding.ASCII.GetBytes($"key{i % 7}"), RatePeriod.Hour, Now);
                    Interlocked.Increment(ref added);
                }
            }
        });
        drained += tally.Drain(1000, Now).Sum(static missed => missed.Count);
        Assert.Equal(added, drained);
        Assert.Equal((0, 0), (tally.Count, tally.Dropped));
    }

    [Fact]
    public void Tally_ForgetsPastWindows_AndCountsWhatFindsNoRoom()
    {
        FallbackTally tally = new(2);
        tally.Add("a"u8, RatePeriod.Second, Now);
        tally.Add("b"u8, RatePeriod.Hour, Now);
        tally.Add("c"u8, RatePeriod.Hour, Now);
        Assert.Equal((2, 1), (tally.Count, tally.Dropped));
        MissedCount missed = Assert.Single(tally.Drain(10, Now + 2000));
        Assert.Equal(("b", 1, RatePeriod.Hour), (Encoding.ASCII.GetString(missed.Key), missed.Count, missed.Period));
    }

    [Fact]
    public void Tally_TakesBackWhatItGave()
    {
        FallbackTally tally = new(2);
        tally.Add("a"u8, 41, RatePeriod.Hour, Now + 1000);
        MissedCount given = Assert.Single(tally.Drain(10, Now));
        tally.Add("a"u8, RatePeriod.Hour, Now);
        tally.Add(given.Key, given.Count, given.Period, given.Until);
        Assert.Equal(42, Assert.Single(tally.Drain(10, Now)).Count);
        tally.Add(given.Key, given.Count, given.Period, given.Until);
        Assert.Empty(tally.Drain(10, given.Until));
    }

    [Fact]
    public void Table_IsBounded_AndFindsWithoutAllocation()
    {
        KeyedTable<string> table = new(10);
        for (int i = 0; i < 100; i++)
        {
            table.TryAdd(Encoding.ASCII.GetBytes($"key{i}"), "value");
        }

        Assert.Equal(10, table.Count);
        Assert.Equal(0, Allocations.Measure(() => table.TryGet("key3"u8, out _)));
    }

    private static PeriodValues Limits(long minute, long hour)
    {
        PeriodValues limits = default;
        limits[(int)RatePeriod.Minute] = minute;
        limits[(int)RatePeriod.Hour] = hour;
        return limits;
    }
}
