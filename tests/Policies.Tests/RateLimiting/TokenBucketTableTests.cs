using System.Buffers.Binary;
using System.Text;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.RateLimiting;

[Collection("alone")]
public sealed class TokenBucketTableTests
{
    private const long Start = 1_000_000_000;

    private static readonly BucketRate Rate = new(10, 5, TimeSpan.FromSeconds(1));

    [Fact]
    public void Verdict_TellsWhatIsLeftAndWhenThereIsMore()
    {
        TokenBucketTable table = new(1 << 16);
        BucketVerdict first = table.TryTake(Rate, "a"u8, Start);
        Assert.Equal((true, 10, 9, 0, 2_000_000), (first.IsAllowed, first.Capacity, first.Remaining, first.RetryTicks, Rounded(first.FullTicks)));
        for (int i = 0; i < 9; i++)
        {
            Assert.True(table.TryTake(Rate, "a"u8, Start).IsAllowed);
        }

        BucketVerdict refused = table.TryTake(Rate, "a"u8, Start);
        Assert.Equal((false, 0, 2_000_000, 20_000_000), (refused.IsAllowed, refused.Remaining, Rounded(refused.RetryTicks), Rounded(refused.FullTicks)));
        Assert.True(table.TryTake(Rate, "b"u8, Start).IsAllowed);
        Assert.False(table.TryTake(Rate, "a"u8, Start + refused.RetryTicks - 10).IsAllowed);
        Assert.True(table.TryTake(Rate, "a"u8, Start + refused.RetryTicks).IsAllowed);
    }

    [Fact]
    public void Race_ManyThreadsManyKeys_NeverGrantMoreThanTheBuckets()
    {
        TokenBucketTable table = new(1 << 20);
        byte[][] keys = [.. Enumerable.Range(0, 50).Select(static i => Encoding.ASCII.GetBytes($"client-{i}"))];
        int granted = 0;
        Race.Run(4, _ =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                if (table.TryTake(Rate, keys[i % keys.Length], Start).IsAllowed)
                {
                    Interlocked.Increment(ref granted);
                }
            }
        });
        Assert.Equal(50 * 10, granted);
    }

    [Fact]
    public void Flood_TenMillionIdentifiers_StayWithinTheBudget_AndDoNotRefillTheEmptied()
    {
        const long Budget = 1 << 20;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        TokenBucketTable table = new(Budget);
        for (int i = 0; i < 10; i++)
        {
            Assert.True(table.TryTake(Rate, "victim"u8, Start).IsAllowed);
        }

        byte[] key = new byte[8];
        for (long i = 0; i < 10_000_000; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(key, i);
            table.TryTake(Rate, key, Start);
        }

        Assert.False(table.TryTake(Rate, "victim"u8, Start).IsAllowed);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, Budget + 4096);
        GC.KeepAlive(table);
    }

    [Fact]
    public void TryTake_AllocatesNothing()
    {
        TokenBucketTable table = new(1 << 16);
        Assert.Equal(0, Allocations.Measure(() => table.TryTake(Rate, "a"u8, Start)));
    }

    private static long Rounded(long ticks) => (ticks + 500) / 1000 * 1000;
}
