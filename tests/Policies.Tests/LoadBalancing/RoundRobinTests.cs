using CsCheck;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

public sealed class RoundRobinTests
{
    [Fact]
    public void Sets_AsRecorded_NeverOfferWhatIsUnhealthy()
    {
        Endpoint[] endpoints = [.. Enumerable.Range(0, 130).Select(static i => new Endpoint($"10.0.0.{i}:80", "host"))];
        endpoints[1].Health.Set(healthy: false);
        endpoints[129].Health.Set(healthy: false);
        EndpointSet set = EndpointSet.AsRecorded([.. endpoints], [.. endpoints.Select(static _ => 1)], 0, null);
        Assert.Equal((128, 128L, 130L), (set.AvailableCount, set.HealthyWeight, set.TotalWeight));
        Assert.False(set.IsHealthy(1) || set.IsHealthy(129));
    }

    [Fact]
    public void Pick_EqualWeights_TakesTurns()
    {
        EndpointSet set = Set(100, 100, 100);
        Assert.Equal([0, 1, 2, 0, 1, 2], Picks(new RoundRobin(), set, 6));
        Assert.Equal([2, 0, 1], Picks(new RoundRobin(5), set, 3));
    }

    [Fact]
    public void Pick_Weights_AreSmooth() => Assert.Equal([0, 0, 1, 0, 2, 0, 0], Picks(new RoundRobin(), Set(5, 1, 1), 7));

    [Fact]
    public void Pick_NoEndpoint_IsNone()
    {
        Assert.Equal(PickResult.None, new RoundRobin().Pick(EndpointSet.Empty, default));
        Assert.Equal(PickResult.None, new RoundRobin().Pick(Set(0, 0), default));
        Assert.Equal(PickResult.None, new RoundRobin().Pick(Set(1).WithHealth(0, false), default));
    }

    [Fact]
    public void Pick_WholeCycles_AreExactPerWeight() => Gen.Select(Gen.Int[0, 20].Array[1, 8], Gen.Bool.Array[8], Gen.UInt[0, 50], Gen.Int[1, 4]).Sample(
        (weights, healthy, start, cycles) =>
        {
            EndpointSet set = Set(weights);
            for (int i = 0; i < weights.Length; i++)
            {
                set = set.WithHealth(i, healthy[i]);
            }

            int[] wanted = [.. weights.Select((w, i) => healthy[i] ? w : 0)];
            int total = wanted.Sum();
            Assert.Equal(wanted.Count(static w => w > 0), set.AvailableCount);
            if (total == 0)
            {
                return;
            }

            int[] counts = new int[weights.Length];
            foreach (int pick in Picks(new RoundRobin(start), set, total * cycles))
            {
                counts[pick]++;
            }

            Assert.Equal([.. wanted.Select(w => w * cycles)], counts);
        });

    [Fact]
    public void Pick_TriedEndpoints_AreAvoidedWhileOthersExist() => Gen.Select(Gen.Int[1, 5].Array[1, 6], Gen.Int[0, 5]).Sample((weights, skip) =>
    {
        EndpointSet set = Set(weights);
        RoundRobin balancer = new((uint)skip);
        List<Endpoint> tried = [];
        for (int i = 0; i < weights.Length; i++)
        {
            PickResult pick = balancer.Pick(set, new PickQuery { Tried = tried.ToArray() });
            Assert.DoesNotContain(pick.Endpoint, tried);
            Assert.Same(set.Endpoints[pick.Index], pick.Endpoint);
            tried.Add(pick.Endpoint!);
        }

        Assert.NotNull(balancer.Pick(set, new PickQuery { Tried = tried.ToArray() }).Endpoint);
    });

    [Fact]
    public void Pick_HealthChanges_StaysExactForTheRest()
    {
        RoundRobin balancer = new();
        EndpointSet set = Set(3, 2, 1);
        Picks(balancer, set, 4);
        EndpointSet without = set.WithHealth(1, false);
        int[] picks = Picks(balancer, without, 400);
        Assert.DoesNotContain(1, picks);
        Assert.InRange(picks.Count(static p => p == 0), 299, 301);
        Assert.Same(without, without.WithHealth(1, false));
        Assert.Equal(3, without.WithHealth(1, true).AvailableCount);
    }

    [Fact]
    public void Pick_Steady_AllocatesNothing()
    {
        RoundRobin equal = new();
        RoundRobin weighted = new();
        EndpointSet same = Set(1, 1, 1);
        EndpointSet different = Set(3, 2, 1);
        Assert.Equal(0, Allocations.Measure(() => Assert.True(equal.Pick(same, default).Index + weighted.Pick(different, default).Index >= 0)));
    }

    [Fact]
    public void Endpoint_ManyThreads_CountsExactly()
    {
        Endpoint endpoint = new("127.0.0.1:80", "a");
        Race.Run(4, _ =>
        {
            for (int i = 0; i < 50_000; i++)
            {
                endpoint.RequestStarted();
                endpoint.RequestEnded();
            }
        });
        Assert.Equal(0, endpoint.ActiveRequests);
        Assert.Equal(200_000, endpoint.TotalRequests);
    }

    private static EndpointSet Set(params int[] weights) =>
        new([.. weights.Select(static (_, i) => new Endpoint($"10.0.0.{i}:80", "host"))], [.. weights]);

    private static int[] Picks(RoundRobin balancer, EndpointSet set, int count)
    {
        int[] picks = new int[count];
        for (int i = 0; i < count; i++)
        {
            picks[i] = balancer.Pick(set, default).Index;
        }

        return picks;
    }
}
