using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Telemetry.MeshMetrics;

namespace VoltageSoda.Edge.Tests.Telemetry.MeshMetrics;

public sealed class MeshSeriesTests
{
    [Fact]
    public void Key_AllFacts_ComeBack()
    {
        ResponseFlags all = Enum.GetValues<ResponseFlags>().Aggregate(static (one, other) => one | other);
        long key = MeshSeriesKey.Of(MeshSeriesKey.MaxDestinations - 1, 599, all, isGrpc: true, 16);
        Assert.True(key > 0);
        Assert.Equal(
            (MeshSeriesKey.MaxDestinations - 1, 599, all, true, 16),
            (MeshSeriesKey.Destination(key), MeshSeriesKey.Status(key), MeshSeriesKey.Flags(key), MeshSeriesKey.IsGrpc(key), MeshSeriesKey.GrpcStatus(key)));
        long plain = MeshSeriesKey.Of(0, 0, default, isGrpc: false, -1);
        Assert.Equal((0, 0, ResponseFlags.None, false, -1), (MeshSeriesKey.Destination(plain), MeshSeriesKey.Status(plain), MeshSeriesKey.Flags(plain), MeshSeriesKey.IsGrpc(plain), MeshSeriesKey.GrpcStatus(plain)));
        Assert.NotEqual(0, plain);
    }

    [Fact]
    public void Table_ManyRows_AreFoundAgainAfterGrowing()
    {
        SeriesTable table = new(2);
        for (int i = 1; i <= 500; i++)
        {
            Assert.True(table.Find(i, i % 3).IsEmpty);
            table.Add(i, i % 3)[1] = i;
        }

        for (int i = 1; i <= 500; i++)
        {
            Assert.Equal(i, table.Find(i, i % 3)[1]);
            Assert.True(table.Find(i, 7).IsEmpty);
        }

        Dictionary<(long Facts, long Tags), long[]> totals = [];
        table.AddTo(totals);
        Assert.Equal((500, 500 * 501 / 2), (totals.Count, totals.Values.Sum(static row => row[1])));
    }

    [Fact]
    public void Series_OverTheBudget_ShareOne()
    {
        EdgeMetrics metrics = new(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [], MaxSeries = 8 });
        MeshSeries series = metrics.Mesh;
        MeshMetricsPlan plan = new(series, [series.Shape(new HashSet<int>(), []), null, null, null]);
        for (int status = 200; status < 220; status++)
        {
            MeshLogLine line = new();
            plan.Record(0, new MeshMetricFacts { Key = MeshSeriesKey.Of(0, status, default, false, -1), Duration = 1, RequestBytes = 1, ResponseBytes = 1 }, in line);
        }

        Dictionary<(long Facts, long Tags), long[]> rows = series.Read(MeshMetric.Requests);
        Assert.Equal((9, 20), (rows.Count, rows.Values.Sum(static row => row[0])));
        long overflow = rows.Keys.Single(static key => MeshSeriesKey.Destination(key.Facts) == MeshSeries.OverflowDestination).Facts;
        Assert.Equal((2, "overflow"), (MeshSeriesKey.Status(overflow), series.Destination(MeshSeriesKey.Destination(overflow)).Service));
        Assert.True(metrics.Overflows >= 12);
    }

    [Fact]
    public void Buckets_Value_FallsBelowItsBound()
    {
        Assert.Equal([0, 1, 2, 2, 3, 18, 19], new long[] { 0, 1, 2, 5, 6, 3_600_000, 3_600_001 }.Select(EnvoyBuckets.IndexOf));
        Assert.Equal(EnvoyBuckets.Count + 1, EnvoyBuckets.Names.Length);
    }

    [Fact]
    public void Labels_SpecialCharacters_AreEscaped() =>
        Assert.Equal("a=\"x\\\\y\\\"z\\nw\"", ExpositionWriter.LabelText([("a", "x\\y\"z\nw")]));
}
