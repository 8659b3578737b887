using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

/// <summary>A pick allocates nothing, whatever the set is like; the first pick after a change of the set may.</summary>
public sealed class PickAllocationTests
{
    public static TheoryData<string> Balancers => ["least request", "round robin", "random", "ring", "maglev"];

    [Theory]
    [MemberData(nameof(Balancers))]
    public void Pick_SteadyState_AllocatesNothing(string kind)
    {
        EndpointLayout layout = kind switch
        {
            "ring" => new EndpointLayout { Keys = new RingHashRule() },
            "maglev" => new EndpointLayout { Keys = new MaglevRule() },
            _ => EndpointLayout.Plain,
        };
        Func<ILoadBalancer> make = kind switch
        {
            "round robin" => static () => new WeightedTurns(),
            "random" => static () => RandomEndpoint.Instance,
            "ring" or "maglev" => static () => new KeyedEndpoint(new LeastRequest()),
            _ => static () => new LeastRequest(),
        };
        EndpointSet[] sets =
        [
            Sets.Equal(100, layout),
            Sets.Mesh(layout, [.. Enumerable.Range(1, 100)]),
            Sets.Equal(100, layout with { Priorities = [.. Enumerable.Range(0, 100).Select(static i => i % 3)] }).Without(0, 3, 6),
            Sets.Equal(100, layout with { Localities = [.. Enumerable.Range(0, 100).Select(static i => i % 3)], LocalityWeights = [5, 3, 1] }),
            Sets.Equal(100, layout with { PanicThreshold = 50 }).Without([.. Enumerable.Range(0, 60)]),
        ];
        foreach (EndpointSet set in sets)
        {
            SpreadBalancer balancer = new(make);
            Endpoint[] tried = [set.Endpoints[1], set.Endpoints[2]];
            Picks(balancer, set, tried, 2_000);
            Assert.Equal(0, Allocations.Measure(() => Picks(balancer, set, tried, 2)));
        }
    }

    private static void Picks(SpreadBalancer balancer, EndpointSet set, Endpoint[] tried, int count)
    {
        ulong random = 1;
        for (int i = 0; i < count; i++)
        {
            random += 0x9E3779B97F4A7C15;
            balancer.Pick(set, new PickQuery { Random = random, HasKey = i % 2 == 0, Hash = random });
            balancer.Pick(set, new PickQuery { Random = random, Tried = tried });
        }
    }
}
