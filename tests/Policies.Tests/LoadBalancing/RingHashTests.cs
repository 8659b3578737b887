using CsCheck;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

/// <summary>Against the tables of envoy: test/extensions/load_balancing_policies/ring_hash/ring_hash_lb_test.cc.</summary>
public sealed class RingHashTests
{
    private static readonly KeyedEndpoint Balancer = new(RandomEndpoint.Instance);

    [Fact]
    public void Build_SixEndpoints_EntriesSitWhereEnvoyPutsThem()
    {
        EndpointSet set = Sets.Equal(6, Ring(12));
        (ulong Hash, int Owner)[] ring =
        [
            (833437586790550860, 4), (928266305478181108, 2), (1033482794131418490, 0), (3551244743356806947, 5), (3851675632748031481, 3),
            (5583722120771150861, 1), (6311230543546372928, 1), (7700377290971790572, 3), (13144177310400110813, 5), (13444792449719432967, 2),
            (15516499411664133160, 4), (16117243373044804889, 0),
        ];
        for (int i = 0; i < ring.Length; i++)
        {
            Assert.Equal(ring[i].Owner, Pick(set, ring[i].Hash));
            Assert.Equal(ring[(i + 1) % ring.Length].Owner, Pick(set, ring[i].Hash + 1));
        }

        Assert.Equal(4, Pick(set, 0));
        Assert.Equal(4, Pick(set, ulong.MaxValue));
        Assert.Equal(12, set.PlacementFor(0)!.Count);
    }

    [Fact]
    public void Build_WeightsOneTwoThree_EntriesFollowThem()
    {
        EndpointSet set = Sets.Mesh(Ring(6, 6), 1, 2, 3);
        (ulong, int)[] expected =
        [
            (928266305478181108, 2), (4443673547860492590, 2), (5583722120771150861, 1), (6311230543546372928, 1), (13444792449719432967, 2),
            (16117243373044804889, 0),
        ];
        Assert.All(expected, entry => Assert.Equal(entry.Item2, Pick(set, entry.Item1)));
        Assert.Equal([987, 1932, 3081], Histogram(Sets.Mesh(Ring(6144), 1, 2, 3), 6000));
    }

    [Fact]
    public void Build_LocalityWeights_ShareTheRingBetweenLocalities()
    {
        EndpointLayout layout = Ring(9, 9) with { Localities = [0, 0, 1, 1], LocalityWeights = [1, 2] };
        EndpointSet set = Sets.Mesh(layout, 1, 2, 1, 2);
        (ulong, int)[] expected =
        [
            (928266305478181108, 2), (3851675632748031481, 3), (5583722120771150861, 1), (6311230543546372928, 1), (7700377290971790572, 3),
            (12559126875973811811, 3), (13444792449719432967, 2), (13784988426630141778, 3), (16117243373044804889, 0),
        ];
        Assert.All(expected, entry => Assert.Equal(entry.Item2, Pick(set, entry.Item1)));
        Assert.Equal([924, 2009, 2053, 4014], Histogram(Sets.Mesh(layout with { Keys = new RingHashRule(9216) }, 1, 2, 1, 2), 9000));

        EndpointLayout zero = Ring(6144) with { Localities = [0, 1, 2, 3], LocalityWeights = [1, 2, 3, 0] };
        Assert.Equal([987, 1932, 3081, 0], Histogram(Sets.Mesh(zero, 1, 1, 1, 1), 6000));
    }

    [Fact]
    public void Build_FractionsOfEntries_CarryOver()
    {
        Assert.Equal([526, 497], Histogram(Sets.Equal(2, Ring(1023, 1023)), 1023));
        Assert.Equal(2, Histogram(Sets.Equal(4, Ring(2, 2)), 1024).Count(static count => count == 0));
    }

