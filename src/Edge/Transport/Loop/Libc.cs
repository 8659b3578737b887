using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// The system calls of the epoll back end. Arguments are blittable and descriptors plain integers, so that a call costs no more than its
/// transition; errors are read with <see cref="LastError"/> right after a call returned -1.
/// </summary>
internal static unsafe partial class Libc
{
    public const int AddressFamilyUnix = 1;
    public const int AddressFamilyInet = 2;
    public const int AddressFamilyInet6 = 10;
    public const int SockStream = 1;
    public const int SockNonBlock = 0x800;
    public const int SockCloseOnExec = 0x80000;

    public const int SolSocket = 1;
    public const int SoReuseAddr = 2;
    public const int SoError = 4;
    public const int SoKeepAlive = 9;
    public const int SoLinger = 13;
    public const int SoReusePort = 15;
    public const int ProtocolTcp = 6;
    public const int TcpNoDelay = 1;
    public const int TcpKeepIdle = 4;
    public const int TcpKeepInterval = 5;
    public const int TcpKeepCount = 6;
    public const int TcpDeferAccept = 9;
    public const int ProtocolIPv6 = 41;
    public const int IPv6Only = 26;

    public const int MsgNoSignal = 0x4000;
    public const int MsgDontWait = 0x40;
    public const int ShutdownWrite = 1;

    public const uint EpollIn = 0x1;
    public const uint EpollOut = 0x4;
    public const uint EpollError = 0x8;
    public const uint EpollHangUp = 0x10;
    public const uint EpollReadHangUp = 0x2000;
    public const uint EpollExclusive = 1u << 28;
    public const uint EpollEdgeTriggered = 1u << 31;
    public const int EpollControlAdd = 1;
    public const int EpollControlDelete = 2;

    public const int EventFdNonBlockCloseOnExec = 0x80800;

    public const long IoUringSetup = 425;
    public const long IoUringEnter = 426;

    private const string Library = "libc";

    /// <summary>What mmap returns instead of an address.</summary>
    public static void* MapFailed => (void*)-1;

    /// <summary>The error number of the call that has just failed on this thread.</summary>
    public static int LastError => Marshal.GetLastSystemError();

    [LibraryImport(Library, EntryPoint = "epoll_create1")]
    public static partial int EpollCreate(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl")]
    public static partial int EpollControl(int epoll, int operation, int descriptor, byte* pollEvent);

    [LibraryImport(Library, EntryPoint = "epoll_wait")]
    public static partial int EpollWait(int epoll, byte* events, int capacity, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "eventfd")]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "write")]
    public static partial nint Write(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "socket")]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "socketpair")]
    public static partial int SocketPair(int family, int type, int protocol, int* descriptors);

    [LibraryImport(Library, EntryPoint = "bind")]
    public static partial int Bind(int descriptor, byte* address, int length);

    [LibraryImport(Library, EntryPoint = "listen")]
    public static partial int Listen(int descriptor, int backlog);

    [LibraryImport(Library, EntryPoint = "connect")]
    public static partial int Connect(int descriptor, byte* address, int length);

    [LibraryImport(Library, EntryPoint = "accept4")]
    public static partial int Accept(int descriptor, byte* address, int* length, int flags);

    [LibraryImport(Library, EntryPoint = "getsockname")]
    public static partial int GetSocketName(int descriptor, byte* address, int* length);

    [LibraryImport(Library, EntryPoint = "setsockopt")]
    public static partial int SetSocketOption(int descriptor, int level, int option, void* value, int length);

    [LibraryImport(Library, EntryPoint = "getsockopt")]
    public static partial int GetSocketOption(int descriptor, int level, int option, void* value, int* length);

    [LibraryImport(Library, EntryPoint = "recv")]
    public static partial nint Receive(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "send")]
    public static partial nint Send(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "sendmsg")]
    public static partial nint SendMessage(int descriptor, MessageHeader* message, int flags);

    [LibraryImport(Library, EntryPoint = "shutdown")]
    public static partial int Shutdown(int descriptor, int how);

    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int descriptor);

    /// <summary>A call that libc has no function for. Numbers of calls newer than 2019 are the same on x86-64 and arm64.</summary>
    [LibraryImport(Library, EntryPoint = "syscall")]
    public static partial long SystemCall(long number, long first, long second, long third, long fourth, long fifth, long sixth);

    /// <summary>Maps shared, readable and writable memory of a descriptor; <see cref="MapFailed"/> on failure.</summary>
    public static void* Map(nuint length, int descriptor, long offset) => Map(null, length, 3, 0x8001, descriptor, offset);

    [LibraryImport(Library, EntryPoint = "munmap")]
    public static partial int Unmap(void* address, nuint length);

    [LibraryImport(Library, EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    public static int SetSocketOption(int descriptor, int level, int option, int value) =>
        SetSocketOption(descriptor, level, option, &value, sizeof(int));

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct linger.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Linger
    {
        public int OnOff;
        public int Seconds;
    }

    /// <summary>Error numbers, the same on x86-64 and arm64.</summary>
    public static class Error
    {
        public const int NotPermitted = 1;
        public const int NoEntry = 2;
        public const int Interrupted = 4;
        public const int Again = 11;
        public const int NoMemory = 12;
        public const int Access = 13;
        public const int FileTableFull = 23;
        public const int TooManyFiles = 24;
        public const int BrokenPipe = 32;
        public const int NoSystemCall = 38;
        public const int FamilyNotSupported = 97;
        public const int AddressInUse = 98;
        public const int AddressNotAvailable = 99;
        public const int NetworkDown = 100;
        public const int NetworkUnreachable = 101;
        public const int ConnectionAborted = 103;
        public const int ConnectionReset = 104;
        public const int NoBuffers = 105;
        public const int TimedOut = 110;
        public const int ConnectionRefused = 111;
        public const int HostDown = 112;
        public const int HostUnreachable = 113;
        public const int InProgress = 115;
    }
}
