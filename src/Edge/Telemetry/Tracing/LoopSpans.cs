namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// One loop's end of the <see cref="SpanPump"/>: a bounded pool of records, and the way to hand them over. Loop thread only, except what
/// says otherwise; never blocks and, once its records exist, never allocates.
/// </summary>
internal sealed class LoopSpans(SpanPump pump)
{
    /// <summary>Sampled exchanges of one loop that may be under way or wait for the pump; more are counted and not recorded.</summary>
    public const int MaxRecords = 4096;

    private readonly Stack<SpanRecord> _free = new();
    private int _made;
    private long _exhausted;
    private long _malformed;

    /// <summary>Finished records. The loop enqueues, the pump dequeues.</summary>
    public RecordRing Finished { get; } = new(MaxRecords);

    /// <summary>Records to be used again. The pump enqueues, the loop dequeues.</summary>
    public RecordRing Returned { get; } = new(MaxRecords);

    /// <summary>Records that exist. Any thread.</summary>
    public int Made => Volatile.Read(ref _made);

    /// <summary>Sampled exchanges that were not recorded because <see cref="MaxRecords"/> were in use. Any thread.</summary>
    public long Exhausted => Volatile.Read(ref _exhausted);

    /// <summary>Requests whose trace context broke the rules of its format and was ignored. Any thread.</summary>
    public long Malformed => Volatile.Read(ref _malformed);

    public void CountMalformed() => _malformed++;

    /// <summary>A blank record, or null when too many are in use.</summary>
    public SpanRecord? Rent()
    {
        if (_free.TryPop(out SpanRecord? record) || (record = Returned.TryDequeue()) is not null)
        {
            return record;
        }

        if (_made == MaxRecords)
        {
            _exhausted++;
            return null;
        }

        _made++;
        return new SpanRecord();
    }

    /// <summary>Hands a finished record over. There is room for every record that exists.</summary>
    public void Publish(SpanRecord record)
    {
        if (!Finished.TryEnqueue(record))
        {
            throw new InvalidOperationException("More records were published than exist.");
        }

        pump.RecordPublished(this);
    }
}
