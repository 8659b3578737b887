using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class LatencyBucketsTests
{
    [Fact]
    public void IndexOf_EveryValue_EqualsALinearSearch()
    {
        foreach (LatencyBuckets buckets in new[] { LatencyBuckets.Kong, LatencyBuckets.Upstream })
        {
            for (int value = 0; value < 70_000; value++)
            {
                int expected = 0;
                while (expected < buckets.Bounds.Length && buckets.Bounds[expected] < value)
                {
                    expected++;
                }

                Assert.Equal(expected, buckets.IndexOf(value));
            }

            Assert.Equal(buckets.Bounds.Length, buckets.IndexOf(int.MaxValue));
        }
    }
}
