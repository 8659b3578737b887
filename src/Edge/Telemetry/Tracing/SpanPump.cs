using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// The background thread that turns records of sampled exchanges into spans and puts those into the queues of their exporters. Loops never
/// wait for it; a record that is not there when one is needed is a trace not recorded, which is counted.
/// </summary>
/// <remarks>
/// As with the logs: while records come in, the thread looks every 20 ms and wants a signal only from a loop with many waiting; when a look
/// finds nothing it sleeps and wants a signal for the next one. The process-wide barrier between announcing sleep and looking a last time
/// spares the loops a fence of their own.
/// </remarks>
internal sealed class SpanPump : IDisposable
{
    private const int Awake = 0;
    private const int Batching = 1;
    private const int Asleep = 2;
    private const int BatchMilliseconds = 20;
    private const int ManyWaiting = LoopSpans.MaxRecords / 4;

    private readonly LoopSpans[] _loops;
    private readonly ISpanExporter[] _exporters;
    private readonly ILogger _log;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private int _attention;
    private bool _stopping;
    private long _failures;
    private long _tryOverflows;
    private long _rejectedTags;
    private long _toldTags;

    public SpanPump(int loops, IReadOnlyList<ISpanExporter> exporters, ILogger log)
    {
        _loops = new LoopSpans[loops];
        for (int i = 0; i < loops; i++)
        {
            _loops[i] = new LoopSpans(this);
        }

        _exporters = [.. exporters];
        _log = log;
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "edge-spans" };
        _thread.Start();
    }

    /// <summary>Sampled exchanges that no record was free for. Any thread.</summary>
    public long Exhausted => _loops.Sum(static loop => loop.Exhausted);

    /// <summary>Records lost to an exporter's bug. Any thread.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Tries beyond <see cref="SpanRecord.MaxTries"/>. Any thread.</summary>
    public long TryOverflows => Interlocked.Read(ref _tryOverflows);

    /// <summary>Requests whose trace context was malformed and ignored. Any thread.</summary>
    public long Malformed => _loops.Sum(static loop => loop.Malformed);

    /// <summary>Items of tags fields that are no tag. Any thread.</summary>
    public long RejectedTags => Interlocked.Read(ref _rejectedTags);

    /// <summary>The end of one loop.</summary>
    public LoopSpans Loop(int id) => _loops[id];

    /// <summary>To be called by a loop after each record.</summary>
    public void RecordPublished(LoopSpans loop)
    {
        int attention = Volatile.Read(ref _attention);
        if (attention != Awake && (attention == Asleep || loop.Finished.Count > ManyWaiting))
        {
            Wake();
        }
    }

    /// <summary>
    /// Exports what the loops have published, then ends, and with it exporters that are disposable. After the loops have served their last
    /// exchange.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _stopping, true))
        {
            return;
        }

        Volatile.Write(ref _attention, Awake);
        _wake.Set();
        if (_thread.Join(5000))
        {
            _wake.Dispose();
            foreach (ISpanExporter exporter in _exporters)
            {
                (exporter as IDisposable)?.Dispose();
            }
        }
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _attention, Awake) != Awake)
        {
            _wake.Set();
        }
    }

    private void Run()
    {
        while (true)
        {
            bool stopping = Volatile.Read(ref _stopping);
            if (Drain())
            {
                Volatile.Write(ref _attention, Batching);
                _wake.WaitOne(stopping ? 0 : BatchMilliseconds);
            }
            else if (stopping)
            {
                return;
            }
            else
            {
                Volatile.Write(ref _attention, Asleep);
                Interlocked.MemoryBarrierProcessWide();
                if (NothingWaits())
                {
                    _wake.WaitOne();
                }
            }

            Volatile.Write(ref _attention, Awake);
        }
    }

    // Whoever sends bad tags must not fill the log with them: it is told each time their number has doubled.
    private void CountTags(ReadOnlySpan<byte> field)
    {
        RequestTagReader reader = new(field);
        while (reader.TryRead(out _, out _))
        {
        }

        if (reader.Rejected != 0 && Interlocked.Add(ref _rejectedTags, reader.Rejected) is long rejected && rejected >= 2 * _toldTags)
        {
            _toldTags = rejected;
            Log.SpanTagsRejected(_log, rejected);
        }
    }

    private bool NothingWaits()
    {
        if (Volatile.Read(ref _stopping))
        {
            return false;
        }

        foreach (LoopSpans loop in _loops)
        {
            if (!loop.Finished.IsEmpty)
            {
                return false;
            }
        }

        return true;
    }

    private bool Drain()
    {
        bool any = false;
        foreach (LoopSpans loop in _loops)
        {
            // What was there when the loop's turn came: a busy one must not hold the thread.
            for (int left = loop.Finished.Count; left > 0 && loop.Finished.TryDequeue() is { } record; left--)
            {
                any = true;
                Export(record);
                record.Reset();
                loop.Returned.TryEnqueue(record);
            }
        }

        return any;
    }

    private void Export(SpanRecord record)
    {
        if (record.TryCount > SpanRecord.MaxTries)
        {
            Interlocked.Add(ref _tryOverflows, record.TryCount - SpanRecord.MaxTries);
        }

        if (!record.Tags.IsEmpty)
        {
            CountTags(record.Tags);
        }

        foreach (ISpanExporter exporter in _exporters)
        {
            try
            {
                exporter.Export(record);
            }
            catch (Exception exception)
            {
                // A bug in an exporter must not end tracing: the first is logged, all are counted.
                if (Interlocked.Increment(ref _failures) == 1)
                {
                    Log.SpanExportFailed(_log, exception);
                }
            }
        }
    }
}
