namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// A loop's buffers in three sizes, last returned first out, so that a busy loop works in memory its cache holds. Rent and
/// Return work on any thread: off the loop a rented block is new, and a returned one is posted home.
/// </summary>
internal sealed class BlockPool(EventLoop loop, long maxBytes)
{
    public const int SmallSize = 8 * 1024;
    public const int MediumSize = 32 * 1024;
    public const int LargeSize = 128 * 1024;

    public const int Small = 0;
    public const int Medium = 1;
    public const int Large = 2;

    private readonly Block?[] _free = new Block?[3];
    private long _pooledBytes;

    /// <summary>Blocks that are rented and not yet returned; for leak checks. Loop thread only.</summary>
    public int Outstanding { get; private set; }

    public Block Rent(int sizeClass)
    {
        if (!loop.IsCurrent)
        {
            return RentOffLoop(sizeClass);
        }

        Outstanding++;
        Block? block = _free[sizeClass];
        if (block is null)
        {
            return new Block(this, SizeOf(sizeClass), sizeClass);
        }

        _free[sizeClass] = block.NextBlock;
        _pooledBytes -= block.Array.Length;
        block.LinkFree(null);
        return block;
    }

    /// <summary>A block with room for at least <paramref name="size"/> bytes.</summary>
    public Block RentFor(int size)
    {
        if (size <= LargeSize)
        {
            return Rent(size <= SmallSize ? Small : size <= MediumSize ? Medium : Large);
        }

        if (loop.IsCurrent)
        {
            Outstanding++;
        }
        else
        {
            CountOffLoop();
        }

        return new Block(this, size, -1);
    }

    public void Return(Block block)
    {
        if (!loop.IsCurrent)
        {
            loop.Post(static block => ((Block)block!).Pool.Return((Block)block), block);
            return;
        }

        Outstanding--;
        block.Clear();
        if (block.SizeClass >= 0 && _pooledBytes + block.Array.Length <= maxBytes)
        {
            block.LinkFree(_free[block.SizeClass]);
            _free[block.SizeClass] = block;
            _pooledBytes += block.Array.Length;
        }
    }

    private static int SizeOf(int sizeClass) => sizeClass switch
    {
        Small => SmallSize,
        Medium => MediumSize,
        _ => LargeSize,
    };

    private Block RentOffLoop(int sizeClass)
    {
        CountOffLoop();
        return new Block(this, SizeOf(sizeClass), sizeClass);
    }

    private void CountOffLoop() => loop.Post(static pool => ((BlockPool)pool!).Outstanding++, this);
}
