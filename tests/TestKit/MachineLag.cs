using System.Diagnostics;

namespace VoltageSoda.Edge.TestKit;

/// <summary>
/// What the machine keeps back from a thread that asks for little: a thread waits two milliseconds again and again, and the time by which it is
/// late adds up. A limit of wall-clock time holds for a machine of one's own; on one that is shared it is longer by this. Thread-safe.
/// </summary>
public sealed class MachineLag : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _ticks;
    private long _longest;

    /// <summary>Begins to look.</summary>
    public MachineLag()
    {
        _thread = new Thread(Look) { IsBackground = true, Name = "machine-lag" };
        _thread.Start();
    }

    /// <summary>All of it since the beginning.</summary>
    public TimeSpan Total => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    /// <summary>The longest at once.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

    /// <summary>A watch that does not count it.</summary>
    public LagWatch Start() => new(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Look()
    {
        long before = Stopwatch.GetTimestamp();
        while (!_stop.Wait(Pause))
        {
            long now = Stopwatch.GetTimestamp();
            long late = Math.Max(0, (Stopwatch.GetElapsedTime(before, now) - Pause).Ticks);
            Interlocked.Add(ref _ticks, late);
            Interlocked.Exchange(ref _longest, Math.Max(late, _longest));
            before = now;
        }
    }
}

/// <summary>Wall-clock time without the machine's lag.</summary>
public readonly struct LagWatch
{
    private readonly MachineLag _lag;
    private readonly TimeSpan _before;

    internal LagWatch(MachineLag lag)
    {
        _lag = lag;
        _before = lag.Total;
        Started = Stopwatch.GetTimestamp();
    }

    /// <summary>The time stamp of its start.</summary>
    public long Started { get; }

    /// <summary>Time since the start, less the lag since then; as it would be on a machine of one's own.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Math.Max(0, (Stopwatch.GetElapsedTime(Started) - (_lag.Total - _before)).Ticks));
}
