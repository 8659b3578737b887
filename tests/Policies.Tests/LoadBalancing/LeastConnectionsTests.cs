using CsCheck;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

public sealed class LeastConnectionsTests
{
    [Fact]
    public void Pick_AnyLoad_IsTheLowestShareOfItsWeight() => Gen.Select(
        Gen.Int[0, 5].Array[1, 8], Gen.Int[0, 6].Array[8], Gen.UInt[0, 20]).Sample((weights, loads, start) =>
        {
            EndpointSet set = Sets.Of(weights);
            for (int i = 0; i < weights.Length; i++)
            {
                for (int n = 0; n < loads[i]; n++)
                {
                    set.Endpoints[i].RequestStarted();
                }
            }

            PickResult pick = new LeastConnections(start).Pick(set, default);
            if (set.AvailableCount == 0)
            {
                Assert.Equal(PickResult.None, pick);
                return;
            }

            double best = Enumerable.Range(0, weights.Length).Where(i => weights[i] > 0).Min(i => (loads[i] + 1) / (double)weights[i]);
            Assert.Equal(best, (loads[pick.Index] + 1) / (double)weights[pick.Index], 10);
        });

    [Fact]
    public void Pick_Idle_TakesTurnsAmongEqualsAndPrefersWeight()
    {
        LeastConnections balancer = new();
        EndpointSet equal = Sets.Of(100, 100, 100);
        Assert.Equal([0, 1, 2, 0, 1, 2], Enumerable.Range(0, 6).Select(_ => balancer.Pick(equal, default).Index));
        Assert.Equal(1, balancer.Pick(Sets.Of(100, 300, 200), default).Index);
    }

    [Fact]
    public void Pick_Tried_IsPassedByUntilAllAre()
    {
        EndpointSet set = Sets.Of(1, 2, 3);
        LeastConnections balancer = new();
        List<Endpoint> tried = [];
        for (int i = 0; i < 3; i++)
        {
            tried.Add(balancer.Pick(set, new PickQuery { Tried = tried.ToArray() }).Endpoint!);
        }

        Assert.Equal(3, tried.Distinct().Count());
        Assert.Equal(2, balancer.Pick(set, new PickQuery { Tried = tried.ToArray() }).Index);
    }

    // The one that is added to the requests in flight favours weight a little more than its share.
    [Theory]
    [InlineData(0.05, 100, 100, 100, 100)]
    [InlineData(0.15, 100, 100, 200, 100)]
    public void Pick_SeveralLoops_SpreadEvenlyAndFollowWeights(double spread, params int[] weights)
    {
        EndpointSet set = Sets.Of(weights);
        LeastConnections[] loops = [.. Enumerable.Range(0, 4).Select(static loop => new LeastConnections((uint)loop))];
        List<Endpoint> open = [];
        Random random = new(1);
        for (int i = 0; i < 100_000; i++)
        {
            Endpoint picked = loops[random.Next(loops.Length)].Pick(set, default).Endpoint!;
            picked.RequestStarted();
            open.Add(picked);
            if (open.Count == 100)
            {
                int ended = random.Next(open.Count);
                open[ended].RequestEnded();
                open[ended] = open[^1];
                open.RemoveAt(open.Count - 1);
            }
        }

        double[] shares = [.. set.Endpoints.Select((endpoint, i) => endpoint.TotalRequests / (double)set.Weights[i])];
        Assert.InRange((shares.Max() - shares.Min()) / shares.Average(), 0, spread);
    }

    [Fact]
    public void Pick_Steady_AllocatesNothing()
    {
        LeastConnections balancer = new();
        EndpointSet set = Sets.Of(1, 2, 3);
        Assert.Equal(0, Allocations.Measure(() => balancer.Pick(set, default)));
    }
}
