using CsCheck;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

/// <summary>LEAST_REQUEST, ROUND_ROBIN and RANDOM.</summary>
public sealed class MeshBalancerTests
{
    // Draws of the first and second half of 32 bits each, as multiples of 1/3.
    [Theory]
    [InlineData(0, 1, "1,0,5", 1)]
    [InlineData(1, 0, "1,0,5", 1)]
    [InlineData(0, 2, "1,0,5", 0)]
    [InlineData(0, 1, "3,3,0", 0)]
    [InlineData(1, 0, "3,3,0", 1)]
    [InlineData(2, 2, "0,0,9", 2)]
    public void LeastRequest_TwoDraws_TakeFewerInFlightAndTheFirstOnATie(int first, int second, string load, int expected)
    {
        EndpointSet set = Sets.Equal(3);
        Load(set, load);
        ulong random = Third(first) | ((ulong)Third(second) << 32);
        Assert.Equal(expected, new LeastRequest().Pick(set, new PickQuery { Random = random }).Index);
    }

    // Envoy's formula: turns by weight / (in flight + 1).
    [Theory]
    [InlineData("0,0", "1,2", 1, 1, 2)]
    [InlineData("0,1", "1,2", 1, 1, 1)]
    [InlineData("3,0", "3,1", 1, 3, 4)]
    [InlineData("3,0", "3,1", 0, 3, 1)]
    public void LeastRequest_DifferentWeights_TakeTurnsByDynamicWeight(string load, string weights, double bias, int first, int second)
    {
        EndpointSet set = Sets.Mesh(EndpointLayout.Plain, [.. weights.Split(',').Select(int.Parse)]);
        Load(set, load);
        int[] counts = Sets.Count(new LeastRequest(0, bias), set, (first + second) * 100);
        Assert.InRange(counts[0], (first * 100) - 1, (first * 100) + 1);
        Assert.InRange(counts[1], (second * 100) - 1, (second * 100) + 1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Spread_EqualEndpoints_IsBelowFivePercent(int endpoints)
    {
        EndpointSet set = Sets.Equal(endpoints);
        const int Picks = 200_000;
        Assert.True(Sets.Spread(Sets.Count(new LeastRequest(), set, Picks)) < 0.05);
        Assert.True(Sets.Spread(Sets.Count(RandomEndpoint.Instance, set, Picks)) < 0.05);
        Assert.InRange(Sets.Count(new WeightedTurns(7), set, 100 * endpoints).Max(), 100, 100);
    }

    // Requests that stay for a while: two choices keep the longest queue near the shortest (the mean is 20).
    [Fact]
    public void LeastRequest_RequestsThatStay_LeaveNoLongQueue()
    {
        EndpointSet set = Sets.Equal(20);
        LeastRequest balancer = new();
        Random random = new(3);
        Queue<Endpoint> inFlight = new();
        for (int i = 0; i < 50_000; i++)
        {
            Endpoint endpoint = balancer.Pick(set, new PickQuery { Random = (ulong)random.NextInt64(long.MinValue, long.MaxValue) }).Endpoint!;
            endpoint.RequestStarted();
            inFlight.Enqueue(endpoint);
            if (inFlight.Count > 400)
            {
                inFlight.Dequeue().RequestEnded();
            }
        }

        Assert.InRange(set.Endpoints.Max(static endpoint => endpoint.ActiveRequests), 20, 26);
    }

    [Fact]
    public void WeightedTurns_AnyWeights_AreExactOverACycle() => Gen.Select(Gen.Int[1, 9].Array[1, 6], Gen.UInt).Sample((weights, start) =>
    {
        EndpointSet set = Sets.Mesh(EndpointLayout.Plain, weights);
        int cycle = weights.Sum();
        int[] counts = Sets.Count(new WeightedTurns(start), set, cycle * 20);
        for (int i = 0; i < weights.Length; i++)
        {
            Assert.InRange(counts[i], (weights[i] * 20) - 1, (weights[i] * 20) + 1);
        }
    });

    [Fact]
    public void WeightedTurns_AHeavyEndpoint_IsSpreadOut()
    {
        EndpointSet set = Sets.Mesh(EndpointLayout.Plain, 1, 1, 2);
        WeightedTurns balancer = new();
        int[] picks = [.. Enumerable.Range(0, 40).Select(_ => balancer.Pick(set, default).Index)];
        Assert.DoesNotContain(true, picks.Zip(picks.Skip(1)).Zip(picks.Skip(2), static (pair, third) => pair.First == pair.Second && pair.Second == third));
    }

    [Fact]
    public void WeightedTurns_RandomStarts_DoNotBeginTogether() =>
        Assert.Equal(4, Enumerable.Range(0, 4).Select(static start => new WeightedTurns((uint)start).Pick(Sets.Equal(4), default).Index).Distinct().Count());

    [Fact]
    public void RandomEndpoint_Weights_DoNotCount() =>
        Assert.True(Sets.Spread(Sets.Count(RandomEndpoint.Instance, Sets.Mesh(EndpointLayout.Plain, 1, 100), 100_000)) < 0.05);

    [Fact]
    public void Tried_AnyBalancer_IsAvoidedWhileAnotherIsLeft() => Gen.Select(Gen.Int[1, 4].Array[1, 5], Gen.UInt, Gen.ULong, Gen.Bool).Sample((weights, start, random, same) =>
    {
        EndpointSet set = Sets.Mesh(new EndpointLayout { Keys = new RingHashRule(64) }, [.. weights.Select(weight => same ? 1 : weight)]);
        foreach (ILoadBalancer balancer in new ILoadBalancer[]
        {
            new LeastRequest(start), new WeightedTurns(start), RandomEndpoint.Instance, new KeyedEndpoint(RandomEndpoint.Instance),
            new SpreadBalancer(() => new LeastRequest(start)),
        })
        {
            List<Endpoint> tried = [];
            for (int i = 0; i < weights.Length; i++)
            {
                tried.Add(balancer.Pick(set, new PickQuery { Tried = tried.ToArray(), Random = random + (ulong)i, HasKey = true, Hash = random }).Endpoint!);
            }

            Assert.Equal(weights.Length, tried.Distinct().Count());
            Assert.NotNull(balancer.Pick(set, new PickQuery { Tried = tried.ToArray(), Random = random, HasKey = true, Hash = random }).Endpoint);
        }
    });

    [Fact]
    public void Nobody_Available_PicksNobody()
    {
        EndpointLayout layout = new() { Keys = new RingHashRule(64) };
        foreach (EndpointSet set in new[] { Sets.Mesh(layout), Sets.Equal(2, layout).Without(0, 1), Sets.Equal(2, layout).Without(0, 1).WithPlacements() })
        {
            Assert.Equal(PickResult.None, new LeastRequest().Pick(set, default));
            Assert.Equal(PickResult.None, new WeightedTurns().Pick(set, default));
            Assert.Equal(PickResult.None, RandomEndpoint.Instance.Pick(set, default));
            Assert.Equal(PickResult.None, new KeyedEndpoint(RandomEndpoint.Instance).Pick(set, new PickQuery { HasKey = true, Hash = 5 }));
        }
    }

    private static uint Third(int index) => (uint)(((ulong)index * (1UL << 32) / 3) + 1000);

    private static void Load(EndpointSet set, string load)
    {
        int[] counts = [.. load.Split(',').Select(int.Parse)];
        for (int i = 0; i < counts.Length; i++)
        {
            for (int n = 0; n < counts[i]; n++)
            {
                set.Endpoints[i].RequestStarted();
            }
        }
    }
}
