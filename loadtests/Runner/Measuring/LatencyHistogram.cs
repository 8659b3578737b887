using HdrHistogram;
using HdrHistogram.Utilities;

namespace VoltageSoda.Edge.LoadTests.Measuring;

/// <summary>
/// Latencies in nanoseconds, to three digits by default, from 1 ns to 10 minutes; what is longer counts as 10 minutes. Written by one
/// thread; read when that thread is done.
/// </summary>
public sealed class LatencyHistogram
{
    private const long Longest = 600_000_000_000;

    private readonly LongHistogram _histogram;

    /// <summary>An empty histogram.</summary>
    public LatencyHistogram(int digits = 3) => _histogram = new LongHistogram(1, Longest, digits);

    /// <summary>How many latencies there are.</summary>
    public long Count => _histogram.TotalCount;

    /// <summary>The mean in nanoseconds; 0 when empty.</summary>
    public double Mean => Count == 0 ? 0 : _histogram.GetMean();

    /// <summary>The largest in nanoseconds; 0 when empty.</summary>
    public long Max => Count == 0 ? 0 : _histogram.GetMaxValue();

    /// <summary>Adds one latency.</summary>
    public void Record(long nanoseconds) => _histogram.RecordValue(Math.Clamp(nanoseconds, 1, Longest));

    /// <summary>Adds all latencies of another histogram.</summary>
    public void Add(LatencyHistogram other) => _histogram.Add(other._histogram);

    /// <summary>The latency in nanoseconds that <paramref name="percentile"/> percent do not exceed; 0 when empty.</summary>
    public long At(double percentile) => Count == 0 ? 0 : _histogram.GetValueAtPercentile(percentile);

    /// <summary>The recorded values and their counts, ascending.</summary>
    public IEnumerable<(long Nanoseconds, long Count)> Values() =>
        _histogram.RecordedValues().Select(value => (value.ValueIteratedTo, value.CountAtValueIteratedTo));

    /// <summary>HdrHistogram's compressed V2 encoding in base64, which every HdrHistogram tool reads.</summary>
    public string Encode()
    {
        ByteBuffer buffer = ByteBuffer.Allocate(_histogram.GetNeededByteBufferCapacity());
        int length = _histogram.EncodeIntoCompressedByteBuffer(buffer);
        byte[] bytes = new byte[length];
        buffer.Position = 0;
        for (int i = 0; i < length; i++)
        {
            bytes[i] = buffer.Get();
        }

        return Convert.ToBase64String(bytes);
    }
}
