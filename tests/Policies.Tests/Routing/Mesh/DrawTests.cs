using CsCheck;
using VoltageSoda.Edge.Policies.Routing.Mesh;

namespace VoltageSoda.Edge.Policies.Tests.Routing.Mesh;

public sealed class DrawTests
{
    [Theory]
    [InlineData(90, 10)]
    [InlineData(95, 5)]
    [InlineData(1, 2)] // The sum need not be 100.
    public void Pick_HundredThousandDraws_AreWithinHalfAPercentagePoint(int first, int second)
    {
        WeightedSplit split = new([first, second]);
        Random random = new(20260729);
        int hits = Enumerable.Range(0, 100_000).Count(_ => split.Pick((ulong)random.NextInt64() << 1) == 0);

        Assert.Equal(100.0 * first / (first + second), hits / 1000.0, 0.5);
    }

    [Fact]
    public void Pick_EvenlySpacedDraws_FollowTheWeightsExactly()
    {
        Gen.Int[0, 50].Array[1, 6].Where(static weights => weights.Sum() > 0).Sample(static weights =>
        {
            WeightedSplit split = new(weights);
            int[] picked = new int[weights.Length];
            ulong total = (ulong)weights.Sum();
            for (ulong i = 0; i < total; i++)
            {
                // The middle of the i-th of equal parts of all draws.
                picked[split.Pick((ulong)(((UInt128)i * 2 + 1) * (UInt128.One << 63) / total))]++;
            }

            Assert.Equal(weights, picked);
        });
    }

    [Theory]
    [InlineData(0UL, 0)]
    [InlineData(ulong.MaxValue, 2)]
    public void Pick_Ends_SkipWeightZero(ulong random, int expected) => Assert.Equal(expected, new WeightedSplit([1, 0, 1, 0]).Pick(random));

    [Fact]
    public void Split_WithoutWeight_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new WeightedSplit([0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new WeightedSplit([1, -1]));
    }

    [Theory]
    [InlineData(0.1, 1_000)]
    [InlineData(0.05, 500)]
    [InlineData(0.0001, 1)]
    [InlineData(0.00009, 0)]
    [InlineData(0.0029, 29)] // 28.999… in binary.
    [InlineData(99.9999, 999_999)]
    [InlineData(100, 1_000_000)]
    [InlineData(250, 1_000_000)]
    [InlineData(-1, 0)]
    [InlineData(double.NaN, 0)]
    public void PerMillion_Percent_IsRoundedDown(double percent, int expected) => Assert.Equal(expected, PerMillion.OfPercent(percent).Numerator);

    [Fact]
    public void PerMillion_EvenlySpacedDraws_HitExactly()
    {
        PerMillion share = PerMillion.OfPercent(0.0005);
        int hits = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            hits += share.Hits((ulong)(((UInt128)i * 2 + 1) * (UInt128.One << 63) / 1_000_000)) ? 1 : 0;
        }

        Assert.Equal(5, hits);
    }

    [Fact]
    public void PerMillion_AllAndNone_DoNotDependOnTheDraw()
    {
        Assert.True(PerMillion.All.Hits(ulong.MaxValue));
        Assert.False(PerMillion.None.Hits(0));
    }

    [Fact]
    public void Fault_DelayAndAbort_AreDrawnApart()
    {
        FaultPolicy both = new()
        {
            DelayShare = PerMillion.OfPercent(50),
            Delay = TimeSpan.FromSeconds(5),
            AbortShare = PerMillion.OfPercent(50),
            AbortStatus = 503,
        };

        Assert.True(both.DrawDelay(0));
        Assert.False(both.DrawDelay(ulong.MaxValue));
        Assert.True(both.DrawAbort(0));
        Assert.False(both.DrawAbort(ulong.MaxValue));
    }

    [Fact]
    public void Fault_WithoutDurationOrStatus_NeverHits()
    {
        FaultPolicy none = new() { DelayShare = PerMillion.All, AbortShare = PerMillion.All };

        Assert.False(none.DrawDelay(0));
        Assert.False(none.DrawAbort(0));
        Assert.True((none with { AbortGrpcStatus = 14 }).DrawAbort(0));
    }
}
