using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>
/// A file on which everybody who opens it waits, as on a file system that hangs: a write lease of fcntl(2), which also tells that somebody
/// waits. Disposing lets them go on. The kernel does so by itself after 45 s.
/// </summary>
internal sealed partial class HeldFile : IDisposable
{
    private const int SetSignal = 10;
    private const int SetLease = 1024;
    private const int GetLease = 1025;
    private const int WriteLock = 1;
    private const int Unlock = 2;

    // The default signal of a lease that is asked for ends the process; this one is ignored.
    private const int Sigurg = 23;

    private readonly SafeFileHandle _handle;

    private HeldFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>Holds an existing file as soon as nobody else has it open.</summary>
    public static async Task<HeldFile> TakeAsync(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.Equal(0, Control(handle, SetSignal, Sigurg));
        await Eventually.TrueAsync(() => Control(handle, SetLease, WriteLock) == 0, "the file is open nowhere else");
        return new HeldFile(handle);
    }

    /// <summary>Completes when somebody waits to open the file.</summary>
    public Task OpenedAsync() => Eventually.TrueAsync(() => Control(_handle, GetLease, 0) != WriteLock, "the file is opened");

    public void Dispose()
    {
        _ = Control(_handle, SetLease, Unlock);
        _handle.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
