using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace VoltageSoda.Edge.Transport.Async;

/// <summary>
/// The reusable heart of a value-task source whose completion normally happens on the awaiting loop: the continuation then runs
/// inline, without interlocked operations and without capturing any context. A mutable struct: keep it in a field.
/// </summary>
/// <remarks>
/// An awaiter on another loop gets its continuation posted there. An awaiter on no loop gets it through its synchronization context
/// if it has one, else where the source's owner says, else on the thread pool.
/// </remarks>
internal struct LoopCompletion<TResult>
{
    private static readonly Action<object?> Completed = static _ => Debug.Fail("The marker is never invoked.");

    private Action<object?>? _continuation;
    private object? _state;

    // The EventLoop or SynchronizationContext to continue on; null for none.
    private object? _home;
    private ExceptionDispatchInfo? _error;
    private TResult _result;
    private short _version;
    private volatile bool _done;

    /// <summary>Goes into the ValueTask; a use with another value is a second await and throws.</summary>
    public readonly short Version => _version;

    /// <summary>True between completion and <see cref="Reset"/>.</summary>
    public readonly bool IsDone => _done;

    /// <summary>Makes the source ready for its next operation and invalidates the ValueTask of the last.</summary>
    public void Reset()
    {
        _version++;
        _continuation = null;
        _state = null;
        _home = null;
        _error = null;
        _result = default!;
        _done = false;
    }

    public void SetResult(TResult result)
    {
        _result = result;
        Complete();
    }

    public void SetException(Exception exception)
    {
        _error = ExceptionDispatchInfo.Capture(exception);
        Complete();
    }

    public readonly ValueTaskSourceStatus GetStatus(short token)
    {
        Validate(token);

        // Done comes before the continuation's place is taken: an awaiter that went on in between would reset the source under the hands
        // of a completion on another thread, which then marks the next operation.
        return !_done || Volatile.Read(in _continuation) is null ? ValueTaskSourceStatus.Pending
            : _error is null ? ValueTaskSourceStatus.Succeeded
            : _error.SourceException is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    /// <summary>Validates without taking; the owner then calls <see cref="Take"/> and may reset itself in between.</summary>
    public readonly void ValidateDone(short token)
    {
        Validate(token);
        if (!_done)
        {
            ThrowMisuse();
        }
    }

    /// <summary>Result and error of a completed operation.</summary>
    public readonly TResult Take(out ExceptionDispatchInfo? error)
    {
        error = _error;
        return _result;
    }

    /// <param name="continuation">What to run on completion.</param>
    /// <param name="state">Its argument.</param>
    /// <param name="token">The version awaited.</param>
    /// <param name="flags">Only the scheduling context is honoured, and only off the loops.</param>
    /// <param name="homeless">The loop that takes the continuation of an awaiter with neither loop nor context; null for the pool.</param>
    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags, EventLoop? homeless = null)
    {
        Validate(token);
        EventLoop? loop = EventLoop.Current;
        if (_continuation is not null && !_done)
        {
            ThrowMisuse();
        }

        object? home = loop;
        if (loop is null)
        {
            home = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0 ? SynchronizationContext.Current : null;
            home ??= homeless;
        }

        _state = state;
        _home = home;

        // The awaiter is asked for its status first, so being done here is a race with a completion on another thread.
        if (Interlocked.CompareExchange(ref _continuation, continuation, null) is not null)
        {
            Run(continuation, state, home);
        }
    }

    private void Complete()
    {
        _done = true;
        Action<object?>? continuation = Volatile.Read(ref _continuation);
        if (continuation is null)
        {
            continuation = Interlocked.CompareExchange(ref _continuation, Completed, null);
            if (continuation is null)
            {
                return;
            }
        }

        // Everything is read before the call: the continuation takes the result and may start the next operation on this source.
        object? state = _state;
        object? home = _home;
        if (ReferenceEquals(home, EventLoop.Current) && home is not null)
        {
            continuation(state);
            return;
        }

        Run(continuation, state, home);
    }

    private static void Run(Action<object?> continuation, object? state, object? home)
    {
        if (home is EventLoop loop)
        {
            loop.Post(continuation, state);
        }
        else if (home is SynchronizationContext context)
        {
            context.Post(new SendOrPostCallback(continuation), state);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Validate(short token)
    {
        if (token != _version)
        {
            ThrowMisuse();
        }
    }

    private static void ThrowMisuse() =>
        throw new InvalidOperationException("A ValueTask was awaited twice, or its result was read before it completed.");
}
