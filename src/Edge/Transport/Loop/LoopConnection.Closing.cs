using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport.Loop;

// Abort and disposal.
internal sealed partial class LoopConnection
{
    private bool _disposed;

    // Disposed, but bytes are still on their way out.
    private bool _closing;
    private ConnectionAbortedException? _abortReason;
    private LingerTimer? _linger;

    /// <summary>Why reads cannot go on.</summary>
    public Exception CreateFault() =>
        _abortReason is { } reason ? reason
        : Descriptor < 0 ? new ConnectionAbortedException("The connection was closed.")
        : new ConnectionResetException("The connection was reset.");

    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (!_loop.IsCurrent)
        {
            Volatile.Write(ref _foreignAbortReason, abortReason);
            PostForeign(ForeignCall.Abort);
            return;
        }

        if (Descriptor < 0)
        {
            return;
        }

        // What was flushed counts as sent: it leaves ahead of the reset, as it would have without waiting for the turn's end.
        _output.SendDeferred();
        _abortReason = abortReason;
        IsSendingOver = true;
        CloseSocket(reset: true);
        if (!IsReset)
        {
            IsReset = true;
            QueueNotification();
        }

        if (_closing)
        {
            FinishDispose();
        }
        else
        {
            QueueReevaluation();
        }
    }

    [SuppressMessage("Usage", "CA2215", Justification = "The base class holds nothing.")]
    public override ValueTask DisposeAsync()
    {
        if (!_loop.IsCurrent)
        {
            return DisposeOnLoopAsync();
        }

        if (_disposed)
        {
            return default;
        }

        _disposed = true;
        _input.Close();
        if (Descriptor >= 0 && _output.HasUnsent && !IsSendingOver)
        {
            _output.Resume();
        }

        if (Descriptor >= 0 && _output.HasUnsent && !IsSendingOver)
        {
            // Sent in the background; nobody waits for a slow peer, and the timer ends a stalled one.
            _closing = true;
            EnsureWatched();
            _linger ??= new LingerTimer(this);
            _loop.Timers.Schedule(_linger, _loop.NowMilliseconds + _loop.Options.LingerMilliseconds);
            CloseIfSent();
        }
        else
        {
            FinishDispose();
        }

        return default;
    }

    private async ValueTask DisposeOnLoopAsync()
    {
        await _loop.SwitchTo();
        await DisposeAsync();
    }

    private void CloseIfSent()
    {
        if (_closing && (!_output.HasUnsent || IsSendingOver))
        {
            FinishDispose();
        }
    }

    private void FinishDispose()
    {
        _closing = false;
        if (_linger is { IsScheduled: true })
        {
            _loop.Timers.Cancel(_linger);
        }

        _output.Close();
        CloseSocket(reset: false);
        FireClosed();
        _lifeObserver = null;
        if (_input.IsPending || _output.IsPending)
        {
            // Somebody still waits: he gets his answer, and the object goes to the GC instead of the pool.
            IsSendingOver = true;
            QueueReevaluation();
            return;
        }

        if (Volatile.Read(ref _foreignCalls) == 0 && !_queued)
        {
            // A read may have received more while the last bytes went out: the next socket must not begin with them.
            _input.Close();
            _use++;
            ForgetIdentity();
            _transport = this;
            _loop.ReturnConnection(this);
        }
    }

    private void CloseSocket(bool reset)
    {
        if (Descriptor < 0)
        {
            return;
        }

        if (reset)
        {
            SetLingerZero();
        }

        if (_slot >= 0)
        {
            // Closing takes the socket out of the epoll set as well.
            _loop.ReleaseSlot(_slot);
            _slot = -1;
        }

        _ = Libc.Close(Descriptor);
        Descriptor = -1;
        _loop.OpenConnectionCount--;
    }

    private unsafe void SetLingerZero()
    {
        Libc.Linger linger = default;
        linger.OnOff = 1;
        _ = Libc.SetSocketOption(Descriptor, Libc.SolSocket, Libc.SoLinger, &linger, sizeof(Libc.Linger));
    }

    private sealed class LingerTimer(LoopConnection connection) : TimerEntry
    {
        protected internal override void OnExpired(long nowMs) =>
            connection.Abort(new ConnectionAbortedException("The peer did not take the last bytes in time."));
    }
}
