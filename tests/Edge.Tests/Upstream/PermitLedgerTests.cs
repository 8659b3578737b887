using System.Collections.Concurrent;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Tests.Upstream;

public sealed class PermitLedgerTests
{
    [Fact]
    public void TryTakeConnection_AtLimit_IsDenied()
    {
        PermitLedger ledger = new(2, 10);
        Assert.True(ledger.TryTakeConnection());
        Assert.True(ledger.TryTakeConnection());
        Assert.False(ledger.TryTakeConnection());
        ledger.ReturnConnection();
        Assert.True(ledger.TryTakeConnection());
    }

    [Fact]
    public void TryTakeConnection_WithoutLimit_Counts()
    {
        PermitLedger ledger = new(0, 10);
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(ledger.TryTakeConnection());
        }

        Assert.Equal(1000, ledger.Connections);
    }

    [Fact]
    public void TryTakePending_ZeroLimit_IsDenied()
    {
        PermitLedger ledger = new(1, 0);
        Assert.False(ledger.TryTakePending());
    }

    [Fact]
    public void TryTakeConnection_ManyThreads_NeverAboveLimit()
    {
        const int Limit = 7;
        PermitLedger ledger = new(Limit, 10);
        int held = 0;
        int worst = 0;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                if (ledger.TryTakeConnection())
                {
                    int now = Interlocked.Increment(ref held);
                    int seen;
                    while (now > (seen = Volatile.Read(ref worst)))
                    {
                        Interlocked.CompareExchange(ref worst, now, seen);
                    }

                    Interlocked.Decrement(ref held);
                    ledger.ReturnConnection();
                }
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.InRange(worst, 1, Limit);
        Assert.Equal(0, ledger.Connections);
    }

    [Fact]
    public void ReturnConnection_SeveralWait_FirstComeFirstServed()
    {
        PermitLedger ledger = new(1, 10);
        Assert.True(ledger.TryTakeConnection());
        List<int> woken = [];
        Waiter first = new(() => woken.Add(1));
        Waiter second = new(() => woken.Add(2));
        ledger.Enqueue(first, atHead: false);
        ledger.Enqueue(second, atHead: false);
        ledger.Enqueue(first, atHead: false);
        Assert.True(ledger.HasWaiters);
        ledger.ReturnConnection();
        Assert.Equal([1], woken);
        Assert.True(ledger.TryTakeConnection());
        ledger.ReturnConnection();
        Assert.Equal([1, 2], woken);
        Assert.False(ledger.HasWaiters);
    }

    [Fact]
    public void Enqueue_AsksHoldersOfIdleConnections_ButNotTheWaiterItself()
    {
        PermitLedger ledger = new(1, 10);
        ConcurrentQueue<string> asked = new();
        Waiter other = new(static () => { }, () => asked.Enqueue("other"));
        Waiter self = new(static () => { }, () => asked.Enqueue("self"));
        ledger.Register(other);
        ledger.Register(self);
        ledger.Enqueue(self, atHead: false);
        Assert.Equal(["other"], asked);
    }

    private sealed class Waiter(Action wake, Action? giveUp = null) : IPermitWaiter, IPermitHolder
    {
        public void PermitMayBeFree() => wake();

        public void GiveUpIdle() => giveUp?.Invoke();
    }
}
