using VoltageSoda.Edge.LoadTests.Cli;

namespace VoltageSoda.Edge.LoadTests.Tests.Cli;

public sealed class ValuesTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("2s", 2000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("3", 3000)]
    public void Duration_WithUnit_IsRead(string text, double milliseconds) =>
        Assert.Equal(milliseconds, Values.Duration(text).TotalMilliseconds);

    [Theory]
    [InlineData("64KiB", 65_536)]
    [InlineData("1MiB", 1_048_576)]
    [InlineData("10", 10)]
    public void Size_WithUnit_IsRead(string text, int bytes) => Assert.Equal(bytes, Values.Size(text));

    [Theory]
    [InlineData("")]
    [InlineData("fast")]
    [InlineData("-1s")]
    public void Duration_Nonsense_IsRefused(string text) => Assert.Throws<FormatException>(() => Values.Duration(text));
}
