using System.Collections.Concurrent;
using System.Diagnostics;

namespace VoltageSoda.Edge.Transport;

/// <summary>
/// One serial executor that owns sockets, timers and pools. Everything that belongs to a loop is touched on its thread
/// only, so nothing behind it needs a lock.
/// </summary>
/// <remarks>
/// <para>Members are for the loop's own thread except <see cref="Post"/>, <see cref="Id"/>, <see cref="IsCurrent"/>,
/// <see cref="SwitchTo"/> and <see cref="SynchronizationContext"/>, which any thread may use.</para>
/// <para>A turn: wait for events, handle them, run what was posted, run the timers that are due. The clock is read once per turn: code that
/// runs within one turn sees one time.</para>
/// </remarks>
public abstract class EventLoop
{
    [ThreadStatic]
    private static EventLoop? _current;

    private readonly WorkQueue _own = new();
    private readonly ConcurrentQueue<WorkItem> _foreign = new();
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    // 1 while the loop is blocked or about to block: only then does a post need to wake it.
    private int _sleeping;
    private volatile bool _stopping;
    private long _nowTicks;
    private long _nowMilliseconds;

    private protected EventLoop(int id)
    {
        Id = id;
        SynchronizationContext = new LoopSynchronizationContext(this);
        RefreshClock();
        Timers = new TimerWheel(_nowMilliseconds);
        _thread = new Thread(static loop => ((EventLoop)loop!).Run()) { IsBackground = true, Name = $"edge-loop-{id}" };
    }

    /// <summary>The loop whose thread is running, or null off every loop.</summary>
    public static EventLoop? Current => _current;

    /// <summary>Position of this loop in <see cref="ITransport.Loops"/>; 0-based.</summary>
    public int Id { get; }

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => ReferenceEquals(_current, this);

    /// <summary>The clock behind <see cref="NowMilliseconds"/>, for those who are no loop.</summary>
    public static long ReadMilliseconds() => ToMilliseconds(Stopwatch.GetTimestamp());

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

    /// <summary>
    /// Called on the loop with an exception that escaped a posted callback, a timer or a detached method. Such an exception is a bug; while
    /// nobody is set to hear of it, it ends the process.
    /// </summary>
    public Action<Exception>? UnhandledException { get; set; }

    /// <summary>Accepts that failed for want of descriptors or memory and made a listener of this loop back off. Any thread.</summary>
    public long AcceptFailures => Volatile.Read(ref AcceptFailureCount);

    /// <summary>Connections of this loop whose socket is open, downstream and upstream. Any thread.</summary>
    public int OpenConnections => Volatile.Read(ref OpenConnectionCount);

    private protected bool HasWork => _own.Count != 0 || !_foreign.IsEmpty;

    // Written by the loop thread alone.
    internal long AcceptFailureCount;
    internal int OpenConnectionCount;

    /// <summary>Counts turns, for limits on the work of one turn.</summary>
    internal long Turn { get; private set; }

    /// <summary>Queues a callback to run on the loop, in a later step of this turn or in the next. Any thread.</summary>
    public void Post(Action<object?> callback, object? state)
    {
        if (ReferenceEquals(_current, this))
        {
            _own.Enqueue(callback, state);
            return;
        }

        _foreign.Enqueue(new WorkItem { Callback = callback, State = state });

        // The exchange is also the fence between publishing the callback and looking whether the loop sleeps.
        if (Interlocked.CompareExchange(ref _sleeping, 0, 1) == 1)
        {
            Wake();
        }
    }

    /// <summary>Awaiting the result continues on this loop; synchronously when already there.</summary>
    public LoopSwitchAwaitable SwitchTo() => new(this);

    internal void Start() => _thread.Start(this);

    /// <summary>Ends the loop after the work already posted. Completes when its thread is done and its sockets are closed.</summary>
    internal Task StopAsync()
    {
        Post(static loop => ((EventLoop)loop!)._stopping = true, this);
        return _exited.Task;
    }

    internal void ReportUnhandled(Exception exception)
    {
        if (UnhandledException is { } handler)
        {
            handler(exception);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static e => throw new InvalidOperationException("An exception escaped to an event loop.", e), exception, preferLocal: false);
        }
    }

    /// <summary>Waits up to <paramref name="timeoutMs"/> (-1: without end) for events or <see cref="Wake"/>, then handles them.</summary>
    private protected abstract void WaitForEvents(int timeoutMs);

    /// <summary>Handles what a failed turn left of its batch of events.</summary>
    private protected abstract void HandleEvents();

    /// <summary>Sends what the turn has left to its end.</summary>
    private protected virtual void SendDeferred()
    {
    }

    /// <summary>Ends a wait of the loop. Any thread.</summary>
    private protected abstract void Wake();

    /// <summary>Closes everything the loop owns; its last act.</summary>
    private protected abstract void CloseAll();

    private protected void RefreshClock()
    {
        _nowTicks = Stopwatch.GetTimestamp();
        _nowMilliseconds = ToMilliseconds(_nowTicks);
    }

    private void Run()
    {
        _current = this;
        SynchronizationContext.SetSynchronizationContext(SynchronizationContext);
        while (!_stopping)
        {
            Guard(static loop => loop.RunTurn());
        }

        Guard(static loop => loop.CloseAll());
        while (HasWork)
        {
            Guard(static loop => loop.RunPosted());
        }

        _current = null;
        _exited.SetResult();
    }

    private void Guard(Action<EventLoop> step)
    {
        try
        {
            step(this);
        }
#pragma warning disable CA1031 // The outermost frame of the loop: one bad callback must not end every connection.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ReportUnhandled(exception);
        }
    }

    private void RunTurn()
    {
        Turn++;
        HandleEvents();
        SendDeferred();
        WaitForEvents(ReadyToWait());
        RunPosted();
        Timers.Advance(_nowMilliseconds);
    }

    private int ReadyToWait()
    {
        if (_own.Count != 0)
        {
            return 0;
        }

        RefreshClock();
        int timeout = Timers.GetTimeout(_nowMilliseconds);
        if (timeout == 0)
        {
            return 0;
        }

        // A poster that misses the flag has already queued its callback, so that this look finds it.
        Interlocked.Exchange(ref _sleeping, 1);
        if (!_foreign.IsEmpty)
        {
            Volatile.Write(ref _sleeping, 0);
            return 0;
        }

        return timeout;
    }

    /// <summary>To be called as soon as the wait is over.</summary>
    private protected void Woke()
    {
        Volatile.Write(ref _sleeping, 0);
        RefreshClock();
    }

    private void RunPosted()
    {
        // Only what is there now: callbacks that post themselves again must let events through.
        for (int count = _own.Count; count > 0; count--)
        {
            WorkItem item = _own.Dequeue();
            item.Callback(item.State);
        }

        if (_foreign.IsEmpty)
        {
            return;
        }

        for (int count = _foreign.Count; count > 0 && _foreign.TryDequeue(out WorkItem item); count--)
        {
            item.Callback(item.State);
        }
    }

    private static long ToMilliseconds(long ticks) =>
        Stopwatch.Frequency == 1_000_000_000 ? ticks / 1_000_000 : ticks / (Stopwatch.Frequency / 1000);
}
