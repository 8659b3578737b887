namespace VoltageSoda.Edge.Telemetry;

/// <summary>The upper bounds of Envoy's histograms (<c>source/common/stats/histogram_impl.cc</c>), in whatever the histogram counts. Stateless.</summary>
internal static class EnvoyBuckets
{
    /// <summary>Bounds without +Inf.</summary>
    public const int Count = 19;

    /// <summary>Slots of a histogram: the buckets with +Inf, and the sum.</summary>
    public const int Slots = Count + 2;

    /// <summary>Where the sum is.</summary>
    public const int Sum = Count + 1;

    /// <summary>Label text of the bounds, ascending, +Inf last.</summary>
    public static readonly string[] Names =
    [
        "0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "30000", "60000", "300000", "600000",
        "1800000", "3600000", "+Inf",
    ];

    // Values are whole: what is not above a half is 0.
    private static readonly long[] Bounds =
        [0, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000];

    /// <summary>The bounds as numbers, ascending, without +Inf.</summary>
    public static readonly double[] Values =
        [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000];

    /// <summary>Slot of a value, 0 or more.</summary>
    public static int IndexOf(long value)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Bounds[middle] < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Adds a value to the slots of a histogram.</summary>
    public static void Observe(Span<long> slots, long value)
    {
        value = Math.Max(0, value);
        slots[IndexOf(value)]++;
        slots[Sum] += value;
    }
}
