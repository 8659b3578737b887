namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The background thread of one log: takes whole lines out of rings and writes them to the sink. It may block in the sink for ever;
/// producers never wait for it, they only look at <see cref="_attention"/> after a line and set an event when the thread asked for it.
/// </summary>
/// <remarks>
/// While lines come in, the thread looks every 20 ms and wants a signal only from a ring that is half full: a busy log costs 50 wake-ups a
/// second, whatever the rate. When a look finds nothing it goes to sleep and wants a signal for the next line. Between announcing
/// sleep and looking a last time it issues a process-wide barrier, so that producers need no fence of their own.
/// </remarks>
internal sealed class LogPump : IDisposable
{
    private const int Awake = 0;
    private const int Batching = 1;
    private const int Asleep = 2;
    private const int BatchMilliseconds = 20;
    private const int HousekeepingMilliseconds = 250;

    private readonly LineRing[] _rings;
    private readonly LogSink _sink;
    private readonly Func<bool, bool>? _housekeeping;
    private readonly Action<string>? _complain;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly object _flushed = new();
    private readonly Thread _thread;
    private int _attention;
    private long _lost;
    private bool _reopen;
    private bool _stopping;
    private long _flushAsked;
    private long _flushDone;

    /// <summary>Takes ownership of the sink and starts the thread.</summary>
    /// <param name="name">Thread name.</param>
    /// <param name="rings">One per producer.</param>
    /// <param name="sink">Where lines go.</param>
    /// <param name="housekeeping">Called by the thread after each round, with true for the last time; true asks for another call soon even without lines.</param>
    /// <param name="complain">Told why a file could not be opened again. Called by the thread.</param>
    public LogPump(string name, LineRing[] rings, LogSink sink, Func<bool, bool>? housekeeping = null, Action<string>? complain = null)
    {
        _rings = rings;
        _sink = sink;
        _housekeeping = housekeeping;
        _complain = complain;
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Lines taken from a ring that the sink refused.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>To be called by a producer after each line.</summary>
    public void LineWritten(LineRing ring)
    {
        int attention = Volatile.Read(ref _attention);
        if (attention != Awake && (attention == Asleep || ring.IsHalfFull))
        {
            Wake();
        }
    }

    /// <summary>Wakes the thread if it sleeps. Any thread; never waits.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _attention, Awake) != Awake)
        {
            _wake.Set();
        }
    }

    /// <summary>Asks the thread to open the file again.</summary>
    public void Reopen()
    {
        Volatile.Write(ref _reopen, true);
        Nudge();
    }

    /// <summary>Waits until all lines written before the call were handed to the sink (or refused by it).</summary>
    public bool Flush(TimeSpan timeout)
    {
        long asked = Interlocked.Increment(ref _flushAsked);
        Nudge();
        long deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_flushed)
        {
            while (Volatile.Read(ref _flushDone) < asked)
            {
                long left = deadline - Environment.TickCount64;
                if (left <= 0 || !Monitor.Wait(_flushed, (int)left))
                {
                    return Volatile.Read(ref _flushDone) >= asked;
                }
            }
        }

        return true;
    }

    /// <summary>Writes what waits, for at most a second, then leaves: a sink that blocks keeps only its background thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _stopping, true))
        {
            return;
        }

        Nudge();
        if (_thread.Join(1000))
        {
            _sink.Dispose();
            _wake.Dispose();
        }
    }

    /// <summary>Writes lines past the rings. The pump's own thread only, from its housekeeping.</summary>
    public void WriteNow(ReadOnlySpan<byte> lines)
    {
        try
        {
            _sink.Write(lines);
        }
        catch (IOException)
        {
            // A full disk or a closed pipe: the lines are gone and counted, the next ones try again.
            Interlocked.Add(ref _lost, lines.Count((byte)'\n'));
        }
    }

    private void Nudge()
    {
        Volatile.Write(ref _attention, Awake);
        _wake.Set();
    }

    private void Run()
    {
        while (true)
        {
            bool stopping = Volatile.Read(ref _stopping);
            long flushing = Volatile.Read(ref _flushAsked);
            if (Volatile.Read(ref _reopen))
            {
                Volatile.Write(ref _reopen, false);
                TryReopen();
            }

            bool any = Drain();
            _ = _housekeeping?.Invoke(stopping) ?? false;
            if (flushing > _flushDone)
            {
                lock (_flushed)
                {
                    _flushDone = flushing;
                    Monitor.PulseAll(_flushed);
                }
            }

            if (stopping && !any)
            {
                return;
            }

            if (any)
            {
                Volatile.Write(ref _attention, Batching);
                _wake.WaitOne(BatchMilliseconds);
                Volatile.Write(ref _attention, Awake);
                continue;
            }

            Volatile.Write(ref _attention, Asleep);
            Interlocked.MemoryBarrierProcessWide();
            if (NothingWaits())
            {
                // Asked again: a count may have begun since, and its producer saw no sleeper to wake.
                bool again = _housekeeping?.Invoke(false) ?? false;
                _wake.WaitOne(again ? HousekeepingMilliseconds : Timeout.Infinite);
            }

            Volatile.Write(ref _attention, Awake);
        }
    }

    private bool NothingWaits()
    {
        if (Volatile.Read(ref _stopping) || Volatile.Read(ref _reopen) || Volatile.Read(ref _flushAsked) != _flushDone)
        {
            return false;
        }

        foreach (LineRing ring in _rings)
        {
            if (!ring.IsEmpty)
            {
                return false;
            }
        }

        return true;
    }

    // One pass: what was there when each ring's turn came, so that a busy loop cannot hold the thread in its ring.
    private bool Drain()
    {
        bool any = false;
        foreach (LineRing ring in _rings)
        {
            int until = ring.Mark();
            for (ReadOnlySpan<byte> lines = ring.Peek(until); !lines.IsEmpty; lines = ring.Peek(until))
            {
                any = true;
                WriteNow(lines);
                ring.Advance(lines.Length);
            }
        }

        return any;
    }

    private void TryReopen()
    {
        try
        {
            _sink.Reopen();
        }
        catch (IOException failure)
        {
            _complain?.Invoke(failure.Message);
        }
    }
}
