using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

public sealed class PeakLatencyTests
{
    [Fact]
    public void LatencyObserved_Decays_AsInKong()
    {
        Endpoint endpoint = new("a", "a");
        Assert.Equal(0, endpoint.LatencyAt(1000));
        endpoint.LatencyObserved(100, 1000);
        Assert.Equal(100, endpoint.LatencyAt(1000), 3);
        Assert.Equal(100 / Math.E, endpoint.LatencyAt(11_000), 3);

        // ewma * exp(-t/10) + rtt * (1 - exp(-t/10)), five seconds later.
        endpoint.LatencyObserved(20, 6000);
        double weight = Math.Exp(-0.5);
        Assert.Equal((100 * weight) + (20 * (1 - weight)), endpoint.LatencyAt(6000), 3);
    }

    [Fact]
    public void LatencyObserved_ClockBehind_CountsAsNow()
    {
        Endpoint endpoint = new("a", "a");
        endpoint.LatencyObserved(100, uint.MaxValue);
        Assert.Equal(100, endpoint.LatencyAt(uint.MaxValue - 5000L), 3);
        Assert.True(endpoint.LatencyAt(uint.MaxValue + 10_001L) < 40);
    }

    [Fact]
    public void Pick_TwoEndpoints_TakesTheFasterByWeight()
    {
        EndpointSet set = Sets.Of(100, 100);
        set.Endpoints[0].LatencyObserved(50, 1000);
        set.Endpoints[1].LatencyObserved(10, 1000);
        PeakLatency balancer = new();
        for (ulong random = 0; random < 64; random++)
        {
            Assert.Equal(1, balancer.Pick(set, new PickQuery { Now = 1000, Random = random * 0x9E3779B97F4A7C15 }).Index);
        }

        EndpointSet weighted = new(set.Endpoints, [1000, 100]);
        Assert.Equal(0, new PeakLatency().Pick(weighted, new PickQuery { Now = 1000, Random = 12345 }).Index);
    }

    [Fact]
    public void Pick_Newcomer_StartsWithTheAverageOfTheOthers()
    {
        EndpointSet set = Sets.Of(100, 100, 100);
        set.Endpoints[0].LatencyObserved(30, 1000);
        set.Endpoints[1].LatencyObserved(10, 1000);
        new PeakLatency().Pick(set, new PickQuery { Now = 1000 });
        Assert.Equal(20, set.Endpoints[2].LatencyAt(1000), 3);
    }

    [Fact]
    public void Pick_Tried_IsPassedByUntilAllAre()
    {
        EndpointSet set = Sets.Of(1, 1, 1);
        PeakLatency balancer = new();
        Random random = new(7);
        for (int round = 0; round < 100; round++)
        {
            List<Endpoint> tried = [];
            for (int i = 0; i < 3; i++)
            {
                tried.Add(balancer.Pick(set, new PickQuery { Tried = tried.ToArray(), Random = (ulong)random.NextInt64() }).Endpoint!);
            }

            Assert.Equal(3, tried.Distinct().Count());
            Assert.NotNull(balancer.Pick(set, new PickQuery { Tried = tried.ToArray(), Random = (ulong)random.NextInt64() }).Endpoint);
        }
    }

    [Fact]
    public void Pick_EqualLatencies_SpreadEvenlyOverLoops()
    {
        EndpointSet set = Sets.Of(1, 1, 1, 1);
        Race.Run(2, loop =>
        {
            PeakLatency balancer = new();
            Random random = new(loop);
            for (int i = 0; i < 100_000; i++)
            {
                balancer.Pick(set, new PickQuery { Random = (ulong)random.NextInt64() | ((ulong)random.Next() << 40) }).Endpoint!.RequestStarted();
            }
        });
        long[] counts = [.. set.Endpoints.Select(static endpoint => endpoint.TotalRequests)];
        Assert.InRange((counts.Max() - counts.Min()) / counts.Average(), 0, 0.05);
    }

    [Fact]
    public void Pick_FasterThanTheClockTells_StarvesNobody()
    {
        EndpointSet set = Sets.Of(1, 1);
        set.Endpoints[0].LatencyObserved(0, 1000);
        set.Endpoints[1].LatencyObserved(5, 1000);
        PeakLatency balancer = new();
        Random random = new(3);
        int[] picks = new int[2];
        for (int i = 0; i < 1000; i++)
        {
            // Twenty seconds later five milliseconds have decayed to less than one.
            picks[balancer.Pick(set, new PickQuery { Now = 21_000, Random = (ulong)random.NextInt64() | ((ulong)random.Next() << 40) }).Index]++;
        }

        Assert.InRange(picks[1], 400, 600);
    }

    [Fact]
    public void Pick_NoneAvailable_IsNone() => Assert.Equal(PickResult.None, new PeakLatency().Pick(Sets.Of(0), default));

    [Fact]
    public void Pick_Steady_AllocatesNothing()
    {
        PeakLatency balancer = new();
        EndpointSet set = Sets.Of(1, 2, 3);
        ulong random = 1;
        Assert.Equal(0, Allocations.Measure(() =>
        {
            Endpoint picked = balancer.Pick(set, new PickQuery { Random = random *= 6364136223846793005, Now = 5 }).Endpoint!;
            picked.LatencyObserved(3, 5);
        }));
    }
}
