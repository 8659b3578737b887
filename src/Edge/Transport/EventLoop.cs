using System.Diagnostics;

namespace VoltageSoda.Edge.Transport;

/// <summary>
/// One serial executor that owns sockets, timers and pools. Everything that belongs to a loop is touched on its thread
/// only, so nothing behind it needs a lock.
/// </summary>
/// <remarks>
/// <para>Members are for the loop's own thread except <see cref="Post"/>, <see cref="Id"/>, <see cref="IsCurrent"/>,
/// <see cref="SwitchTo"/> and <see cref="SynchronizationContext"/>, which any thread may use.</para>
/// <para>The clock is read once per turn: code that runs within one turn sees one time.</para>
/// </remarks>
public abstract class EventLoop
{
    [ThreadStatic]
    private static EventLoop? t_current;

    private long _nowTicks;
    private long _nowMilliseconds;

    private protected EventLoop(int id)
    {
        Id = id;
        SynchronizationContext = new LoopSynchronizationContext(this);
        RefreshClock();
        Timers = new TimerWheel(_nowMilliseconds);
    }

    /// <summary>The loop whose thread is running, or null off every loop.</summary>
    public static EventLoop? Current => t_current;

    /// <summary>Position of this loop in <see cref="ITransport.Loops"/>; 0-based.</summary>
    public int Id { get; }

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => ReferenceEquals(t_current, this);

    /// <summary>Monotonic milliseconds, read once per turn.</summary>
    public long NowMilliseconds => _nowMilliseconds;

    /// <summary>Monotonic <see cref="Stopwatch"/> ticks, read once per turn.</summary>
    public long NowTicks => _nowTicks;

    /// <summary>The loop's timers, 1 ms tick. Loop thread only.</summary>
    public TimerWheel Timers { get; }

    /// <summary>
    /// Installed on the loop thread. Its Post queues to the loop, so that awaiting a task that is not ours resumes there.
    /// </summary>
    public SynchronizationContext SynchronizationContext { get; }

    /// <summary>Called with an exception that escaped a posted callback, a timer or a detached method. Any number of loops share a handler.</summary>
    public Action<Exception>? UnhandledException { get; set; }

    /// <summary>Queues a callback to run on the loop, in a later step of this turn or in the next. Any thread.</summary>
    public abstract void Post(Action<object?> callback, object? state);

    /// <summary>Awaiting the result continues on this loop; synchronously when already there.</summary>
    public LoopSwitchAwaitable SwitchTo() => new(this);

    private protected static void SetCurrent(EventLoop? loop) => t_current = loop;

    private protected void RefreshClock()
    {
        _nowTicks = Stopwatch.GetTimestamp();
        _nowMilliseconds = Stopwatch.Frequency == 1_000_000_000 ? _nowTicks / 1_000_000 : _nowTicks / (Stopwatch.Frequency / 1000);
    }

    internal void ReportUnhandled(Exception exception) => UnhandledException?.Invoke(exception);
}
