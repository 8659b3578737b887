using System.Net;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// Accepts connections for one loop. AcceptAsync is for one caller at a time and completes inline on the loop; from another thread every call
/// is posted there.
/// </summary>
/// <remarks>
/// An accept that fails for want of descriptors or memory is counted and tried again after a pause: trying at once would spin, since
/// the waiting connection stays at the head of the queue.
/// </remarks>
internal sealed class LoopListener : IConnectionListener, IPollTarget, IValueTaskSource<ConnectionContext?>
{
    private const int MaxAcceptsPerTurn = 64;
    private const int BackoffMs = 100;

    private readonly EpollLoop _loop;
    private readonly ListenerSocket _socket;
    private readonly RetryTimer _retry;
    private LoopCompletion<ConnectionContext?> _completion;
    private int _slot = -1;
    private bool _pending;
    private bool _mayAccept = true;
    private bool _unbinding;
    private bool _closed;
    private bool _queued;
    private long _turn;
    private int _turnAccepts;

    public LoopListener(EpollLoop loop, ListenerSocket socket)
    {
        _loop = loop;
        _socket = socket;
        _retry = new RetryTimer(this);
    }

    private enum Outcome
    {
        Wait,
        Accepted,
        Over,
    }

    public EndPoint EndPoint => _socket.EndPoint;

    /// <summary>Starts watching. On the loop.</summary>
    public void Start()
    {
        _slot = _loop.TakeSlot(this);
        uint flags = Libc.EpollIn | Libc.EpollEdgeTriggered | (_socket.IsShared ? Libc.EpollExclusive : 0);
        int error = _loop.Watch(_socket.Descriptor, _slot, flags);
        if (error != 0)
        {
            Close();
            throw LinuxError.ToException("epoll_ctl", error);
        }
    }

    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        if (_completion.IsDone)
        {
            _completion.Reset();
        }

        if (!_loop.IsCurrent)
        {
            short version = _completion.Version;
            _loop.Post(
                static listener =>
                {
                    var self = (LoopListener)listener!;
                    self._pending = true;
                    self.Resume();
                },
                this);
            return new ValueTask<ConnectionContext?>(this, version);
        }

        if (_pending)
        {
            throw new InvalidOperationException("Concurrent accepts are not supported.");
        }

        switch (TryAccept(out LoopConnection? connection))
        {
            case Outcome.Accepted:
                return new ValueTask<ConnectionContext?>(connection);
            case Outcome.Over:
                return default;
            default:
                _pending = true;
                return new ValueTask<ConnectionContext?>(this, _completion.Version);
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _loop.SwitchTo();
        if (!_closed && !_unbinding)
        {
            // What has arrived is still handed out; with a socket of our own it would be reset by the close.
            _unbinding = true;
            _mayAccept = !_socket.IsShared;
            QueueResume();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.SwitchTo();
        _unbinding = true;
        Close();
        QueueResume();
    }

    public void OnEvents(uint flags)
    {
        _mayAccept = true;
        Resume();
    }

    public void OnLoopClosing()
    {
        Close();
        Resume();
    }

    public ConnectionContext? GetResult(short token)
    {
        _completion.ValidateDone(token);
        ConnectionContext? connection = _completion.Take(out ExceptionDispatchInfo? error);
        _completion.Reset();
        error?.Throw();
        return connection;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags, _loop);

    private void QueueResume()
    {
        if (!_queued)
        {
            _queued = true;
            _loop.Post(
                static listener =>
                {
                    var self = (LoopListener)listener!;
                    self._queued = false;
                    self.Resume();
                },
                this);
        }
    }

    private void Resume()
    {
        if (!_pending)
        {
            if (_unbinding && !_mayAccept)
            {
                Close();
            }

            return;
        }

        Outcome outcome = TryAccept(out LoopConnection? connection);
        if (outcome != Outcome.Wait)
        {
            _pending = false;
            _completion.SetResult(connection);
        }
    }

    private Outcome TryAccept(out LoopConnection? connection)
    {
        connection = null;
        if (_turn != _loop.Turn)
        {
            _turn = _loop.Turn;
            _turnAccepts = 0;
        }

        while (_mayAccept && !_closed)
        {
            if (++_turnAccepts > MaxAcceptsPerTurn)
            {
                QueueResume();
                return Outcome.Wait;
            }

            connection = AcceptOne();
            if (connection is not null)
            {
                return Outcome.Accepted;
            }
        }

        if (_unbinding)
        {
            Close();
        }

        return _closed ? Outcome.Over : Outcome.Wait;
    }

    private unsafe LoopConnection? AcceptOne()
    {
        SocketAddressBuffer address = _loop.AddressBuffer;
        address.PrepareForKernel();
        int descriptor = Libc.Accept(
            _socket.Descriptor, address.Pointer, address.LengthPointer, Libc.SockNonBlock | Libc.SockCloseOnExec);
        if (descriptor >= 0)
        {
            LoopConnection connection = _loop.RentConnection();
            connection.Open(descriptor, address.Bytes);
            return connection;
        }

        int error = Libc.LastError;
        if (error == Libc.Error.Again)
        {
            _mayAccept = false;
        }
        else if (LinuxError.IsOutOfResources(error))
        {
            _mayAccept = false;
            _loop.AcceptFailureCount++;
            _loop.Timers.Schedule(_retry, _loop.NowMilliseconds + BackoffMs);
        }

        // Anything else concerns a connection that is gone already (ECONNABORTED, a pending network error): take the next.
        return null;
    }

    private void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _loop.Timers.Remove(_retry);
        if (_slot >= 0)
        {
            _loop.ReleaseSlot(_slot);
            if (_socket.IsShared)
            {
                // The descriptor may live on in other loops; closing alone would leave it in this loop's set.
                _loop.Unwatch(_socket.Descriptor);
            }
        }

        _socket.Release();
    }

    private sealed class RetryTimer(LoopListener listener) : TimerEntry
    {
        protected internal override void OnExpired(long nowMs) => listener.OnEvents(0);
    }
}
