using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.LoadTests.Transport;

/// <summary>
/// The few Linux calls the runner lives on. It speaks to the kernel directly because <c>System.Net.Sockets</c> adds an engine thread, a
/// hand-over and a completion object per operation, all of which would be paid on the core that the origin shares.
/// </summary>
internal static unsafe partial class Native
{
    public const int AddressFamilyInet = 2;
    public const int AddressFamilyInet6 = 10;
    public const int StreamNonBlockingCloseOnExec = 1 | 0x800 | 0x80000;
    public const int LevelSocket = 1;
    public const int LevelTcp = 6;
    public const int OptionReuseAddress = 2;
    public const int OptionError = 4;
    public const int OptionReusePort = 15;
    public const int OptionNoDelay = 1;
    public const int SendNoSignal = 0x4000;

    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int NoSuchCall = 38;
    public const int InProgress = 115;

    private const int TimerSlack = 29;
    private const nint EpollPwait2Number = 441;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int fd, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int fd, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int fd, byte* address, uint* length, int flags);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSocketName(int fd, byte* address, uint* length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, byte* bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int fd, byte* bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int fd, int level, int option, int* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int fd, int level, int option, int* value, uint* length);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, byte* change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int maximum, int milliseconds);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    /// <summary>Waits with nanosecond resolution (Linux 5.11); glibc older than 2.35 and musl lack the wrapper, hence the number.</summary>
    public static int EpollWaitPrecise(int epoll, byte* events, int maximum, TimeSpec* timeout) =>
        (int)SystemCall(EpollPwait2Number, epoll, (nint)events, maximum, (nint)timeout, 0, 0);

    /// <summary>Lets the calling thread wake when it asked to: the default slack of 50 us would delay every scheduled request.</summary>
    public static void WakeExactly() => ProcessControl(TimerSlack, 1, 0, 0, 0);

    /// <summary>The error number of the last call on this thread.</summary>
    public static int Error => Marshal.GetLastPInvokeError();

    /// <summary>Fails with the kernel's words when <paramref name="result"/> is negative; for calls that only set-up makes.</summary>
    public static int Check(int result, string what) =>
        result >= 0 ? result : throw new IOException($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");

    /// <summary>Sets a socket option that takes one integer.</summary>
    public static void SetOption(int fd, int level, int option, int value) =>
        Check(SetOption(fd, level, option, &value, sizeof(int)), "setsockopt");

    /// <summary>Seconds and nanoseconds as the kernel reads them on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
