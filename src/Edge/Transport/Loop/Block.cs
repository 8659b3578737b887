using System.Buffers;
using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// One pooled buffer: pinned memory with a filled range, and a link to the next in a chain. Owned by the pipe end that rented it until it
/// goes back with <see cref="BlockPool.Return"/>.
/// </summary>
internal sealed unsafe class Block : ReadOnlySequenceSegment<byte>
{
    public Block(BlockPool pool, int size, int sizeClass)
    {
        Pool = pool;
        SizeClass = sizeClass;
        Array = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        Pointer = (byte*)Unsafe.AsPointer(ref Array[0]);
    }

    public BlockPool Pool { get; }

    /// <summary>Index of its free list, -1 when it is never pooled.</summary>
    public int SizeClass { get; }

    public byte[] Array { get; }

    /// <summary>The array's first byte; it never moves.</summary>
    public byte* Pointer { get; }

    /// <summary>End of the filled range.</summary>
    public int End { get; set; }

    public int Room => Array.Length - End;

    public Block? NextBlock { get; private set; }

    /// <summary>Makes this block's filled range readable through a sequence; the next block's follows on from it.</summary>
    public void Publish() => Memory = new ReadOnlyMemory<byte>(Array, 0, End);

    /// <summary>Links <paramref name="next"/> behind this block, whose filled range is final from here on.</summary>
    public void Append(Block next)
    {
        Publish();
        next.RunningIndex = RunningIndex + End;
        NextBlock = next;
        Next = next;
    }

    /// <summary>Links a block of a pool's free list.</summary>
    public void LinkFree(Block? next) => NextBlock = next;

    /// <summary>Forgets contents and links.</summary>
    public void Clear()
    {
        End = 0;
        if (NextBlock is not null)
        {
            NextBlock = null;
            Next = null;
        }

        RunningIndex = 0;
    }
}
