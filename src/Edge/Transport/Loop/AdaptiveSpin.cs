using System.Diagnostics;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// Decides how long a loop polls before it blocks. After polls in vain it pauses for twice as many waits each time; a hit ends the
/// pausing. Loop thread only.
/// </summary>
internal sealed class AdaptiveSpin(int microseconds)
{
    private const int MaxPause = 256;

    private readonly long _ticks = microseconds * (Stopwatch.Frequency / 1_000_000);
    private int _pause;
    private int _skip;

    /// <summary>False when polling is switched off.</summary>
    public bool Enabled => _ticks > 0;

    /// <summary>Stopwatch ticks to poll now; 0 to block at once.</summary>
    public long Begin()
    {
        if (_skip > 0)
        {
            _skip--;
            return 0;
        }

        return _ticks;
    }

    /// <summary>Reports whether polling found an event.</summary>
    public void End(bool found)
    {
        _pause = found ? 0 : Math.Clamp(_pause * 2, 1, MaxPause);
        _skip = _pause;
    }
}
