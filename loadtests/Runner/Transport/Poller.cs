using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.LoadTests.Transport;

/// <summary>An edge-triggered epoll set with a nanosecond timeout. Single-threaded: the loop that created it owns it.</summary>
internal sealed unsafe class Poller : IDisposable
{
    public const uint Readable = 0x1;
    public const uint Writable = 0x4;
    public const uint Failed = 0x8;
    public const uint HungUp = 0x10;
    public const uint PeerClosed = 0x2000;

    private const uint EdgeTriggered = 0x80000000;
    private const int CloseOnExec = 0x80000;
    private const int Capacity = 512;

    // struct epoll_event is packed to 12 bytes on x86-64 only.
    private static readonly int TokenOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Stride = TokenOffset + 8;

    private readonly int _epoll;
    private readonly byte* _events;
    private bool _precise = true;

    public Poller()
    {
        if (!OperatingSystem.IsLinux() || !BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("edge-load needs Linux: its loop is epoll.");
        }

        _epoll = Native.Check(Native.EpollCreate(CloseOnExec), "epoll_create1");
        _events = (byte*)NativeMemory.Alloc((nuint)(Capacity * Stride));
    }

    /// <summary>Watches a descriptor for everything, until it is closed.</summary>
    public void Add(int fd, ulong token)
    {
        byte* change = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(change, 4), Readable | Writable | PeerClosed | EdgeTriggered);
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(change + TokenOffset, 8), token);
        Native.Check(Native.EpollControl(_epoll, 1, fd, change), "epoll_ctl");
    }

    /// <summary>Waits at most <paramref name="nanoseconds"/> (0: only looks) and returns how many events there are.</summary>
    public int Wait(long nanoseconds)
    {
        if (_precise)
        {
            var timeout = new Native.TimeSpec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
            int count = Native.EpollWaitPrecise(_epoll, _events, Capacity, &timeout);
            if (count >= 0)
            {
                return count;
            }

            _precise = Native.Error != Native.NoSuchCall;
            return Native.Error is Native.Interrupted or Native.NoSuchCall ? 0 : Native.Check(count, "epoll_pwait2");
        }

        // Rounded down: waking early costs a few looks, waking late would be measured as latency.
        int ready = Native.EpollWait(_epoll, _events, Capacity, (int)Math.Min(nanoseconds / 1_000_000, 1000));
        return ready >= 0 || Native.Error == Native.Interrupted ? Math.Max(ready, 0) : Native.Check(ready, "epoll_wait");
    }

    /// <summary>The readiness bits of event <paramref name="index"/> of the last wait.</summary>
    public uint EventsAt(int index) => Unsafe.ReadUnaligned<uint>(_events + (index * Stride));

    /// <summary>The token of event <paramref name="index"/> of the last wait.</summary>
    public ulong TokenAt(int index) => Unsafe.ReadUnaligned<ulong>(_events + (index * Stride) + TokenOffset);

    public void Dispose()
    {
        _ = Native.Close(_epoll);
        NativeMemory.Free(_events);
    }
}
