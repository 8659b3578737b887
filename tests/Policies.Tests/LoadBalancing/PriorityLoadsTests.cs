using CsCheck;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

/// <summary>Against the tables of envoy: docs/root/intro/arch_overview/upstream/load_balancing/priority.rst and panic_threshold.rst.</summary>
public sealed class PriorityLoadsTests
{
    [Theory]
    [InlineData("100,100", "100,0")]
    [InlineData("72,100", "100,0")]
    [InlineData("71,100", "99,1")]
    [InlineData("50,100", "70,30")]
    [InlineData("25,100", "35,65")]
    [InlineData("0,100", "0,100")]
    [InlineData("72,72", "100,0")]
    [InlineData("71,71", "99,1")]
    [InlineData("50,50", "70,30")]
    [InlineData("25,25", "50,50")]
    [InlineData("100,100,100", "100,0,0")]
    [InlineData("72,72,100", "100,0,0")]
    [InlineData("71,71,100", "99,1,0")]
    [InlineData("50,50,100", "70,30,0")]
    [InlineData("25,100,100", "35,65,0")]
    [InlineData("25,25,100", "35,35,30")]
    [InlineData("0,0,0", "100,0,0")]
    public void Loads_OfHundredEndpointsEach_AreTheDocumented(string healthy, string loads) =>
        Assert.Equal(Numbers(loads), PriorityLoads.Of(Numbers(healthy), Hundreds(healthy), 0).Loads.ToArray());

    [Theory]
    [InlineData("72,72", 50, "", "100,0")]
    [InlineData("50,60", 50, "", "70,30")]
    [InlineData("25,100", 50, "", "35,65")]
    [InlineData("25,25", 50, "01", "50,50")]
    [InlineData("5,65", 50, "0", "8,92")]
    [InlineData("0,0", 50, "01", "50,50")]
    [InlineData("49,0", 50, "01", "50,50")]
    [InlineData("50,0", 50, "1", "100,0")]
    [InlineData("0,0", 0, "", "100,0")]
    [InlineData("75,0", 80, "", "100,0")]
    public void Panic_BelowTheThresholdAndOnlyWhileNotAllIsCarried(string healthy, double threshold, string panicking, string loads)
    {
        PriorityLoads priorities = PriorityLoads.Of(Numbers(healthy), Hundreds(healthy), threshold);
        Assert.Equal(panicking, string.Concat(Enumerable.Range(0, 2).Where(priorities.IsPanicking)));
        Assert.Equal(Numbers(loads), priorities.Loads.ToArray());
    }

    [Fact]
    public void Panic_OfAll_SharesByTheNumberOfEndpoints()
    {
        PriorityLoads loads = PriorityLoads.Of([1, 0, 0], [10, 20, 10], 50);
        Assert.Equal([25, 50, 25], loads.Loads.ToArray());
        Assert.Equal([0, 1, 1, 2], new ulong[] { 24, 25, 74, 75 }.Select(loads.Choose));
    }

    // envoy: test/extensions/retry/priority/previous_priorities/config_test.cc.
    [Theory]
    [InlineData("100,100,100", 0b001u, "0,100,0")]
    [InlineData("100,100,100", 0b011u, "0,0,100")]
    [InlineData("100,100,100", 0b111u, "100,0,0")]
    [InlineData("50,100", 0b01u, "0,100")]
    [InlineData("50,0", 0b01u, "100,0")]
    [InlineData("100,25,100", 0b001u, "0,35,65")]
    [InlineData("25,25,25", 0b001u, "0,50,50")]
    [InlineData("0,100,100", 0b010u, "0,0,100")]
    public void Choose_WithoutPrioritiesTried_GivesTheirLoadToTheOthers(string healthy, uint excluded, string shares)
    {
        PriorityLoads loads = PriorityLoads.Of(Numbers(healthy), Hundreds(healthy), 0);
        int[] drawn = new int[Numbers(healthy).Length];
        for (ulong hash = 0; hash < 100; hash++)
        {
            drawn[loads.Choose(hash, excluded)]++;
        }

        Assert.Equal(Numbers(shares), drawn);
    }

    [Fact]
    public void Loads_Always_AddUpToAHundred() => Gen.Select(Gen.Int[0, 20].Array[1, 6], Gen.Int[0, 20].Array[6], Gen.Double[0, 100]).Sample((total, down, threshold) =>
    {
        int[] healthy = [.. total.Select((count, i) => Math.Max(0, count - down[i]))];
        PriorityLoads loads = PriorityLoads.Of(healthy, total, threshold);
        Assert.Equal(100, loads.Loads.ToArray().Sum());
        for (int i = 0; i < total.Length; i++)
        {
            // A load goes where somebody can take it, unless nobody can.
            Assert.True(loads.Loads[i] == 0 || healthy[i] > 0 || loads.IsPanicking(i) || healthy.Sum() == 0);
        }
    });

    private static int[] Numbers(string list) => [.. list.Split(',').Select(static text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];

    private static int[] Hundreds(string list) => [.. list.Split(',').Select(static _ => 100)];
}
