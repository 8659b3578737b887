using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Transport;

/// <summary>What a path names.</summary>
public enum PathKind
{
    /// <summary>The system does not say: no right to look, or another system than Linux.</summary>
    Unknown,

    /// <summary>Nothing is there.</summary>
    Missing,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A Unix socket.</summary>
    Socket,

    /// <summary>A pipe, a device, or (where links are not followed) a link.</summary>
    Other,
}

/// <summary>
/// Tells what a path names without opening it: .NET calls a pipe and a socket existing files, and opening a pipe waits for its writer.
/// Stateless.
/// </summary>
public static unsafe partial class PathKinds
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint TypeMask = 1;
    private const int NoEntry = 2;
    private const int NotAFolder = 20;

    // struct statx is the same on every architecture, which struct stat is not.
    private const int StatxSize = 256;
    private const int ModeOffset = 28;

    /// <summary>The kind of what the path names; <paramref name="followLinks"/> asks for what a link points to.</summary>
    public static PathKind Of(string path, bool followLinks)
    {
        if (!OperatingSystem.IsLinux())
        {
            return followLinks && Directory.Exists(path) ? PathKind.Folder : PathKind.Unknown;
        }

        byte* buffer = stackalloc byte[StatxSize];
        if (Statx(CurrentFolder, path, followLinks ? 0 : NoFollow, TypeMask, buffer) != 0)
        {
            return Marshal.GetLastPInvokeError() is NoEntry or NotAFolder ? PathKind.Missing : PathKind.Unknown;
        }

        return (*(ushort*)(buffer + ModeOffset) & 0xF000) switch
        {
            0x8000 => PathKind.File,
            0x4000 => PathKind.Folder,
            0xC000 => PathKind.Socket,
            _ => PathKind.Other,
        };
    }

    /// <summary>Why the path cannot be read as a file; null when it can, as far as the system says. Links are followed.</summary>
    public static string? WhyUnreadable(string path) => Of(path, followLinks: true) switch
    {
        PathKind.Folder => "is a folder, not a file",
        PathKind.Socket or PathKind.Other => "is no regular file (a pipe, socket or device is not read)",
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* buffer);
}
