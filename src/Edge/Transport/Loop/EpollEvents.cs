using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// An array of <c>struct epoll_event</c> in native memory. The struct is packed to 12 bytes on x86-64 and padded to 16 elsewhere.
/// Owned by one loop; not thread-safe.
/// </summary>
internal sealed unsafe class EpollEvents : IDisposable
{
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Stride - sizeof(ulong);

    private byte* _memory;

    public EpollEvents(int capacity)
    {
        Capacity = capacity;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)(capacity * Stride));
    }

    public int Capacity { get; }

    public byte* Pointer => _memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint GetFlags(int index) => *(uint*)(_memory + (index * Stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong GetTag(int index) => Unsafe.ReadUnaligned<ulong>(_memory + (index * Stride) + DataOffset);

    /// <summary>Fills one event for epoll_ctl, at <paramref name="target"/> with room for 16 bytes.</summary>
    public static void Fill(byte* target, uint flags, ulong tag)
    {
        *(uint*)target = flags;
        Unsafe.WriteUnaligned(target + DataOffset, tag);
    }

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }
}
