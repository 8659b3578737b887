using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

/// <summary>Against the tables of envoy: test/extensions/load_balancing_policies/maglev/maglev_lb_test.cc.</summary>
public sealed class MaglevTests
{
    private static readonly KeyedEndpoint Balancer = new(RandomEndpoint.Instance);

    [Fact]
    public void Build_SevenSlots_AreEnvoys() => Assert.Equal([2, 4, 0, 1, 5, 0, 3], Table(Sets.Equal(6, Table(7))));

    [Fact]
    public void Build_HostNames_AreEnvoys()
    {
        KeyOwner[] owners = [.. Enumerable.Range(0, 6).Select(static i => new KeyOwner($"{90 + i}", 1.0 / 6, i))];
        Maglev table = Maglev.Build(owners, 7);
        Assert.Equal([2, 5, 0, 3, 4, 1, 0], Enumerable.Range(0, 7).Select(table.OwnerAt));
        Maglev reversed = Maglev.Build([.. owners.Reverse()], 7);
        Assert.Equal([2, 5, 0, 3, 4, 1, 0], Enumerable.Range(0, 7).Select(reversed.OwnerAt));
    }

    [Fact]
    public void Build_Weights_AreEnvoys()
    {
        Assert.Equal([1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1], Table(Sets.Mesh(Table(17), 1, 2)));
        Assert.Equal(
            [1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1],
            Table(Sets.Mesh(Table(17) with { Localities = [0, 1], LocalityWeights = [1, 1] }, 1, 2)));
        Assert.Equal(
            [1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0],
            Table(Sets.Mesh(Table(17) with { Localities = [0, 2, 1], LocalityWeights = [8, 0, 2] }, 1, 2, 3)));
    }

    [Fact]
    public void Attempts_AreEnvoys()
    {
        EndpointSet set = Sets.Equal(6, Table(7));
        HashPlacement table = set.PlacementFor(0)!;
        Assert.Equal([1, 0, 5], Enumerable.Range(0, 3).Select(attempt => table.OwnerAt(table.Find(10, attempt))));
        Assert.Equal(0, Balancer.Pick(set, new PickQuery { HasKey = true, Hash = 10, Tried = [set.Endpoints[1]] }).Index);
    }

    [Theory]
    [InlineData(65537, true)]
    [InlineData(2, true)]
    [InlineData(4_999_999, true)]
    [InlineData(5_000_011, false)]
    [InlineData(65536, false)]
    [InlineData(1, false)]
    [InlineData(0, false)]
    public void Size_IsAPrimeBelowTheLimit(int size, bool valid)
    {
        Assert.Equal(valid, Maglev.IsSize(size));
        if (!valid)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Maglev.Build([], size));
        }
    }

    [Fact]
    public void Default_SharesAlikeAndMovesAboutOneOfN()
    {
        EndpointSet ten = Sets.Equal(10, Table(Maglev.DefaultSize));
        EndpointSet nine = ten.Without(4).WithPlacements();
        HashPlacement before = ten.PlacementFor(0)!;
        HashPlacement after = nine.PlacementFor(0)!;
        int[] counts = [.. Enumerable.Range(0, before.Count).GroupBy(before.OwnerAt).Select(static group => group.Count())];
        Assert.True(Sets.Spread(counts) < 0.01);
        int moved = Enumerable.Range(0, before.Count).Count(slot => before.OwnerAt(slot) != after.OwnerAt(slot));
        Assert.InRange(moved / (double)before.Count, 0.09, 0.15);
    }

    private static EndpointLayout Table(int size) => new() { Keys = new MaglevRule(size) };

    private static int[] Table(EndpointSet set) =>
    [
        .. Enumerable.Range(0, set.PlacementFor(0)!.Count)
            .Select(key => Balancer.Pick(set, new PickQuery { HasKey = true, Hash = (ulong)key }).Index),
    ];
}
