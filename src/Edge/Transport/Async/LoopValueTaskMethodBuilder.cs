using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Transport.Async;

/// <summary>
/// Builds <c>async ValueTask</c> methods that run on a loop: put
/// <c>[AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]</c> on the method.
/// </summary>
/// <remarks>
/// State machines are pooled per thread and type, any number at a time, so suspended methods allocate nothing in steady state.
/// The execution context neither flows nor is restored (AsyncLocal does not work), continuations run inline on the completing loop.
/// A result must be awaited exactly once; one that is never awaited costs its box, see <see cref="DetachedTask"/>.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct LoopValueTaskMethodBuilder
{
    private LoopBox<VoidResult>? _box;

    /// <summary>Called by the compiler.</summary>
    public static LoopValueTaskMethodBuilder Create() => default;

    /// <summary>Called by the compiler.</summary>
    public readonly ValueTask Task => _box is null ? default : new ValueTask(_box, _box.Version);

    /// <summary>Called by the compiler.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>Called by the compiler.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>Called by the compiler.</summary>
    public readonly void SetResult() => _box?.SetResult(default);

    /// <summary>Called by the compiler.</summary>
    public void SetException(Exception exception) => (_box ??= LoopBox<FailedStateMachine, VoidResult>.Rent()).SetException(exception);

    /// <summary>Called by the compiler.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.OnCompleted(LoopBuilder.Suspend(ref stateMachine, ref _box));

    /// <summary>Called by the compiler.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.UnsafeOnCompleted(LoopBuilder.Suspend(ref stateMachine, ref _box));
}

/// <summary>
/// Builds <c>async ValueTask&lt;T&gt;</c> methods that run on a loop: put
/// <c>[AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder&lt;&gt;))]</c> on the method. See <see cref="LoopValueTaskMethodBuilder"/>.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct LoopValueTaskMethodBuilder<TResult>
{
    private LoopBox<TResult>? _box;
    private TResult _result;

#pragma warning disable CA1000 // The compiler asks for a static Create on the builder type.
    /// <summary>Called by the compiler.</summary>
    public static LoopValueTaskMethodBuilder<TResult> Create() => default;
#pragma warning restore CA1000

    /// <summary>Called by the compiler.</summary>
    public readonly ValueTask<TResult> Task =>
        _box is null ? new ValueTask<TResult>(_result) : new ValueTask<TResult>(_box, _box.Version);

    /// <summary>Called by the compiler.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>Called by the compiler.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>Called by the compiler.</summary>
    public void SetResult(TResult result)
    {
        if (_box is null)
        {
            _result = result;
        }
        else
        {
            _box.SetResult(result);
        }
    }

    /// <summary>Called by the compiler.</summary>
    public void SetException(Exception exception) => (_box ??= LoopBox<FailedStateMachine, TResult>.Rent()).SetException(exception);

    /// <summary>Called by the compiler.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.OnCompleted(LoopBuilder.Suspend(ref stateMachine, ref _box));

    /// <summary>Called by the compiler.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.UnsafeOnCompleted(LoopBuilder.Suspend(ref stateMachine, ref _box));
}