    // N endpoints of the same weight have ceil(minimum / N) entries each.
    [Theory]
    [InlineData(1, 1024, 1024)]
    [InlineData(3, 1024, 1026)]
    [InlineData(100, 1024, 1100)]
    [InlineData(3, 100, 102)]
    [InlineData(2000, 1024, 2000)]
    public void Build_EqualWeights_GivesEachTheSameNumber(int endpoints, int minimum, int entries)
    {
        HashPlacement ring = Sets.Equal(endpoints, Ring(minimum)).PlacementFor(0)!;
        Assert.Equal(entries, ring.Count);
        Assert.All(
            Enumerable.Range(0, entries).GroupBy(ring.OwnerAt), group => Assert.Equal(entries / endpoints, group.Count()));
    }

    [Fact]
    public void Attempts_GoAlongTheRing()
    {
        EndpointSet set = Sets.Equal(6, Ring(12));
        HashPlacement ring = set.PlacementFor(0)!;
        Assert.Equal([1, 1, 3, 5], Enumerable.Range(0, 4).Select(attempt => ring.OwnerAt(ring.Find(5583722120771150861, attempt))));
        Assert.Equal(3, Balancer.Pick(set, new PickQuery { HasKey = true, Hash = 5583722120771150861, Tried = [set.Endpoints[1]] }).Index);
    }

    [Fact]
    public void Find_AnyKey_IsTheFirstEntryAtOrAboveIt() => Gen.Select(Gen.Int[1, 9], Gen.Int[1, 3000], Gen.ULong).Sample((endpoints, minimum, key) =>
    {
        RingHash ring = RingHash.Build([.. Enumerable.Range(0, endpoints).Select(i => new KeyOwner($"10.0.0.{i}:80", 1.0 / endpoints, i))], minimum, 4096);
        int found = ring.Find(key);

        // No entry below the one found is at or above the key: the entry before it is found by keys below this one only.
        Assert.InRange(found, 0, ring.Count - 1);
        int linear = Enumerable.Range(0, ring.Count).Select(static i => (int?)i).FirstOrDefault(i => ring.HashAt(i!.Value) >= key) ?? 0;
        Assert.Equal(linear, found);
    });

    [Fact]
    public void Ejection_MovesOnlyTheKeysOfTheEjected()
    {
        EndpointSet whole = Sets.Equal(10, Ring(1024));
        EndpointSet ejected = whole.Without(3);
        Assert.False(ejected.HasCurrentPlacements);
        EndpointSet rebuilt = ejected.WithPlacements();
        Assert.True(rebuilt.HasCurrentPlacements);
        Assert.DoesNotContain(3, Enumerable.Range(0, rebuilt.PlacementFor(0)!.Count).Select(rebuilt.PlacementFor(0)!.OwnerAt));
        int stale = 0;
        int moved = 0;
        Random random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            ulong key = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            int before = Pick(whole, key);
            Assert.NotEqual(3, Pick(ejected, key));
            Assert.NotEqual(3, Pick(rebuilt, key));
            stale += before == Pick(ejected, key) ? 0 : 1;
            moved += before == Pick(rebuilt, key) ? 0 : 1;
        }

        Assert.InRange(stale / 20_000.0, 0.05, 0.15);

        // The nine that are left take more entries each than the ten had, so a few further keys move.
        Assert.InRange(moved / 20_000.0, 0.05, 0.25);
        Assert.Same(rebuilt, rebuilt.WithPlacements());
    }

    private static EndpointLayout Ring(long minimum, long maximum = RingHash.DefaultMaximumSize) => new() { Keys = new RingHashRule(minimum, maximum) };

    private static int Pick(EndpointSet set, ulong key) => Balancer.Pick(set, new PickQuery { HasKey = true, Hash = key }).Index;

    private static int[] Histogram(EndpointSet set, int keys)
    {
        int[] counts = new int[set.Endpoints.Length];
        for (uint i = 0; i < keys; i++)
        {
            counts[Pick(set, i * (ulong.MaxValue / (ulong)keys))]++;
        }

        return counts;
    }
}
