using VoltageSoda.Edge.Exchanges;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// Turns samples of resident memory into <see cref="MemoryPressure"/> with 5 % hysteresis (<c>EDGE_MEMORY_LIMIT</c>). Fed by the control
/// loop, read by every loop. Pure but for its own state.
/// </summary>
internal sealed class MemoryCeiling(long limitBytes)
{
    private const int HysteresisPercent = 5;
    private static readonly int[] EnterPercent = [0, 90, 95, 98];

    private volatile int _level;

    /// <summary>Ceiling in bytes; 0 turns the check off.</summary>
    public long LimitBytes { get; } = limitBytes;

    public MemoryPressure Pressure => (MemoryPressure)_level;

    /// <summary>Takes a sample; true when the pressure changed.</summary>
    public bool Observe(long residentBytes)
    {
        if (LimitBytes <= 0)
        {
            return false;
        }

        double percent = residentBytes * 100.0 / LimitBytes;
        int next = _level;
        while (next < EnterPercent.Length - 1 && percent >= EnterPercent[next + 1])
        {
            next++;
        }

        while (next > 0 && percent < EnterPercent[next] - HysteresisPercent)
        {
            next--;
        }

        bool changed = next != _level;
        _level = next;
        return changed;
    }
}
