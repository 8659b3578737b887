using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Upstream;

/// <summary>
/// A request that waits for a connection permit: a place in its pool's queue with a deadline on the loop's wheel. Loop-thread only; its
/// waiter resumes inline.
/// </summary>
internal sealed class PendingAcquire : TimerEntry, IValueTaskSource<AcquireResult>
{
    private readonly ConnectionPool _pool;
    private ManualResetValueTaskSourceCore<AcquireResult> _core;

    public PendingAcquire(ConnectionPool pool, int connectTimeoutMs)
    {
        _pool = pool;
        ConnectTimeoutMs = connectTimeoutMs;
    }

    public int ConnectTimeoutMs { get; }

    public bool IsDone { get; private set; }

    /// <summary>Set while a connection is being opened on this request's behalf; it then no longer times out by the queue.</summary>
    public bool IsConnecting { get; set; }

    public ValueTask<AcquireResult> Task => new(this, _core.Version);

    /// <summary>
    /// Gives up waiting: it completes with <see cref="AcquireFailure.Canceled"/>, inline, unless it has completed. A connection that is being
    /// opened for it goes to another request.
    /// </summary>
    public void Cancel() => _pool.CancelPending(this);

    public void Complete(AcquireResult result)
    {
        IsDone = true;
        _core.SetResult(result);
    }

    AcquireResult IValueTaskSource<AcquireResult>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<AcquireResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<AcquireResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, ValueTaskSourceOnCompletedFlags.None);

    protected internal override void OnExpired(long nowMs) => _pool.PendingExpired(this);
}
