using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport.Loop;

// Calls from other threads.
internal sealed partial class LoopConnection
{
    private int _foreignCalls;
    private ConnectionAbortedException? _foreignAbortReason;

    /// <summary>Leaves a call for the loop to carry out. Any thread.</summary>
    public void PostForeign(ForeignCall call)
    {
        if (Interlocked.Or(ref _foreignCalls, (int)call) == 0)
        {
            _loop.Post(static connection => Unsafe.As<LoopConnection>(connection!).RunForeignCalls(), this);
        }
    }

    private void RunForeignCalls()
    {
        var calls = (ForeignCall)Interlocked.Exchange(ref _foreignCalls, 0);
        long use = _use;
        if ((calls & ForeignCall.Watch) != 0)
        {
            EnsureWatched();
        }

        if ((calls & ForeignCall.Abort) != 0)
        {
            Abort(Interlocked.Exchange(ref _foreignAbortReason, null)
                ?? new ConnectionAbortedException("The connection was aborted by the application."));
        }

        if ((calls & ForeignCall.CompleteInput) != 0)
        {
            _input.Complete();
        }

        if ((calls & ForeignCall.CancelRead) != 0)
        {
            _input.CancelPendingRead();
        }

        if ((calls & ForeignCall.CancelFlush) != 0)
        {
            _output.CancelPendingFlush();
        }

        if ((calls & ForeignCall.Flush) != 0)
        {
            _output.BeginForeignFlush();
        }

        if ((calls & ForeignCall.CompleteOutput) != 0 && use == _use)
        {
            _output.Complete();
        }

        if ((calls & ForeignCall.Read) != 0 && use == _use)
        {
            _input.BeginForeignRead();
        }
    }
}
