using CsCheck;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

/// <summary>Priorities, localities, panic and warm-up.</summary>
public sealed class SpreadBalancerTests
{
    [Fact]
    public void Priorities_SpillAsHealthFalls()
    {
        EndpointSet set = Sets.Equal(4, new EndpointLayout { Priorities = [0, 0, 1, 1] });
        Assert.Equal([1.0, 0], Shares(set, 2));
        Assert.Equal([0.7, 0.3], Shares(set.Without(0), 2));
        Assert.Equal([0, 1.0], Shares(set.Without(0, 1), 2));
        EndpointSet none = set.Without(0, 1, 2, 3);
        Assert.Equal(PickResult.None, Balancer().Pick(none, new PickQuery { Random = 5 }));
        Assert.Equal(0, none.AvailableCount);
    }

    [Fact]
    public void Panic_BelowTheThreshold_UsesAll()
    {
        EndpointSet set = Sets.Equal(4, new EndpointLayout { PanicThreshold = 50 });
        EndpointSet half = set.Without(0, 1);
        Assert.Equal([2, 3], half.Available.ToArray());
        Assert.False(half.IsPanicking);
        EndpointSet below = half.Without(2);
        Assert.Equal([0, 1, 2, 3], below.Available.ToArray());
        Assert.True(below.IsPanicking && below.IsInPanic(0));
        Assert.All(Sets.Count(Balancer(), below, 4000), static count => Assert.InRange(count, 900, 1100));

        EndpointSet never = Sets.Equal(4).Without(0, 1, 2, 3);
        Assert.False(never.IsServing);
        Assert.True(below.Without(3).IsServing);
    }

    [Fact]
    public void Panic_OfOnePriority_LeavesTheOtherAlone()
    {
        EndpointSet set = Sets.Equal(40, new EndpointLayout
        {
            Priorities = [.. Enumerable.Repeat(0, 20), .. Enumerable.Repeat(1, 20)],
            PanicThreshold = 50,
        });
        EndpointSet partly = set.Without([.. Enumerable.Range(1, 19), .. Enumerable.Range(20, 7)]);
        Assert.Equal([8, 92], partly.PriorityLoad.ToArray());
        Assert.True(partly.IsInPanic(5));
        Assert.False(partly.IsInPanic(25));
        int[] counts = Sets.Count(Balancer(), partly, 20_000);
        Assert.All(counts[..20], static count => Assert.NotEqual(0, count));
        Assert.All(counts[20..27], static count => Assert.Equal(0, count));
    }

    [Fact]
    public void Localities_TakeTheirWeightAndLessWhenTheyFail()
    {
        EndpointLayout layout = new() { Localities = [0, 0, 1, 1, 2], LocalityWeights = [80, 20, 0] };
        EndpointSet set = Sets.Equal(5, layout);
        Assert.Equal([0, 1, 2, 3], set.Available.ToArray());
        Assert.Equal([0.8, 0.2, 0], ByLocality(set, layout));

        // One of two healthy: 1.4 x 0.5 of the weight of 80 is left, 56 : 20.
        Assert.Equal([0.737, 0.263, 0], ByLocality(set.Without(0), layout));
        Assert.Equal([0, 1, 0], ByLocality(set.Without(0, 1), layout));
    }

    [Fact]
    public void Localities_WithinPriorities_AreChosenAfterThem()
    {
        EndpointLayout layout = new() { Priorities = [0, 0, 1, 1], Localities = [0, 1, 0, 1], LocalityWeights = [3, 1] };
        int[] counts = Sets.Count(Balancer(), Sets.Equal(4, layout), 40_000);
        Assert.InRange(counts[0], 29_500, 30_500);
        Assert.Equal(40_000, counts[0] + counts[1]);
    }

    [Fact]
    public void Keys_DecideThePriorityAndStayThere()
    {
        EndpointLayout layout = new() { Priorities = [0, 0, 1], Keys = new RingHashRule(64) };
        EndpointSet set = Sets.Equal(3, layout).Without(1).WithPlacements();
        KeyedEndpoint balancer = new(new SpreadBalancer(static () => RandomEndpoint.Instance));
        int[] counts = new int[3];
        for (ulong key = 0; key < 1000; key++)
        {
            int index = balancer.Pick(set, new PickQuery { HasKey = true, Hash = key }).Index;
            Assert.Equal(index, balancer.Pick(set, new PickQuery { HasKey = true, Hash = key, Random = 99 }).Index);
            counts[index]++;
        }

        Assert.Equal([700, 0, 300], counts);
    }

    // What a ring holds of an endpoint it gets of the requests without key too, and of those of its priority.
    [Fact]
    public void NoKey_Drawn_GoesByTheSharesOfKeys()
    {
        EndpointSet set = Sets.Mesh(new EndpointLayout { Priorities = [0, 0, 1], Keys = new RingHashRule(2048) }, 1, 3, 1);
        int[] counts = Sets.Count(new KeyedEndpoint(new SpreadBalancer(static () => RandomEndpoint.Instance)), set, 40_000);
        Assert.InRange(counts[0], 8_500, 11_500);
        Assert.Equal((40_000, 0), (counts[0] + counts[1], counts[2]));
        EndpointSet spilled = set.Without(1).WithPlacements();
        counts = Sets.Count(new KeyedEndpoint(new SpreadBalancer(static () => RandomEndpoint.Instance)), spilled, 40_000);
        Assert.InRange(counts[2], 11_500, 12_500);
        Assert.Equal(0, counts[1]);
    }

