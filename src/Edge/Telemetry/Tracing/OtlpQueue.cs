using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// Spans on their way to the OTLP collector: a bounded queue that drops and counts what is too much, and one flow that exports batches and
/// tries those that failed again. Written by the pump; counters by any thread.
/// </summary>
internal sealed class OtlpQueue : BaseExportProcessor<Activity>
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Unwind = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly OtlpOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<Activity> _waiting;
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sent;
    private long _full;
    private long _undeliverable;
    private long _shutdown;
    private long _length;

    public OtlpQueue(BaseExporter<Activity> exporter, OtlpOptions options, TimeProvider time, ILogger log)
        : base(exporter)
    {
        _options = options;
        _time = time;
        _log = log;
        _waiting = Channel.CreateBounded<Activity>(
            new BoundedChannelOptions(options.MaxWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
        new Thread(Send, maxStackSize: 256 * 1024) { IsBackground = true, Name = "edge-otlp" }.Start();
    }

    /// <summary>Host and port, for labels.</summary>
    public string Collector => $"{_options.Endpoint.Host}:{_options.Endpoint.Port}";

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Spans that found the queue full.</summary>
    public long DroppedFull => Interlocked.Read(ref _full);

    /// <summary>Spans of batches that failed until their time was over.</summary>
    public long DroppedUndeliverable => Interlocked.Read(ref _undeliverable);

    /// <summary>Spans that the end of the process found waiting.</summary>
    public long DroppedShutdown => Interlocked.Read(ref _shutdown);

    /// <summary>Spans that wait or are being sent.</summary>
    public long Length => Interlocked.Read(ref _length);

    /// <summary>Sends what waits, for at most <paramref name="bound"/>; the rest is dropped and counted.</summary>
    public async Task DrainAsync(TimeSpan bound)
    {
        if (!_waiting.Writer.TryComplete())
        {
            return;
        }

        await Task.WhenAny(_ended.Task, Task.Delay(bound, _time));
        await _abort.CancelAsync();

        // An export that hangs ends with its connections, when the exporter is disposed of.
        await Task.WhenAny(_ended.Task, Task.Delay(Unwind, _time));
    }

    /// <summary>Asked before spans are made: true when there is no room for any; they are counted as dropped.</summary>
    public bool TrySkip(int spans)
    {
        if (_waiting.Reader.Count < _options.MaxWaiting)
        {
            return false;
        }

        if (Interlocked.Add(ref _full, spans) == spans)
        {
            Log.SpansDropped(_log, "otlp");
        }

        return true;
    }

    protected override void OnExport(Activity data)
    {
        Interlocked.Increment(ref _length);
        if (!_waiting.Writer.TryWrite(data))
        {
            Interlocked.Decrement(ref _length);
            if (Interlocked.Increment(ref _full) == 1)
            {
                Log.SpansDropped(_log, "otlp");
            }
        }
    }

    // The exporter blocks in its call, so the flow has a thread of its own: the pool's are for the work that never waits.
    private void Send()
    {
        try
        {
            SendBatches();
        }
        catch (Exception exception)
        {
            // Tracing ends with it, not the process: what comes later finds the queue full and is counted.
            Log.SpanExportFailed(_log, exception);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    private void SendBatches()
    {
        Activity[] batch = new Activity[_options.MaxBatch];
        ChannelReader<Activity> reader = _waiting.Reader;
        while (More(reader, CancellationToken.None))
        {
            int count = 0;
            using CancellationTokenSource enough = new(_options.MaxDelay, _time);
            while (count < batch.Length)
            {
                if (reader.TryRead(out Activity? span))
                {
                    batch[count++] = span;
                    continue;
                }

                if (!More(reader, enough.Token))
                {
                    break;
                }
            }

            ExportAll(batch, count);
            Array.Clear(batch, 0, count);
            Interlocked.Add(ref _length, -count);
        }
    }

    private static bool More(ChannelReader<Activity> reader, CancellationToken enough)
    {
        try
        {
            return reader.WaitToReadAsync(enough).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void ExportAll(Activity[] batch, int count)
    {
        long started = _time.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (_abort.IsCancellationRequested || !Export(batch, count))
        {
            bool aborted = _abort.IsCancellationRequested;
            if (aborted || _time.GetElapsedTime(started) + pause > _options.MaxRetryTime)
            {
                Interlocked.Add(ref aborted ? ref _shutdown : ref _undeliverable, count);
                Log.SpansLost(_log, "otlp", count);
                return;
            }

            Task.Delay(pause, _time, _abort.Token).ContinueWith(static _ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        Interlocked.Add(ref _sent, count);
    }

    private bool Export(Activity[] batch, int count)
    {
        try
        {
            using Batch<Activity> spans = new(batch, count);
            return exporter.Export(in spans) == ExportResult.Success;
        }
        catch (Exception exception)
        {
            // Whatever the exporter did not foresee is one failed attempt: the queue outlives it.
            Log.SpanExportFailed(_log, exception);
            return false;
        }
    }
}
