using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// A socket of an <see cref="EpollLoop"/> behind Kestrel's connection abstraction. Whoever accepted or connected it owns it and disposes it;
/// after that the object serves another socket and must not be touched.
/// </summary>
/// <remarks>
/// <para>The socket is watched from the first time something must wait for it, with one epoll_ctl in its life.</para>
/// <para>DisposeAsync sends what was written and closes; Abort resets (SO_LINGER 0). Everything may be called from any thread, at the
/// price of a post; pipes are meant to be used on the loop.</para>
/// </remarks>
internal sealed partial class LoopConnection : ConnectionContext, IDuplexPipe, IPollTarget, IConnectionLifeSignal, ITransferProgress
{
    private const uint WatchFlags = Libc.EpollIn | Libc.EpollOut | Libc.EpollReadHangUp | Libc.EpollEdgeTriggered;

    private readonly EpollLoop _loop;
    private readonly LoopInput _input;
    private readonly LoopOutput _output;
    private IDuplexPipe _transport;
    private IConnectionLifeObserver? _lifeObserver;
    private int _slot = -1;

    // Counts the sockets this object has served.
    private long _use;
    private bool _queued;
    private bool _sawFin;
    private bool _isTcp;

    public LoopConnection(EpollLoop loop)
    {
        _loop = loop;
        _input = new LoopInput(this, loop);
        _output = new LoopOutput(this, loop);
        _transport = this;
    }

    /// <summary>The socket, or -1 once it is closed.</summary>
    public int Descriptor { get; private set; } = -1;

    /// <summary>True when nothing more can be sent.</summary>
    public bool IsSendingOver { get; private set; }

    public bool IsReset { get; private set; }

    public bool IsHalfClosed => _sawFin;

    public long BytesMoved => _output.BytesMoved;

    public bool EndsQuietly { get; set; }

    public IConnectionLifeObserver? LifeObserver
    {
        get => _lifeObserver;
        set
        {
            _lifeObserver = value;
            if (value is not null)
            {
                EnsureWatched();
            }
        }
    }

    public override IDuplexPipe Transport
    {
        get => _transport;
        set => _transport = value;
    }

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _output;

    /// <summary>Takes over a connected socket. <paramref name="slot"/> is where it is watched already, or -1.</summary>
    public void Open(int descriptor, int slot, EndPoint remoteEndPoint)
    {
        _remoteEndPoint = remoteEndPoint;
        _remoteAddressLength = 0;
        Open(descriptor, slot, isTcp: remoteEndPoint is IPEndPoint);
    }

    /// <summary>Takes over an accepted socket with the peer's address as the kernel gave it.</summary>
    public void Open(int descriptor, ReadOnlySpan<byte> remoteAddress)
    {
        _remoteAddressLength = Math.Min(remoteAddress.Length, AddressLength);
        remoteAddress[.._remoteAddressLength].CopyTo(_remoteAddress);
        Open(descriptor, slot: -1, isTcp: remoteAddress.Length >= sizeof(ushort) && remoteAddress[0] != Libc.AddressFamilyUnix);
    }

    private void Open(int descriptor, int slot, bool isTcp)
    {
        Descriptor = descriptor;
        _slot = slot;
        IsSendingOver = false;
        IsReset = false;
        EndsQuietly = false;
        _sawFin = false;
        _disposed = false;
        _closing = false;
        _abortReason = null;
        OpenIdentity();
        _isTcp = isTcp;
        _input.Open(drain: !_isTcp);
        _output.Open();
        _loop.OpenConnectionCount++;
    }

    /// <summary>Hands the socket's edges to this connection from now on.</summary>
    public void EnsureWatched()
    {
        if (_slot >= 0 || Descriptor < 0)
        {
            return;
        }

        if (!_loop.IsCurrent)
        {
            PostForeign(ForeignCall.Watch);
            return;
        }

        // Whatever the socket is ready for already is reported as a first edge.
        _slot = _loop.TakeSlot(this);
        if (_loop.Watch(Descriptor, _slot, WatchFlags) != 0)
        {
            // The kernel is out of watches or memory: without edges the connection would hang.
            Abort();
        }
    }

    public void OnEvents(uint flags)
    {
        long use = _use;
        if ((flags & (Libc.EpollReadHangUp | Libc.EpollError | Libc.EpollHangUp)) != 0)
        {
            OnEndOfLife(flags);
            return;
        }

        if ((flags & Libc.EpollIn) != 0)
        {
            _input.OnReadable();
        }

        if ((flags & Libc.EpollOut) != 0 && use == _use)
        {
            _output.OnWritable();
            CloseIfSent();
        }
    }

    /// <summary>A buffer for a receive ahead of handling <paramref name="flags"/>, or null when it would be of no use.</summary>
    public Block? PrepareFetch(uint flags) =>
        (flags & (Libc.EpollIn | Libc.EpollReadHangUp | Libc.EpollError | Libc.EpollHangUp)) == Libc.EpollIn ? _input.PrepareFetch() : null;

    /// <summary>The result of that receive.</summary>
    public void Fetched(int result) => _input.Fetched(result);

    public void OnLoopClosing() => Abort(new ConnectionAbortedException("The event loop has stopped."));

    /// <summary>A receive has returned the FIN.</summary>
    public void OnReceivedFin()
    {
        if (!_sawFin)
        {
            _sawFin = true;
            QueueNotification();
        }
    }

    /// <summary>The kernel said that the connection is broken.</summary>
    public void MarkReset()
    {
        IsSendingOver = true;
        if (!IsReset)
        {
            IsReset = true;
            QueueNotification();
        }
    }

    /// <summary>A send failed: the other side is gone.</summary>
    public void MarkSendingOver()
    {
        IsSendingOver = true;
        if (_isTcp)
        {
            // The failed send took the socket's error with it; the next receive would look like a plain end.
            MarkReset();
        }
    }

    public void ShutdownSending()
    {
        if (Descriptor >= 0)
        {
            _ = Libc.Shutdown(Descriptor, Libc.ShutdownWrite);
        }
    }

    /// <summary>Asks for <see cref="Reevaluate"/> in a later step of this turn or in the next.</summary>
    public void QueueReevaluation()
    {
        if (!_queued)
        {
            _queued = true;
            _loop.Post(static connection => Unsafe.As<LoopConnection>(connection!).Reevaluate(), this);
        }
    }

    private void OnEndOfLife(uint flags)
    {
        long use = _use;
        bool isReset = (flags & Libc.EpollError) != 0;
        if ((flags & Libc.EpollReadHangUp) != 0 && !isReset)
        {
            OnReceivedFin();
        }

        if (isReset)
        {
            MarkReset();
        }

        // What came before the end is still there to be read, and the end itself only shows in a receive that returns nothing.
        _input.OnHalfClosed();
        _input.OnReadable();
        if (use == _use)
        {
            _output.OnWritable();
            CloseIfSent();
        }
    }

    private void Reevaluate()
    {
        _queued = false;
        long use = _use;
        _input.Resume();
        if (use == _use)
        {
            _output.OnWritable();
            CloseIfSent();
        }
    }
}
