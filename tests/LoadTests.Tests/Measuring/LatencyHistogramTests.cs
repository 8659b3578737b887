using HdrHistogram;
using HdrHistogram.Utilities;
using VoltageSoda.Edge.LoadTests.Measuring;

namespace VoltageSoda.Edge.LoadTests.Tests.Measuring;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void At_OneToTenThousandMicroseconds_FindsPercentiles()
    {
        var histogram = new LatencyHistogram();
        for (int i = 1; i <= 10_000; i++)
        {
            histogram.Record(i * 1000L);
        }

        Assert.Equal(10_000, histogram.Count);
        Assert.InRange(histogram.At(50), 4_990_000, 5_010_000);
        Assert.InRange(histogram.At(95), 9_490_000, 9_510_000);
        Assert.InRange(histogram.At(100), 9_990_000, 10_010_000);
        Assert.InRange(histogram.Max, 9_990_000, 10_010_000);
        Assert.InRange(histogram.Mean, 4_990_000, 5_010_000);
    }

    [Fact]
    public void Record_OutsideItsRange_IsClampedAndCounted()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);
        histogram.Record(0);
        histogram.Record(long.MaxValue);

        Assert.Equal(3, histogram.Count);
        Assert.InRange(histogram.Max, 599_000_000_000, 601_000_000_000);
    }

    [Fact]
    public void Read_Empty_IsZero()
    {
        var histogram = new LatencyHistogram();

        Assert.Equal((0, 0, 0, 0d), (histogram.Count, histogram.Max, histogram.At(99), histogram.Mean));
        Assert.Empty(histogram.Values());
    }

    [Fact]
    public void Encode_Decoded_GivesTheSameCounts()
    {
        var histogram = new LatencyHistogram();
        for (int i = 1; i <= 1000; i++)
        {
            histogram.Record(i * i * 1000L);
        }

        ByteBuffer buffer = ByteBuffer.Allocate(Convert.FromBase64String(histogram.Encode()));
        HistogramBase decoded = HistogramEncoding.DecodeFromCompressedByteBuffer(buffer, 1);

        Assert.Equal(1000, decoded.TotalCount);
        Assert.Equal(histogram.At(99), decoded.GetValueAtPercentile(99));
    }
}
