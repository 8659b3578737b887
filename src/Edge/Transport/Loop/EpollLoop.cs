using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// An event loop on Linux epoll, edge-triggered. It owns its descriptors, buffers and pooled connections; loop thread only, except what
/// <see cref="EventLoop"/> opens to others.
/// </summary>
/// <remarks>
/// Descriptors are watched under a slot number and a generation. The kernel reuses a descriptor number at once, and one batch of events may
/// hold an event of its former owner: an event whose generation is not the slot's is dropped.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "CloseAll, the loop's last act, frees them on its own thread.")]
internal sealed unsafe partial class EpollLoop : EventLoop
{
    private const int EventCapacity = 512;
    private const ulong WakeTag = ulong.MaxValue;

    // Connections kept for reuse; each is about 1 KiB with its two pipe ends.
    private const int MaxPooledConnections = 1024;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly EpollEvents _events = new(EventCapacity);
    private readonly AdaptiveSpin _spin;
    private readonly Stack<LoopConnection> _connections = new();
    private readonly Stack<LoopConnect> _connects = new();
    private readonly Stack<int> _freeSlots = new();
    private Slot[] _slots = new Slot[256];
    private int _usedSlots;
    private long _connectionSerial;
    private int _eventIndex;
    private int _eventCount;

    /// <param name="id">Its position in the transport.</param>
    /// <param name="options">How it works.</param>
    /// <param name="ring">Carries out the sends and receives of a turn together; null makes a call for each. Owned by the loop.</param>
    public EpollLoop(int id, TransportOptions options, IoRing? ring = null)
        : base(id)
    {
        _ring = ring;
        Options = options;
        Buffers = new BlockPool(this, options.PoolBytesPerLoop);
        _spin = new AdaptiveSpin(options.SpinMicroseconds);
        _epoll = Libc.EpollCreate(Libc.SockCloseOnExec);
        if (_epoll < 0)
        {
            throw LinuxError.ToException("epoll_create1", Libc.LastError);
        }

        _wake = Libc.EventFd(0, Libc.EventFdNonBlockCloseOnExec);
        if (_wake < 0)
        {
            throw LinuxError.ToException("eventfd", Libc.LastError);
        }

        // Edge-triggered, so that the counter never needs to be read: every write is an edge of its own.
        Control(Libc.EpollControlAdd, _wake, Libc.EpollIn | Libc.EpollEdgeTriggered, WakeTag);
    }

    public TransportOptions Options { get; }

    public BlockPool Buffers { get; }

    /// <summary>Where addresses are exchanged with the kernel; contents are valid within one call only.</summary>
    public SocketAddressBuffer AddressBuffer { get; } = new();

    /// <summary>Numbers the loop's connections, for their identifiers.</summary>
    public long NextConnectionSerial() => ++_connectionSerial;

    /// <summary>A connection object without a socket, new or used before.</summary>
    public LoopConnection RentConnection() => _connections.TryPop(out LoopConnection? connection) ? connection : new LoopConnection(this);

    /// <summary>Takes back a connection that nobody refers to and nothing is pending on.</summary>
    public void ReturnConnection(LoopConnection connection)
    {
        if (_connections.Count < MaxPooledConnections)
        {
            _connections.Push(connection);
        }
    }

    public LoopConnect RentConnect() => _connects.TryPop(out LoopConnect? connect) ? connect : new LoopConnect(this);

    public void ReturnConnect(LoopConnect connect) => _connects.Push(connect);

    /// <summary>A place in the table of watched descriptors. Give it back with <see cref="ReleaseSlot"/>.</summary>
    public int TakeSlot(IPollTarget target)
    {
        if (!_freeSlots.TryPop(out int index))
        {
            index = _usedSlots++;
            if (index == _slots.Length)
            {
                Array.Resize(ref _slots, _slots.Length * 2);
            }
        }

        _slots[index].Target = target;
        return index;
    }

    /// <summary>Hands a slot to another owner; events already fetched for it go to the new one.</summary>
    public void TransferSlot(int index, IPollTarget target) => _slots[index].Target = target;

    public void ReleaseSlot(int index)
    {
        ref Slot slot = ref _slots[index];
        slot.Target = null;
        slot.Generation++;
        _freeSlots.Push(index);
    }

    /// <summary>Watches a descriptor under a slot. Returns 0 or an error number.</summary>
    public int Watch(int descriptor, int index, uint flags) =>
        Control(Libc.EpollControlAdd, descriptor, flags, ((ulong)_slots[index].Generation << 32) | (uint)index);

    /// <summary>Stops watching a descriptor that stays open elsewhere.</summary>
    public void Unwatch(int descriptor) => Control(Libc.EpollControlDelete, descriptor, 0, 0);

    private protected override void Wake()
    {
        ulong one = 1;
        _ = Libc.Write(_wake, &one, sizeof(ulong));
    }

    private protected override void WaitForEvents(int timeoutMs)
    {
        int count = timeoutMs != 0 && _spin.Enabled ? Spin() : 0;
        if (count == 0)
        {
            count = Libc.EpollWait(_epoll, _events.Pointer, EventCapacity, timeoutMs);
        }

        Woke();
        _eventIndex = 0;

        // -1 is EINTR: the next turn waits again.
        _eventCount = Math.Max(count, 0);
        if (_ring is { } ring && _eventCount > 1)
        {
            Fetch(ring);
        }

        HandleEvents();
    }

    private protected override void HandleEvents()
    {
        // The position is a field: when a handler throws, the rest of the batch is handled by the next turn. No edge may be lost.
        while (_eventIndex < _eventCount)
        {
            int i = _eventIndex++;
            ulong tag = _events.GetTag(i);
            uint index = (uint)tag;
            if (index < (uint)_slots.Length)
            {
                ref Slot slot = ref _slots[index];
                if (slot.Generation == (uint)(tag >> 32))
                {
                    Dispatch(slot.Target, _events.GetFlags(i));
                    if (_deferred.Count >= MaxDeferred)
                    {
                        SendDeferred();
                    }
                }
            }
        }
    }

    private protected override void CloseAll()
    {
        for (int i = 0; i < _usedSlots; i++)
        {
            _slots[i].Target?.OnLoopClosing();
        }

        _ring?.Dispose();
        _ = Libc.Close(_wake);
        _ = Libc.Close(_epoll);
        _events.Dispose();
        AddressBuffer.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dispatch(IPollTarget? target, uint flags)
    {
        // Nearly all are connections: a type check is cheaper than the interface call.
        if (target is LoopConnection connection)
        {
            connection.OnEvents(flags);
        }
        else
        {
            target?.OnEvents(flags);
        }
    }

    private int Spin()
    {
        long ticks = _spin.Begin();
        if (ticks == 0)
        {
            return 0;
        }

        int count;
        long end = Stopwatch.GetTimestamp() + ticks;
        do
        {
            count = Libc.EpollWait(_epoll, _events.Pointer, EventCapacity, 0);
        }
        while (count == 0 && Stopwatch.GetTimestamp() < end);

        _spin.End(count > 0);
        return count;
    }

    private int Control(int operation, int descriptor, uint flags, ulong tag)
    {
        byte* pollEvent = stackalloc byte[16];
        EpollEvents.Fill(pollEvent, flags, tag);
        return Libc.EpollControl(_epoll, operation, descriptor, pollEvent) == 0 ? 0 : Libc.LastError;
    }

    private struct Slot
    {
        public IPollTarget? Target;
        public uint Generation;
    }
}
