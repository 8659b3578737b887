using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// One try at one endpoint. Lives inside its exchange and is reused for the next try; loop-thread only. Holds the lease from Acquire until
/// it is returned exactly once.
/// </summary>
internal sealed class Attempt
{
    private const int MaxTried = 8;

    // More tries than this are made but not told one by one.
    private const int MaxRecords = 32;

    private readonly Endpoint[] _tried = new Endpoint[MaxTried];
    private int _triedCount;
    private uint _triedPriorities;
    private Endpoint? _counted;
    private AttemptRecord[] _records = new AttemptRecord[2];
    private int _recordCount;
    private Acquisition? _acquiring;
    private PendingAcquire? _waiting;

    /// <summary>Attempts begun in this exchange.</summary>
    public int Number { get; set; }

    public UpstreamEndpoint? Endpoint { get; set; }

    /// <summary>What the report of this try tells the endpoint's half-open breaker.</summary>
    public uint Ticket { get; set; }

    public UpstreamConnection? Connection { get; set; }

    /// <summary>Response bytes as they come in.</summary>
    public Http1BodySource ResponseBody { get; } = new();

    /// <summary>Request bytes as they go out.</summary>
    public Http1BodySink RequestBody { get; } = new();

    /// <summary>Hash of what the cluster balances by; 0 when it does not hash.</summary>
    public ulong Hash { get; set; }

    /// <summary>Whether <see cref="Hash"/> is that of a key.</summary>
    public bool HasKey { get; set; }

    /// <summary>Loop time when the endpoint was chosen, milliseconds.</summary>
    public long ChosenAt { get; private set; }

    /// <summary>Whether any byte of the response was seen.</summary>
    public bool SawResponse { get; set; }

    /// <summary>Whether a request byte may have reached the upstream.</summary>
    public bool SentRequest { get; set; }

    /// <summary>Whether the leased connection had served an exchange before.</summary>
    public bool WasReused { get; private set; }

    /// <summary>Priorities that further tries pass by, one bit each.</summary>
    public uint ExcludedPriorities { get; private set; }

    /// <summary>Waits for a connection that others have, and none is being opened for it.</summary>
    public bool IsQueued => Connection is null && _waiting is { IsDone: false, IsConnecting: false };

    /// <summary>Counts this try at its endpoint, from the choice on: others have to see it while it still connects.</summary>
    public void BeginCounting(long now)
    {
        Number++;
        ChosenAt = now;
        _counted = Endpoint!.Policy;
        _counted.RequestStarted();
    }

    /// <summary>What to tell of the tries so far, in order; for logs.</summary>
    public ReadOnlySpan<AttemptRecord> Records => _records.AsSpan(0, _recordCount);

    /// <summary>Notes the try that begins.</summary>
    /// <param name="unixMilliseconds">Wall clock when an endpoint was chosen.</param>
    /// <param name="choice">Milliseconds that the choice took.</param>
    public void Record(long unixMilliseconds, int choice)
    {
        if (_recordCount == MaxRecords)
        {
            return;
        }

        if (_recordCount == _records.Length)
        {
            Array.Resize(ref _records, _records.Length * 2);
        }

        _records[_recordCount++] = new AttemptRecord { Endpoint = Endpoint!, UnixMilliseconds = unixMilliseconds, Choice = choice };
    }

    /// <summary>Notes the status that stands for the failure of the try.</summary>
    public void RecordFailure(int status)
    {
        if (_recordCount != 0 && Number == _recordCount)
        {
            _records[_recordCount - 1].FailureStatus = status;
        }
    }

    /// <summary>Ends what <see cref="BeginCounting"/> began; safe to call when it has ended.</summary>
    public void EndCounting()
    {
        _counted?.RequestEnded();
        _counted = null;
    }

    /// <summary>Waits for a connection of a pool that has none to give at once; <see cref="CancelWaits"/> ends the wait.</summary>
    public ValueTask<AcquireResult> AcquireAsync(ConnectionPool pool, int connectTimeout, bool fresh)
    {
        _acquiring = null;
        ValueTask<AcquireResult> acquiring = pool.Acquire(connectTimeout, fresh, out _waiting);
        if (_waiting is not null || acquiring.IsCompleted)
        {
            return acquiring;
        }

        _acquiring = new Acquisition(pool, acquiring);
        return _acquiring.Task;
    }

    /// <summary>Takes over a connection for this try.</summary>
    public void Lease(UpstreamConnection connection)
    {
        Connection = connection;
        WasReused = connection.IsReused;
        SawResponse = false;
        SentRequest = false;
    }

    /// <summary>Endpoints that failed in this exchange.</summary>
    public ReadOnlySpan<Endpoint> Tried => _tried.AsSpan(0, _triedCount);

    public void MarkTried(Endpoint endpoint)
    {
        if (_triedCount < MaxTried)
        {
            _tried[_triedCount++] = endpoint;
        }
    }

    /// <summary>
    /// Notes the priority of the endpoint that failed: after every two tries those tried so far are passed by, until none is left and all are tried
    /// anew (<c>envoy: previous_priorities.cc</c> with Istio's update frequency).
    /// </summary>
    public void MarkPriority(EndpointSet endpoints)
    {
        int index = endpoints.Endpoints.IndexOf(Endpoint!.Policy);
        if (endpoints.Layout is not { PriorityCount: > 1 and <= 32 } layout || index < 0)
        {
            return;
        }

        _triedPriorities |= 1u << layout.PriorityOf(index);
        if (Number % 2 == 0)
        {
            bool all = _triedPriorities == uint.MaxValue >> (32 - layout.PriorityCount);
            _triedPriorities = all ? 0 : _triedPriorities;
            ExcludedPriorities = _triedPriorities;
        }
    }

    /// <summary>Wakes whatever waits on the upstream side.</summary>
    public void CancelWaits()
    {
        if (Connection is { } connection)
        {
            connection.Input.CancelPendingRead();
            connection.Output.CancelPendingFlush();
        }
        else
        {
            _acquiring?.Abandon();
            _waiting?.Cancel();
        }
    }

    public void Reset()
    {
        System.Diagnostics.Debug.Assert(Connection is null, "The lease was not returned.");
        EndCounting();
        Array.Clear(_tried, 0, _triedCount);
        _triedCount = 0;
        _triedPriorities = 0;
        ExcludedPriorities = 0;
        Array.Clear(_records, 0, _recordCount);
        _recordCount = 0;
        Number = 0;
        Hash = 0;
        HasKey = false;
        Endpoint = null;
        _acquiring = null;
        _waiting = null;
        Ticket = 0;
        SawResponse = false;
        SentRequest = false;
    }
}
