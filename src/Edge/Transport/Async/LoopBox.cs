using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace VoltageSoda.Edge.Transport.Async;

/// <summary>
/// The suspended form of one async method: what its ValueTask points to. Rented at the first suspension, returned to the pool of the
/// thread that reads the result.
/// </summary>
internal abstract class LoopBox<TResult> : IValueTaskSource<TResult>, IValueTaskSource
{
    protected LoopCompletion<TResult> Completion;

    public short Version => Completion.Version;

    public void SetResult(TResult result) => Completion.SetResult(result);

    public void SetException(Exception exception) => Completion.SetException(exception);

    public ValueTaskSourceStatus GetStatus(short token) => Completion.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Completion.OnCompleted(continuation, state, token, flags);

    public TResult GetResult(short token)
    {
        Completion.ValidateDone(token);
        TResult result = Completion.Take(out ExceptionDispatchInfo? error);
        Return();
        error?.Throw();
        return result;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    /// <summary>Forgets the method's locals and goes back to the pool.</summary>
    public abstract void Return();
}

/// <summary>A <see cref="LoopBox{TResult}"/> for one state machine type.</summary>
internal sealed class LoopBox<TStateMachine, TResult> : LoopBox<TResult>
    where TStateMachine : IAsyncStateMachine
{
    // A loop with more methods of one type suspended at once than this gives the rest to the GC.
    private const int MaxPooled = 16 * 1024;

    [ThreadStatic]
    private static LoopBox<TStateMachine, TResult>? _pool;

    [ThreadStatic]
    private static int _pooled;

    private LoopBox<TStateMachine, TResult>? _next;

    private LoopBox()
    {
        MoveNextAction = MoveNext;
    }

    /// <summary>The method's state; a field so that it runs in place.</summary>
    public TStateMachine StateMachine = default!;

    /// <summary>Made once per box and kept with it.</summary>
    public Action MoveNextAction { get; }

    public static LoopBox<TStateMachine, TResult> Rent()
    {
        LoopBox<TStateMachine, TResult>? box = _pool;
        if (box is null)
        {
            return new LoopBox<TStateMachine, TResult>();
        }

        _pool = box._next;
        _pooled--;
        box._next = null;
        return box;
    }

    public override void Return()
    {
        StateMachine = default!;
        Completion.Reset();
        if (_pooled < MaxPooled)
        {
            _next = _pool;
            _pool = this;
            _pooled++;
        }
    }

    private void MoveNext() => StateMachine.MoveNext();
}
