using System.Text;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Transport;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class FloodGuardTests
{
    [Fact]
    public void Admit_OverTheLimit_FoldsAndTellsTheCountInTheNextSecond()
    {
        var guard = new FloodGuard(100);

        Assert.Equal(100, Send(guard, "192.0.2.1", "bad_method", second: 10, count: 250));
        Assert.True(guard.IsFolding);
        Assert.True(guard.Admit("192.0.2.1"u8, "bad_method"u8, 11, out FloodGuard.Untold untold));
        Assert.Equal(new FloodGuard.Untold(10, 150), untold);
        Assert.False(guard.IsFolding);
        Assert.Equal(99, Send(guard, "192.0.2.1", "bad_method", second: 11, count: 120));
    }

    [Fact]
    public void Admit_OtherAddressOrReason_HasACountOfItsOwn()
    {
        var guard = new FloodGuard(100);

        Assert.Equal(100, Send(guard, "192.0.2.1", "bad_method", 10, 150));
        Assert.Equal(100, Send(guard, "192.0.2.2", "bad_method", 10, 100));
        Assert.Equal(100, Send(guard, "192.0.2.1", "bad_target", 10, 100));
    }

    [Fact]
    public void Sweep_SecondOver_TellsEachCountOnce()
    {
        var guard = new FloodGuard(100);
        Send(guard, "192.0.2.1", "bad_method", 10, 101);
        Send(guard, "192.0.2.2", "te_and_cl", 10, 300);
        var told = new List<string>();
        void Tell(ReadOnlySpan<byte> address, ReadOnlySpan<byte> reason, long second, int count) =>
            told.Add($"{Encoding.ASCII.GetString(address)} {Encoding.ASCII.GetString(reason)} {second} {count}");

        guard.Sweep(10, Tell);
        Assert.Empty(told);
        guard.Sweep(11, Tell);
        guard.Sweep(12, Tell);

        Assert.Equal(["192.0.2.1 bad_method 10 1", "192.0.2.2 te_and_cl 10 200"], told.Order(StringComparer.Ordinal));
        Assert.False(guard.IsFolding);
    }

    [Fact]
    public void Admit_ManyAddresses_NeverLosesACount()
    {
        // Far more pairs than entries: what is not tracked is logged, and what is folded is told.
        var guard = new FloodGuard(1);
        long admitted = 0;
        long told = 0;
        const int Addresses = 20_000;
        for (long second = 1; second <= 3; second++)
        {
            for (int round = 0; round < 3; round++)
            {
                for (int i = 0; i < Addresses; i++)
                {
                    admitted += guard.Admit(BitConverter.GetBytes(i), "x"u8, second, out FloodGuard.Untold untold) ? 1 : 0;
                    told += untold.Count;
                }
            }
        }

        guard.Sweep(long.MaxValue, (_, _, _, count) => told += count);
        Assert.Equal(Addresses * 9, admitted + told);
        Assert.False(guard.IsFolding);
    }

    [Fact]
    public void Admit_FromManyLoops_NeverLosesACount()
    {
        var guard = new FloodGuard(100);
        const int Each = 50_000;
        long admitted = 0;
        long told = 0;
        Thread[] loops = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            long mine = 0;
            long untoldHere = 0;
            for (int i = 0; i < Each; i++)
            {
                mine += guard.Admit("192.0.2.1"u8, "bad_method"u8, 1 + (i / 10_000), out FloodGuard.Untold untold) ? 1 : 0;
                untoldHere += untold.Count;
            }

            Interlocked.Add(ref admitted, mine);
            Interlocked.Add(ref told, untoldHere);
        }))];
        Array.ForEach(loops, static loop => loop.Start());
        while (!Array.TrueForAll(loops, static loop => loop.Join(1)))
        {
            guard.Sweep(0, (_, _, _, count) => Interlocked.Add(ref told, count));
        }

        guard.Sweep(long.MaxValue, (_, _, _, count) => told += count);
        Assert.Equal(4 * Each, admitted + told);
    }

    [Fact]
    public void Admit_Warm_AllocatesNothing()
    {
        var guard = new FloodGuard(100);
        for (int i = 0; i < 1000; i++)
        {
            guard.Admit("192.0.2.1"u8, "bad_method"u8, i / 300, out _);
        }

        int second = 10;
        Assert.Equal(0, Allocations.Least(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                second += i % 300 == 0 ? 1 : 0;
                guard.Admit("192.0.2.1"u8, "bad_method"u8, second, out _);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }

    private static int Send(FloodGuard guard, string address, string reason, long second, int count)
    {
        byte[] from = Encoding.ASCII.GetBytes(address);
        byte[] why = Encoding.ASCII.GetBytes(reason);
        int admitted = 0;
        for (int i = 0; i < count; i++)
        {
            admitted += guard.Admit(from, why, second, out _) ? 1 : 0;
        }

        return admitted;
    }
}
