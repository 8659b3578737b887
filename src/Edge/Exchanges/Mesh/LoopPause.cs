using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// A pause of an exchange on its loop's wheel that ends early when the exchange does. Lives in the exchange and is used again; loop-thread
/// only, allocates nothing.
/// </summary>
internal sealed class LoopPause(EventLoop loop) : TimerEntry, IValueTaskSource<bool>
{
    private LoopCompletion<bool> _completion;
    private bool _waiting;

    /// <summary>True when the time is over, false when the pause was ended before.</summary>
    public ValueTask<bool> WaitAsync(long milliseconds)
    {
        _completion.Reset();
        _waiting = true;
        loop.Timers.Schedule(this, loop.NowMilliseconds + milliseconds);
        return new ValueTask<bool>(this, _completion.Version);
    }

    /// <summary>The same; the pause also ends when something else happens, on whatever thread.</summary>
    public ValueTask<bool> WaitAsync(long milliseconds, Task until)
    {
        ValueTask<bool> waiting = WaitAsync(milliseconds);
        short pause = _completion.Version;
        _ = until.ContinueWith(
            _ => loop.Post(static end => ((Action)end!)(), () => CancelIf(pause)),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return waiting;
    }

    /// <summary>Ends the pause now; does nothing when there is none.</summary>
    public void Cancel()
    {
        if (_waiting)
        {
            _waiting = false;
            loop.Timers.Cancel(this);
            _completion.SetResult(false);
        }
    }

    // The exchange may have gone on, and be another one by now.
    private void CancelIf(short pause)
    {
        if (_completion.Version == pause)
        {
            Cancel();
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _completion.ValidateDone(token);
        bool elapsed = _completion.Take(out ExceptionDispatchInfo? error);
        error?.Throw();
        return elapsed;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    protected internal override void OnExpired(long nowMs)
    {
        if (_waiting)
        {
            _waiting = false;
            _completion.SetResult(true);
        }
    }
}
