using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Transport.Async;

/// <summary>
/// Return type of an async method that nobody waits for: <c>async DetachedTask RunAsync(...)</c>. Like <c>async void</c>, but its state
/// is pooled, it starts no context, and an exception goes to <see cref="EventLoop.UnhandledException"/> of the loop it ends on.
/// </summary>
[AsyncMethodBuilder(typeof(DetachedTaskMethodBuilder))]
public readonly struct DetachedTask;

/// <summary>Builds methods that return <see cref="DetachedTask"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct DetachedTaskMethodBuilder
{
    private LoopBox<VoidResult>? _box;

    /// <summary>Called by the compiler.</summary>
    public static DetachedTaskMethodBuilder Create() => default;

    /// <summary>Called by the compiler.</summary>
    public readonly DetachedTask Task => default;

    /// <summary>Called by the compiler.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>Called by the compiler.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>Called by the compiler.</summary>
    public readonly void SetResult() => _box?.Return();

    /// <summary>Called by the compiler.</summary>
    public readonly void SetException(Exception exception)
    {
        _box?.Return();
        if (EventLoop.Current is { } loop)
        {
            loop.ReportUnhandled(exception);
        }
        else
        {
            // Off every loop there is nobody to tell; the process must not go on as if nothing happened.
            ThreadPool.UnsafeQueueUserWorkItem(static e => throw new InvalidOperationException("A detached method failed.", e), exception, false);
        }
    }

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
