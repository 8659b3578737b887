using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>
/// Entries on their way out of the process in batches, with the rules of Kong's queue (<c>kong/tools/queue.lua</c>): a batch is sent when it is
/// full or its first entry has waited long enough; a failed one is tried again with doubling pauses until its time is over; a full queue drops
/// its oldest entry.
/// </summary>
/// <remarks>
/// Loops hand entries over without lock, wait or allocation, and drop the oldest themselves when theirs is one too many, so the bounds hold
/// whatever the consumer does. While a producer is interrupted with the oldest place in its hand nothing can be dropped: the queue may then
/// fill the places of its ring, which are the bound and a slack rounded up to a power of two. The consumer is one asynchronous flow that
/// begins with the first entry; the batch it sends counts against the bounds but is never dropped for them, and one entry may always wait.
/// A queue that nobody refers to any more finishes what it holds and is collected. Thread-safe.
/// </remarks>
public sealed class BatchQueue : IThreadPoolWorkItem, IAsyncDisposable
{
    private const int Nobody = int.MaxValue;

    // Of _leave: told that no configuration names the queue, and having closed what its sender kept open.
    private const int Leaving = 1;
    private const int Left = 2;

    // Slots beyond the bound for producers that have enqueued and not yet dropped.
    private const int Slack = 64;

    // How often a saturated queue takes what it is offered, so that what it holds stays recent at a cost that does not grow with the load.
    private const int TakenEachMilliseconds = 10;

