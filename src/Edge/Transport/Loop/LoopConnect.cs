using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>One connect under way: the socket, its timer and the caller's result. Pooled by its loop, used on it only.</summary>
internal sealed class LoopConnect(EpollLoop loop) : TimerEntry, IPollTarget, IValueTaskSource<ConnectResult>
{
    private const uint WatchFlags = Libc.EpollIn | Libc.EpollOut | Libc.EpollReadHangUp | Libc.EpollEdgeTriggered;

    private LoopCompletion<ConnectResult> _completion;
    private CancellationTokenRegistration _registration;
    private EndPoint? _endPoint;
    private int _descriptor = -1;
    private int _slot = -1;

    /// <summary>Connects; failures are results.</summary>
    public static ValueTask<ConnectResult> Begin(EpollLoop loop, EndPoint endPoint, int timeoutMs, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new ValueTask<ConnectResult>(new ConnectResult(ConnectFailure.Canceled));
        }

        int family = endPoint.AddressFamily switch
        {
            AddressFamily.InterNetwork => Libc.AddressFamilyInet,
            AddressFamily.InterNetworkV6 => Libc.AddressFamilyInet6,
            AddressFamily.Unix => Libc.AddressFamilyUnix,
            _ => throw new NotSupportedException($"Cannot connect to {endPoint}: resolve names first."),
        };
        int descriptor = Libc.Socket(family, Libc.SockStream | Libc.SockNonBlock | Libc.SockCloseOnExec, 0);
        if (descriptor < 0)
        {
            return Failed(Libc.LastError);
        }

        if (family != Libc.AddressFamilyUnix)
        {
            _ = Libc.SetSocketOption(descriptor, Libc.ProtocolTcp, Libc.TcpNoDelay, 1);
        }

        int error = Connect(loop, descriptor, endPoint);
        if (error == 0)
        {
            return new ValueTask<ConnectResult>(new ConnectResult(Wrap(loop, descriptor, -1, endPoint)));
        }

        if (error != Libc.Error.InProgress)
        {
            _ = Libc.Close(descriptor);
            return Failed(error);
        }

        return loop.RentConnect().Wait(descriptor, endPoint, timeoutMs, cancellationToken);
    }

    public unsafe void OnEvents(uint flags)
    {
        if ((flags & (Libc.EpollOut | Libc.EpollError | Libc.EpollHangUp)) == 0)
        {
            return;
        }

        int error = 0;
        int length = sizeof(int);
        if (Libc.GetSocketOption(_descriptor, Libc.SolSocket, Libc.SoError, &error, &length) != 0)
        {
            error = Libc.LastError;
        }

        if (error != 0)
        {
            Fail(new ConnectResult(LinuxError.ToConnectFailure(error), error));
            return;
        }

        LoopConnection connection = Wrap(loop, _descriptor, _slot, _endPoint!);
        loop.TransferSlot(_slot, connection);
        _descriptor = -1;
        _slot = -1;
        Finish(new ConnectResult(connection));
    }

    public void OnLoopClosing() => Fail(new ConnectResult(ConnectFailure.Canceled));

    protected internal override void OnExpired(long nowMs) => Fail(new ConnectResult(ConnectFailure.TimedOut));

    public ConnectResult GetResult(short token)
    {
        _completion.ValidateDone(token);
        ConnectResult result = _completion.Take(out ExceptionDispatchInfo? error);
        _completion.Reset();
        if (loop.IsCurrent)
        {
            loop.ReturnConnect(this);
        }

        error?.Throw();
        return result;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    private static unsafe int Connect(EpollLoop loop, int descriptor, EndPoint endPoint)
    {
        SocketAddressBuffer address = loop.AddressBuffer;
        address.Write(endPoint);
        return Libc.Connect(descriptor, address.Pointer, *address.LengthPointer) == 0 ? 0 : Libc.LastError;
    }

    private static LoopConnection Wrap(EpollLoop loop, int descriptor, int slot, EndPoint endPoint)
    {
        LoopConnection connection = loop.RentConnection();
        connection.Open(descriptor, slot, endPoint);
        return connection;
    }

    private static ValueTask<ConnectResult> Failed(int error) => new(new ConnectResult(LinuxError.ToConnectFailure(error), error));

    private ValueTask<ConnectResult> Wait(int descriptor, EndPoint endPoint, int timeoutMs, CancellationToken cancellationToken)
    {
        _descriptor = descriptor;
        _endPoint = endPoint;
        _slot = loop.TakeSlot(this);
        int error = loop.Watch(descriptor, _slot, WatchFlags);
        if (error != 0)
        {
            CloseSocket();
            loop.ReturnConnect(this);
            return Failed(error);
        }

        short version = _completion.Version;
        loop.Timers.Schedule(this, loop.NowMilliseconds + timeoutMs);
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(
                static state => ((Cancellation)state!).Post(), new Cancellation(this, version));
        }

        return new ValueTask<ConnectResult>(this, version);
    }

    private void CloseSocket()
    {
        loop.ReleaseSlot(_slot);
        _slot = -1;
        _ = Libc.Close(_descriptor);
        _descriptor = -1;
    }

    private void Fail(ConnectResult result)
    {
        CloseSocket();
        Finish(result);
    }

    private void Finish(ConnectResult result)
    {
        loop.Timers.Cancel(this);
        _registration.Unregister();
        _registration = default;
        _endPoint = null;
        _completion.SetResult(result);
    }

    private sealed class Cancellation(LoopConnect connect, short version)
    {
        // The token may be canceled on any thread, and long after this connect is over.
        public void Post() => connect.Loop.Post(static state => ((Cancellation)state!).Run(), this);

        private void Run()
        {
            if (connect._descriptor >= 0 && connect._completion.Version == version)
            {
                connect.Fail(new ConnectResult(ConnectFailure.Canceled));
            }
        }
    }

    private EpollLoop Loop => loop;
}