    [Fact]
    public void NoKey_LeftToTheOther_TakesItsTurns()
    {
        EndpointSet set = Sets.Mesh(new EndpointLayout { Keys = new RingHashRule(64) }, 1, 1);
        Assert.Equal([50, 50], Sets.Count(new KeyedEndpoint(new WeightedTurns(), keyless: true), set, 100));
    }

    [Fact]
    public void Pick_AnyHealth_IsNeverOutsideWhatMayBePicked() => Gen.Select(
        Gen.Int[0, 2].Array[6], Gen.Int[0, 2].Array[6], Gen.Bool.Array[6], Gen.Int[0, 3].Array[3], Gen.Double[0, 100], Gen.ULong).Sample(
        (priorities, localities, down, weights, threshold, random) =>
        {
            // Priorities have no gaps.
            int[] distinct = [.. priorities.Distinct().Order()];
            EndpointLayout layout = new()
            {
                Priorities = [.. priorities.Select(priority => Array.IndexOf(distinct, priority))],
                Localities = [.. localities],
                LocalityWeights = [.. weights],
                PanicThreshold = threshold,
            };
            EndpointSet set = Sets.Equal(6, layout).Without([.. Enumerable.Range(0, 6).Where(i => down[i])]);
            PickResult pick = Balancer().Pick(set, new PickQuery { Random = random });
            if (pick.Endpoint is null)
            {
                return;
            }

            Assert.Same(set.Endpoints[pick.Index], pick.Endpoint);
            Assert.True(set.IsAvailable(pick.Index));
            Assert.True(set.IsHealthy(pick.Index) || set.IsInPanic(pick.Index));
            Assert.True(set.PriorityLoad[layout.PriorityOf(pick.Index)] > 0);
        });

    // At a share of its window an endpoint has that share of its weight, no less than the minimum.
    [Theory]
    [InlineData(0, 1, 0.1, 0.1)]
    [InlineData(1000, 1, 0.1, 0.1)]
    [InlineData(5000, 1, 0.1, 0.5)]
    [InlineData(10_000, 1, 0.1, 1)]
    [InlineData(2500, 2, 0.1, 0.5)]
    [InlineData(1000, 1, 0.3, 0.3)]
    public void SlowStart_Share_GrowsWithTime(long now, double aggression, double minimum, double share)
    {
        Assert.Equal(share, new SlowStart(10_000, aggression, minimum).ShareAt(0, now), 3);
        Assert.Equal(1, new SlowStart(10_000, aggression, minimum).ShareAt(Endpoint.Settled, now));
    }

    [Fact]
    public void SlowStart_ANewcomer_GetsItsShareUntilItIsWarm()
    {
        EndpointSet set = Sets.Equal(3);
        set.Endpoints[2].JoinedAt = 0;
        set = new EndpointSet(set.Endpoints, set.Weights, new EndpointLayout { SlowStart = new SlowStart(10_000) });
        foreach (Func<ILoadBalancer> make in new Func<ILoadBalancer>[] { static () => new LeastRequest(), static () => new WeightedTurns() })
        {
            Assert.InRange(Sets.Count(make(), set, 2100, now: 500)[2], 98, 102);
            Assert.InRange(Sets.Count(make(), set, 2500, now: 5000)[2], 498, 502);
            Assert.InRange(Sets.Count(make(), set, 30_000, now: 10_000)[2], 9_600, 10_400);
        }

        Assert.True(set.IsWarming(9_999));
        Assert.False(set.IsWarming(10_000));
    }

    private static SpreadBalancer Balancer() => new(static () => new LeastRequest());

    private static double[] Shares(EndpointSet set, int half)
    {
        int[] counts = Sets.Count(Balancer(), set, 50_000);
        return [Math.Round(counts[..half].Sum() / 50_000.0, 1), Math.Round(counts[half..].Sum() / 50_000.0, 1)];
    }

    private static double[] ByLocality(EndpointSet set, EndpointLayout layout)
    {
        double[] shares = new double[layout.LocalityWeights.Length];
        int[] counts = Sets.Count(Balancer(), set, 400_000);
        for (int i = 0; i < counts.Length; i++)
        {
            shares[layout.LocalityOf(i)] += counts[i];
        }

        // Compared with a tolerance of half a percentage point.
        double[] expected = [0.8, 0.2, 0, 0.737, 0.263, 1];
        return [.. shares.Select(share => expected.MinBy(value => Math.Abs(value - (share / 400_000))) is double near && Math.Abs(near - (share / 400_000)) < 0.005 ? near : share)];
    }
}
