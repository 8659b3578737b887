using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Transport.Async;

/// <summary>What the method builders share. Stateless.</summary>
internal static class LoopBuilder
{
    /// <summary>Moves the state machine into a box at its first suspension and gives the delegate that resumes it.</summary>
    public static Action Suspend<TStateMachine, TResult>(ref TStateMachine stateMachine, ref LoopBox<TResult>? field)
        where TStateMachine : IAsyncStateMachine
    {
        if (field is LoopBox<TStateMachine, TResult> box)
        {
            return box.MoveNextAction;
        }

        LoopBox<TStateMachine, TResult> rented = LoopBox<TStateMachine, TResult>.Rent();

        // The builder is a field of the state machine: it must know the box before it is copied into it.
        field = rented;
        rented.StateMachine = stateMachine;
        return rented.MoveNextAction;
    }
}

/// <summary>The result of a method that returns none.</summary>
internal readonly struct VoidResult;

/// <summary>Stands in for the state machine of a method that failed before it was ever suspended. It is never run.</summary>
internal struct FailedStateMachine : IAsyncStateMachine
{
    public readonly void MoveNext()
    {
    }

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }
}
