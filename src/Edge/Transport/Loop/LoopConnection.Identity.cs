using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace VoltageSoda.Edge.Transport.Loop;

// Addresses, identifiers and features: made when somebody asks, since most connections are asked for few of them.
internal sealed partial class LoopConnection
{
    private const int AddressLength = 28;

    private RemoteAddress _remoteAddress;
    private int _remoteAddressLength;
    private EndPoint? _remoteEndPoint;
    private EndPoint? _localEndPoint;
    private long _serial;
    private string? _connectionId;
    private IDictionary<object, object?>? _items;
    private ConnectionFeatures? _features;
    private CancellationTokenSource? _closed;
    private CancellationToken _closedOverride;
    private bool _hasClosedOverride;
    private bool _isClosedFired;
    private Notice _noticed;

    [Flags]
    private enum Notice
    {
        None = 0,
        Queued = 1,
        HalfClosed = 2,
        Reset = 4,
    }

    public override string ConnectionId
    {
        get => _connectionId ??= $"{_loop.Id:X}-{_serial:X}";
        set => _connectionId = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _remoteEndPoint ??= SocketAddressBuffer.Read(((ReadOnlySpan<byte>)_remoteAddress)[.._remoteAddressLength]);
        set => _remoteEndPoint = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => _localEndPoint ??= ReadLocalEndPoint();
        set => _localEndPoint = value;
    }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IFeatureCollection Features => _features ??= new ConnectionFeatures(this);

    /// <summary>Canceled, on the loop, when the connection is reset, aborted or disposed.</summary>
    public override CancellationToken ConnectionClosed
    {
        get => _hasClosedOverride ? _closedOverride : OwnClosedToken();
        set
        {
            _closedOverride = value;
            _hasClosedOverride = true;
        }
    }

    private void OpenIdentity()
    {
        _serial = _loop.NextConnectionSerial();
        _isClosedFired = false;
        _noticed = Notice.None;
    }

    private void ForgetIdentity()
    {
        _remoteEndPoint = null;
        _localEndPoint = null;
        _connectionId = null;
        _items = null;
        _features = null;
        _closed = null;
        _closedOverride = default;
        _hasClosedOverride = false;
    }

    private CancellationToken OwnClosedToken()
    {
        if (Volatile.Read(ref _closed) is not { } closed)
        {
            var fresh = new CancellationTokenSource();
            closed = Interlocked.CompareExchange(ref _closed, fresh, null) ?? fresh;
            if (_isClosedFired || IsReset)
            {
                closed.Cancel();
            }

            EnsureWatched();
        }

        return closed.Token;
    }

    private void FireClosed()
    {
        if (!_isClosedFired)
        {
            _isClosedFired = true;
            if (Volatile.Read(ref _closed) is { IsCancellationRequested: false } closed)
            {
                _loop.Post(static source => ((CancellationTokenSource)source!).Cancel(), closed);
            }
        }
    }

    // Told from the top of the loop, so that an observer never runs below the code that met the event.
    private void QueueNotification()
    {
        if (IsReset)
        {
            FireClosed();
        }

        if ((_lifeObserver is null) | ((_noticed & Notice.Queued) != 0))
        {
            return;
        }

        _noticed |= Notice.Queued;
        _loop.Post(static connection => Unsafe.As<LoopConnection>(connection!).Notify(), this);
    }

    private void Notify()
    {
        _noticed &= ~Notice.Queued;
        if (_sawFin && (_noticed & Notice.HalfClosed) == 0)
        {
            _noticed |= Notice.HalfClosed;
            _lifeObserver?.OnHalfClosed();
        }

        if (IsReset && (_noticed & Notice.Reset) == 0)
        {
            _noticed |= Notice.Reset;
            _lifeObserver?.OnReset();
        }
    }

    private EndPoint? ReadLocalEndPoint()
    {
        if (Descriptor < 0)
        {
            return null;
        }

        using var address = new SocketAddressBuffer();
        return address.ReadSocketName(Descriptor) ? SocketAddressBuffer.Read(address.Bytes) : null;
    }

    [InlineArray(AddressLength)]
    private struct RemoteAddress
    {
        private byte _first;
    }
}
