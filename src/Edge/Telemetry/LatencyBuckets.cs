using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The upper bounds of a latency histogram in milliseconds (at most 15, then +Inf). Immutable. The bucket of a value is found without a
/// branch: two vector comparisons against the sixteen padded bounds and a bit count.
/// </summary>
internal sealed class LatencyBuckets
{
    /// <summary>Slots a histogram needs: up to 15 bounds and +Inf.</summary>
    public const int Slots = 16;

    private readonly int[] _padded = new int[Slots];

    private LatencyBuckets(params int[] bounds)
    {
        Bounds = bounds;
        _padded.AsSpan().Fill(int.MaxValue);
        bounds.CopyTo(_padded, 0);
    }

    /// <summary>Kong 3.4's bounds of <c>kong_kong_latency_ms</c> (kong/plugins/prometheus/exporter.lua).</summary>
    public static LatencyBuckets Kong { get; } = new(1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000);

    /// <summary>Kong's bounds of the upstream and request latencies.</summary>
    public static LatencyBuckets Upstream { get; } = new(25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10000, 30000, 60000);

    /// <summary>The bounds without +Inf, ascending.</summary>
    public int[] Bounds { get; }

    /// <summary>Index of the first bound that is not below <paramref name="value"/>; the number of bounds when none is (+Inf).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IndexOf(int value)
    {
        ref int first = ref MemoryMarshal.GetArrayDataReference(_padded);
        Vector256<int> needle = Vector256.Create(value);
        uint low = Vector256.LessThan(Vector256.LoadUnsafe(ref first), needle).ExtractMostSignificantBits();
        uint high = Vector256.LessThan(Vector256.LoadUnsafe(ref first, 8), needle).ExtractMostSignificantBits();
        return BitOperations.PopCount(low | (high << 8));
    }
}
