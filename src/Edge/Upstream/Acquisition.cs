using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Upstream;

/// <summary>
/// The wait for a connection, given up without waiting for the pool: what comes too late goes back to the pool. Loop-thread only; made for
/// one wait, which is never part of a steady state.
/// </summary>
internal sealed class Acquisition : IValueTaskSource<AcquireResult>
{
    private readonly ConnectionPool _pool;
    private LoopCompletion<AcquireResult> _completion;

    public Acquisition(ConnectionPool pool, ValueTask<AcquireResult> acquiring)
    {
        _pool = pool;
        _ = WaitAsync(acquiring);
    }

    /// <summary>The result of the pool, or neither connection nor failure when it was abandoned.</summary>
    public ValueTask<AcquireResult> Task => new(this, _completion.Version);

    /// <summary>Ends the wait now; does nothing when it is over.</summary>
    public void Abandon()
    {
        if (!_completion.IsDone)
        {
            _completion.SetResult(default);
        }
    }

    AcquireResult IValueTaskSource<AcquireResult>.GetResult(short token)
    {
        _completion.ValidateDone(token);
        AcquireResult result = _completion.Take(out System.Runtime.ExceptionServices.ExceptionDispatchInfo? error);
        error?.Throw();
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<AcquireResult>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<AcquireResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    private async Task WaitAsync(ValueTask<AcquireResult> acquiring)
    {
        AcquireResult result;
        try
        {
            result = await acquiring;
        }
        catch (Exception exception)
        {
            if (!_completion.IsDone)
            {
                _completion.SetException(exception);
            }

            return;
        }

        if (!_completion.IsDone)
        {
            _completion.SetResult(result);
        }
        else if (result.Connection is { } late)
        {
            late.Requests--;
            _pool.Return(late, reusable: true);
        }
    }
}
