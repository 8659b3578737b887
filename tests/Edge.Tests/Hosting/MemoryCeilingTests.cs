using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Hosting;

namespace VoltageSoda.Edge.Tests.Hosting;

public sealed class MemoryCeilingTests
{
    [Theory]
    [InlineData(0, 899, nameof(MemoryPressure.None))]
    [InlineData(0, 900, nameof(MemoryPressure.Shrink))]
    [InlineData(0, 949, nameof(MemoryPressure.Shrink))]
    [InlineData(0, 950, nameof(MemoryPressure.Refuse))]
    [InlineData(0, 979, nameof(MemoryPressure.Refuse))]
    [InlineData(0, 980, nameof(MemoryPressure.StopAccepting))]
    [InlineData(0, 2000, nameof(MemoryPressure.StopAccepting))]
    // Down only five percent below where it was entered.
    [InlineData(980, 930, nameof(MemoryPressure.StopAccepting))]
    [InlineData(980, 929, nameof(MemoryPressure.Refuse))]
    [InlineData(950, 900, nameof(MemoryPressure.Refuse))]
    [InlineData(950, 899, nameof(MemoryPressure.Shrink))]
    [InlineData(900, 850, nameof(MemoryPressure.Shrink))]
    [InlineData(900, 849, nameof(MemoryPressure.None))]
    [InlineData(980, 100, nameof(MemoryPressure.None))]
    public void Observe_Samples_StepWithHysteresis(long first, long then, string expected)
    {
        MemoryCeiling ceiling = new(1000);
        ceiling.Observe(first);
        string before = ceiling.Pressure.ToString();
        Assert.Equal(before != expected, ceiling.Observe(then));
        Assert.Equal(expected, ceiling.Pressure.ToString());
    }

    [Fact]
    public void Observe_WithoutCeiling_NeverPresses()
    {
        MemoryCeiling ceiling = new(0);
        Assert.False(ceiling.Observe(long.MaxValue / 200));
        Assert.Equal(MemoryPressure.None, ceiling.Pressure);
    }
}
