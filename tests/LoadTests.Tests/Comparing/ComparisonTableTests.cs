using VoltageSoda.Edge.LoadTests.Comparing;

namespace VoltageSoda.Edge.LoadTests.Tests.Comparing;

public sealed class ComparisonTableTests
{
    [Theory]
    [InlineData(new double[] { 3, 1, 2 }, 2)]
    [InlineData(new double[] { 4, 1, 2, 3 }, 2.5)]
    [InlineData(new double[] { 7 }, 7)]
    public void Median_AnyOrder_IsTheMiddle(double[] values, double median) => Assert.Equal(median, Comparison.Median(values));

    [Fact]
    public void Markdown_TwoProxies_ShowsMediansAndRatios()
    {
        Measurement[] measurements =
        [
            Round("nginx", 1, 0.020), Round("edge", 1, 0.018), Round("nginx", 2, 0.030), Round("edge", 2, 0.017),
            Round("nginx", 3, 0.019), Round("edge", 3, 0.025),
        ];

        string table = ComparisonTable.Markdown([new("commit", "abc")], measurements);

        Assert.Equal("""
            # Comparison

            - commit: abc

            ## keepalive-1k

            | proxy | CPU µs/request (lowest–highest) | of it user | vs nginx | requests/s | p50 ms | p99 ms | p50 ms, open 2000/s | p99 ms, open | RSS MiB | PSS MiB | errors |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
            | nginx | 20.0 (19.0–30.0) | 5.0 | 1.00 | 500 | 1.50 | 12.0 | 0.10 | 0.20 | 10 | 5 | 0 |
            | edge | 18.0 (17.0–25.0) | 5.0 | 0.90 | 500 | 1.50 | 12.0 | 0.10 | 0.20 | 10 | 5 | 0 |

            """.ReplaceLineEndings("\n"), table);
    }

    private static Measurement Round(string proxy, int round, double cpu) => new()
    {
        Shape = "keepalive-1k",
        Proxy = proxy,
        Round = round,
        Requests = 1000,
        Errors = 0,
        Seconds = 2,
        CpuSeconds = cpu,
        UserSeconds = 0.005,
        P50Us = 1500,
        P99Us = 12_000,
        OpenRate = 2000,
        OpenP50Us = 100,
        OpenP99Us = 200,
        RssKiB = 10_240,
        PssKiB = 5120,
    };
}