    // Kong sends a batch at once when less than this is left to wait (COALESCE_MIN_TIME).
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);

    private readonly QueueCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly EntryRing _ring;
    private readonly long _maxBytes;
    private readonly List<QueueEntry> _batch = [];
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private IBatchSender _sender;
    private IBatchSender? _nextSender;
    private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;
    private int _inFlight;
    private long _bytes;
    private int _wanted = Nobody;
    private int _started;
    private long _taken;
    private bool _failing;
    private bool _stopping;
    private bool _hurried;
    private bool _closed;
    private int _leave;
    private long _toldDrops;

    /// <param name="name">For the log.</param>
    /// <param name="options">Bounds and pauses.</param>
    /// <param name="sender">Owned by the queue.</param>
    /// <param name="counters">Where entries are accounted for.</param>
    /// <param name="time">Clock of the pauses.</param>
    /// <param name="log">Told of failures, lost entries and recovery.</param>
    public BatchQueue(string name, QueueOptions options, IBatchSender sender, QueueCounters counters, TimeProvider time, ILogger log)
    {
        Name = name;
        Options = options;
        _sender = sender;
        _counters = counters;
        _time = time;
        _log = log;
        _maxBytes = options.MaxBytes ?? long.MaxValue;
        _ring = new EntryRing(options.MaxEntries + Slack);
        _timer = time.CreateTimer(static self => ((BatchQueue)self!).Signal(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What the log calls it.</summary>
    public string Name { get; }

    /// <summary>Bounds and pauses.</summary>
    public QueueOptions Options { get; }

    /// <summary>Accounting, shared with former queues of the same name.</summary>
    public QueueCounters Counters => _counters;

    /// <summary>True when nothing waits and nothing is being sent.</summary>
    public bool IsEmpty => Volatile.Read(ref _waiting) == 0 && Volatile.Read(ref _inFlight) == 0;

    /// <summary>
    /// True when the last attempt failed and there is no room: whatever comes in displaces something that was never sent, and most likely
    /// never will be.
    /// </summary>
    public bool IsSaturated => Volatile.Read(ref _failing)
        && (Volatile.Read(ref _waiting) + Volatile.Read(ref _inFlight) >= Options.MaxEntries
            || Interlocked.Read(ref _bytes) >= _maxBytes - (_maxBytes / 16));

    /// <summary>
    /// Asked before entries are written: true when the queue is saturated and does not want them. They are counted as entered and dropped as
    /// <see cref="QueueDrop.Full"/>, at a fraction of the cost of writing them for nothing. One call per 10 ms is answered with false all the
    /// same. Never waits; any thread.
    /// </summary>
    /// <param name="entries">How many there would be.</param>
    /// <param name="nowMs">Monotonic milliseconds, as the loops have them.</param>
    public bool TrySkip(int entries, long nowMs)
    {
        if (!IsSaturated)
        {
            return false;
        }

        long turn = nowMs / TakenEachMilliseconds;
        long taken = Volatile.Read(ref _taken);
        if (turn != taken && Interlocked.CompareExchange(ref _taken, turn, taken) == taken)
        {
            return false;
        }

        _counters.CountSkipped(entries);
        return true;
    }

    /// <summary>Hands an entry over; it belongs to the queue from here on. Never waits.</summary>
    public void Enqueue(QueueEntry entry)
    {
        int length = entry.Length;
        _counters.CountEntered(length);
        if (length > _maxBytes)
        {
            Drop(entry, QueueDrop.TooLarge);
            return;
        }

        Interlocked.Add(ref _bytes, length);
        while (!_ring.TryEnqueue(entry))
        {
            if (!TryDropOldest(QueueDrop.Full))
            {
                Interlocked.Add(ref _bytes, -length);
                Drop(entry, QueueDrop.Full);
                return;
            }
        }

        int waiting = Interlocked.Increment(ref _waiting);
        while (IsOver() && TryDropOldest(QueueDrop.Full))
        {
        }

        if (waiting >= Volatile.Read(ref _wanted) || Volatile.Read(ref _started) == 0)
        {
            Wake();
        }

        if (Volatile.Read(ref _closed))
        {
            // The consumer has left and will not see it.
            DropAll();
        }
    }

    /// <summary>From the next attempt on, batches go out by this sender; the former one is disposed of.</summary>
    public void Replace(IBatchSender sender) => Interlocked.Exchange(ref _nextSender, sender)?.Dispose();

    /// <summary>
    /// No configuration names it any more: as soon as nothing waits, the sender closes its connections. What former exchanges still bring goes
    /// out all the same.
    /// </summary>
    public void Leave()
    {
        Interlocked.CompareExchange(ref _leave, Leaving, 0);
        Signal();
    }

    /// <summary>
    /// Sends what waits without coalescing, for at most <paramref name="bound"/>; what is left then is dropped as
    /// <see cref="QueueDrop.Shutdown"/>, and so is whatever comes later.
    /// </summary>
    public async Task DrainAsync(TimeSpan bound)
    {
        Volatile.Write(ref _stopping, true);
        Wake();
        Signal();
        if (bound > TimeSpan.Zero)
        {
            await Task.WhenAny(_finished.Task, Task.Delay(bound, _time));
        }

        await _abort.CancelAsync();
        Signal();
        await _finished.Task;
    }

    /// <summary>Drops what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        await DrainAsync(TimeSpan.Zero);
        _abort.Dispose();
    }

    /// <summary>Begins the consumer, or ends its wait. Called by a thread of the pool.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (Interlocked.Exchange(ref _started, 2) != 2)
        {
            _ = RunAsync();
        }
        else
        {
            Signal();
        }
    }

    private void Wake()
    {
        // One wake-up per wait, whoever comes first.
        bool ends = Interlocked.Exchange(ref _wanted, Nobody) != Nobody;
        bool begins = Interlocked.CompareExchange(ref _started, 1, 0) == 0;
        if (ends || begins)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Signal() => Volatile.Read(ref _signal).TrySetResult();

    private bool IsOver() =>
        Volatile.Read(ref _waiting) > Math.Max(1, Options.MaxEntries - Volatile.Read(ref _inFlight))
        || (Interlocked.Read(ref _bytes) > _maxBytes && Volatile.Read(ref _waiting) > 1);

    // The count is taken first: of several threads that see one entry too many, one drops it.
    private bool TryDropOldest(QueueDrop reason)
    {
        int seen = Volatile.Read(ref _waiting);
        if (seen == 0 || Interlocked.CompareExchange(ref _waiting, seen - 1, seen) != seen)
        {
            return seen != 0;
        }

        if (!_ring.TryDequeue(out QueueEntry? oldest))
        {
            Interlocked.Increment(ref _waiting);
            return false;
        }

        Interlocked.Add(ref _bytes, -oldest.Length);
        Drop(oldest, reason);
        return true;
    }

    private void Drop(QueueEntry entry, QueueDrop reason)
    {
        _counters.CountDropped(reason, 1, entry.Length);
        entry.Shelf?.Return(entry);
    }

    private void DropAll()
    {
        while (TryDropOldest(QueueDrop.Shutdown))
        {
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            if (Volatile.Read(ref _leave) == Leaving && IsEmpty)
            {
                _sender.Disconnect();
                Volatile.Write(ref _leave, Left);
            }

            await WaitAsync(1, Timeout.InfiniteTimeSpan);
            if (Options.MaxBatchSize > 1 && Volatile.Read(ref _waiting) > 0)
            {
                await CoalesceAsync();
            }

            if (!_abort.IsCancellationRequested && Take())
            {
                await DeliverAsync();
                Interlocked.CompareExchange(ref _leave, Leaving, Left);
            }
            else if (Volatile.Read(ref _stopping))
            {
                Volatile.Write(ref _closed, true);
                Interlocked.MemoryBarrier();
                DropAll();
                await _timer.DisposeAsync();
                _sender.Dispose();
                _finished.TrySetResult();
                return;
            }
        }
    }

    private async ValueTask CoalesceAsync()
    {
        long started = _time.GetTimestamp();
        while (Volatile.Read(ref _waiting) < Options.MaxBatchSize && !Volatile.Read(ref _stopping) && Volatile.Read(ref _leave) != Leaving)
        {
            TimeSpan left = Options.MaxCoalescingDelay - _time.GetElapsedTime(started);
            if (left < ShortestWait)
            {
                return;
            }

            await WaitAsync(Options.MaxBatchSize, left);
        }
    }

    private bool Take()
    {
        while (_batch.Count < Options.MaxBatchSize)
        {
            // Counted as in flight first, so that producers never see more room than there is.
            Volatile.Write(ref _inFlight, _batch.Count + 1);
            if (!_ring.TryDequeue(out QueueEntry? entry))
            {
                Volatile.Write(ref _inFlight, _batch.Count);
                break;
            }

            Interlocked.Decrement(ref _waiting);
            _batch.Add(entry);
        }

        return _batch.Count > 0;
    }

    private async ValueTask DeliverAsync()
    {
        long started = _time.GetTimestamp();
        TimeSpan pause = Options.InitialRetryDelay;
        int retries = 0;
        while (await AttemptAsync() is { } failure)
        {
            _counters.CountFailure();
            Volatile.Write(ref _failing, true);
            bool aborted = _abort.IsCancellationRequested;
            if (aborted || _time.GetElapsedTime(started) > Options.MaxRetryTime)
            {
                Log.QueueGaveUp(_log, Name, retries, _batch.Count, failure);
                End(aborted ? QueueDrop.Shutdown : QueueDrop.Undeliverable);
                return;
            }

            Log.QueueAttemptFailed(_log, Name, failure);
            TellDrops();

            // A drain ends the pause it finds and begins with short ones again: its own time is short.
            pause = BeginsToHurry() ? Options.InitialRetryDelay : pause;
            pause = pause < Options.MaxRetryDelay ? pause : Options.MaxRetryDelay;
            await PauseAsync(pause);
            pause = BeginsToHurry() ? Options.InitialRetryDelay : pause * 2;
            retries++;
        }

        Volatile.Write(ref _failing, false);
        End(dropped: null);
        if (TellDrops())
        {
            Log.QueueResumed(_log, Name);
        }
    }

    // Once, when the consumer sees that a drain has begun.
    private bool BeginsToHurry()
    {
        bool begins = !_hurried && Volatile.Read(ref _stopping);
        _hurried |= begins;
        return begins;
    }

    private async ValueTask<string?> AttemptAsync()
    {
        if (Interlocked.Exchange(ref _nextSender, null) is { } next)
        {
            _sender.Dispose();
            _sender = next;
        }

        try
        {
            return await _sender.SendAsync(_batch, _abort.Token);
        }
        catch (Exception exception)
        {
            // Whatever a sender did not foresee is one failed attempt: the queue outlives it.
            return exception.Message;
        }
    }

    private void End(QueueDrop? dropped)
    {
        long bytes = 0;
        foreach (QueueEntry entry in _batch)
        {
            bytes += entry.Length;
        }

        if (dropped is { } reason)
        {
            _counters.CountDropped(reason, _batch.Count, bytes);
        }
        else
        {
            _counters.CountSent(_batch.Count, bytes);
        }

        foreach (QueueEntry entry in _batch)
        {
            entry.Shelf?.Return(entry);
        }

        _batch.Clear();
        Interlocked.Add(ref _bytes, -bytes);
        Volatile.Write(ref _inFlight, 0);
    }

    private bool TellDrops()
    {
        long dropped = _counters.Dropped(QueueDrop.Full);
        long untold = dropped - _toldDrops;
        _toldDrops = dropped;
        if (untold > 0)
        {
            Log.QueueFull(_log, Name, untold);
        }

        return untold > 0;
    }

    // Until that many entries wait, the time is over, or the queue stops.
    private async ValueTask WaitAsync(int count, TimeSpan limit)
    {
        TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _signal, signal);
        Interlocked.Exchange(ref _wanted, count);
        if (Volatile.Read(ref _waiting) < count && !Volatile.Read(ref _stopping) && Volatile.Read(ref _leave) != Leaving)
        {
            _timer.Change(limit, Timeout.InfiniteTimeSpan);
            await signal.Task;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Interlocked.Exchange(ref _wanted, Nobody);
    }

    private async ValueTask PauseAsync(TimeSpan pause)
    {
        TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _signal, signal);
        if (!_abort.IsCancellationRequested && (_hurried || !Volatile.Read(ref _stopping)))
        {
            _timer.Change(pause, Timeout.InfiniteTimeSpan);
            await signal.Task;
        }
    }
}
