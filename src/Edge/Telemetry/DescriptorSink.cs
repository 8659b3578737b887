using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// A sink on a Linux file descriptor with plain <c>write(2)</c>. The runtime's own streams do not serve here: the console's take one lock
/// for stdout and stderr together, so that a blocked one blocks the other, and a file stream writes at an offset of its own, which
/// overwrites lines when stdout and stderr are the same file and leaves a hole after a truncating log rotation.
/// </summary>
internal sealed partial class DescriptorSink : LogSink
{
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int NoReader = 6;
    private const short PollOut = 4;

    private static readonly Lock[] InheritedLocks = [new(), new(), new()];

    private readonly Lock _lock;
    private readonly string? _path;
    private int _descriptor;

    private DescriptorSink(int descriptor, string? path, Lock writeLock)
    {
        _descriptor = descriptor;
        _path = path;
        _lock = writeLock;
    }

    /// <summary>Descriptor 1 or 2 of this process, never closed.</summary>
    public static DescriptorSink Inherited(int descriptor) => new(descriptor, path: null, InheritedLocks[descriptor]);

    /// <summary>A descriptor of the caller, never closed.</summary>
    public static DescriptorSink Borrowed(int descriptor) => new(descriptor, path: null, new Lock());

    /// <summary>Opens or creates a file for appending.</summary>
    public static DescriptorSink OpenFile(string path) => new(OpenForAppend(path), path, new Lock());

    public override void Write(ReadOnlySpan<byte> lines)
    {
        lock (_lock)
        {
            while (!lines.IsEmpty)
            {
                nint written = WriteTo(_descriptor, ref MemoryMarshal.GetReference(lines), (nuint)lines.Length);
                if (written > 0)
                {
                    lines = lines[(int)written..];
                    continue;
                }

                int error = Marshal.GetLastPInvokeError();
                if (error == TryAgain)
                {
                    // An inherited pipe can be non-blocking because whoever holds its other end made it so.
                    var wait = new PollEntry { Descriptor = _descriptor, Events = PollOut };
                    _ = Poll(ref wait, 1, timeoutMilliseconds: -1);
                }
                else if (error != Interrupted)
                {
                    throw new IOException(Marshal.GetPInvokeErrorMessage(error));
                }
            }
        }
    }

    public override void Reopen()
    {
        if (_path is null)
        {
            return;
        }

        int next = OpenForAppend(_path);
        int old = _descriptor;
        _descriptor = next;
        _ = Close(old);
    }

    public override void Dispose()
    {
        if (_path is not null && _descriptor >= 0)
        {
            _ = Close(_descriptor);
            _descriptor = -1;
        }
    }

    private static int OpenForAppend(string path)
    {
        // Linux values, the same on x86-64 and arm64: O_CREAT, O_APPEND, O_CLOEXEC, O_NONBLOCK; mode 0644. Not to block, since opening a
        // named pipe would wait for its reader, and the whole start with it; a pipe without reader is opened for both ends instead.
        const int Flags = 0x40 | 0x400 | 0x80000 | 0x800;
        int descriptor = OpenPath(path, 0x1 | Flags, 0x1A4);
        if (descriptor < 0 && Marshal.GetLastPInvokeError() == NoReader)
        {
            descriptor = OpenPath(path, 0x2 | Flags, 0x1A4);
        }

        return descriptor >= 0
            ? descriptor
            : throw new IOException($"cannot open {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteTo(int descriptor, ref byte bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollEntry entries, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
