using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Tests.Telemetry.Queues;

public sealed class BatchQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ArmedTime _time = new();
    private readonly ScriptedSender _sender = new();
    private readonly QueueCounters _counters = new();
    private readonly EntryShelf _shelf = new();

    [Fact]
    public async Task Enqueue_BatchOfOne_IsSentAtOnceInOrder()
    {
        BatchQueue queue = Queue(new QueueOptions());
        Put(queue, "a", "b");

        ScriptedSender.Attempt first = await _sender.NextAsync();
        Assert.Equal(["a"], first.Entries);
        first.Succeed();
        ScriptedSender.Attempt second = await _sender.NextAsync();
        Assert.Equal(["b"], second.Entries);
        second.Succeed();

        await queue.DrainAsync(Patience);
        Assert.Equal((2, 2, 0, 0), (_counters.Entered, _counters.Sent, _counters.TotalDropped, _counters.Waiting));
    }

    [Fact]
    public async Task Enqueue_FullBatch_DoesNotWaitForTheDelay()
    {
        BatchQueue queue = Queue(new QueueOptions { MaxBatchSize = 3, MaxCoalescingDelay = TimeSpan.FromSeconds(3600) });
        Put(queue, "a", "b", "c", "d");

        Assert.Equal(["a", "b", "c"], (await _sender.NextAsync()).Entries);
    }

    [Fact]
    public async Task Enqueue_PartOfABatch_IsSentWhenTheDelayIsOver()
    {
        BatchQueue queue = Queue(new QueueOptions { MaxBatchSize = 3, MaxCoalescingDelay = TimeSpan.FromSeconds(1) });
        Put(queue, "a", "b");
        Assert.Equal(TimeSpan.FromSeconds(1), await _time.NextAsync());

        Assert.Equal(["a", "b"], (await _sender.NextAsync()).Entries);
    }

    [Fact]
    public async Task Failure_IsTriedAgainWithDoublingPauses()
    {
        BatchQueue queue = Queue(new QueueOptions
        {
            InitialRetryDelay = TimeSpan.FromSeconds(1),
            MaxRetryDelay = TimeSpan.FromSeconds(4),
            MaxRetryTime = TimeSpan.FromSeconds(60),
        });
        Put(queue, "a");
        (await _sender.NextAsync()).Fail();
        foreach (int seconds in (int[])[1, 2, 4, 4])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), await _time.NextAsync());
            (await _sender.NextAsync()).Fail();
        }

        await _time.NextAsync();
        (await _sender.NextAsync()).Succeed();
        await queue.DrainAsync(Patience);
        Assert.Equal((1, 5, 0), (_counters.Sent, _counters.FailedAttempts, _counters.TotalDropped));
    }

    [Fact]
    public async Task Failure_PastTheRetryTime_DropsTheBatchAndGoesOn()
    {
        BatchQueue queue = Queue(new QueueOptions
        {
            MaxBatchSize = 2,
            MaxCoalescingDelay = TimeSpan.Zero,
            InitialRetryDelay = TimeSpan.FromSeconds(1),
            MaxRetryTime = TimeSpan.FromSeconds(2),
        });
        Put(queue, "a");
        ScriptedSender.Attempt attempt = await _sender.NextAsync();
        Put(queue, "b");
        attempt.Fail();
        for (int i = 0; i < 2; i++)
        {
            await _time.NextAsync();
            attempt = await _sender.NextAsync();
            Assert.Equal(["a"], attempt.Entries);
            attempt.Fail();
        }

        // Attempts at 0, 1 and 3 seconds: the third is past the two that it has.
        attempt = await _sender.NextAsync();
        Assert.Equal(["b"], attempt.Entries);
        Assert.Equal((1, 3), (_counters.Dropped(QueueDrop.Undeliverable), _counters.FailedAttempts));
        attempt.Succeed();
        await queue.DrainAsync(Patience);
        Assert.Equal((2, 1, 1), (_counters.Entered, _counters.Sent, _counters.TotalDropped));
    }

    [Fact]
    public async Task Drain_DuringAnAttemptThatFails_PausesShortly()
    {
        BatchQueue queue = Queue(new QueueOptions { InitialRetryDelay = TimeSpan.FromSeconds(1), MaxRetryTime = TimeSpan.FromHours(1) });
        Put(queue, "a");
        (await _sender.NextAsync()).Fail();
        Assert.Equal(TimeSpan.FromSeconds(1), await _time.NextAsync());
        (await _sender.NextAsync()).Fail();
        Assert.Equal(TimeSpan.FromSeconds(2), await _time.NextAsync());
        ScriptedSender.Attempt attempt = await _sender.NextAsync();

        Task drain = queue.DrainAsync(TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.FromHours(2), await _time.ArmedAsync());
        attempt.Fail();
        Assert.Equal(TimeSpan.FromSeconds(1), await _time.NextAsync());
        (await _sender.NextAsync()).Succeed();
        await drain.WaitAsync(Patience);
        Assert.Equal(1, _counters.Sent);
    }

    [Fact]
    public async Task TrySkip_FullWhileItsCollectorFails_WantsOneIn10Milliseconds()
    {
        BatchQueue queue = Queue(new QueueOptions { MaxEntries = 3, InitialRetryDelay = TimeSpan.FromSeconds(1) });
        Put(queue, "a");
        ScriptedSender.Attempt attempt = await _sender.NextAsync();
        Put(queue, "b", "c");
        Assert.False(queue.TrySkip(1, 1000));

        attempt.Fail();
        await _time.NextAsync();
        attempt = await _sender.NextAsync();
        int wanted = Enumerable.Range(0, 320).Count(i => !queue.TrySkip(2, 1005 + (i * 100 / 320)));
        Assert.Equal(10 + 1, wanted);
        Assert.Equal((3 + 618, 618, 3), (_counters.Entered, _counters.Dropped(QueueDrop.Full), _counters.Waiting));

        attempt.Succeed();
        (await _sender.NextAsync()).Succeed();
        (await _sender.NextAsync()).Succeed();
        await queue.DrainAsync(Patience);
        Assert.False(queue.TrySkip(1, 1100));
        Assert.Equal((621, 3, 618), (_counters.Entered, _counters.Sent, _counters.TotalDropped));
    }

    [Fact]
    public async Task TrySkip_BytesUsedUpWhileItsCollectorFails_WantsNoMore()
    {
        BatchQueue queue = Queue(new QueueOptions { MaxBytes = 160 });
        Put(queue, new string('a', 100));
        ScriptedSender.Attempt attempt = await _sender.NextAsync();
        attempt.Fail();
        await _time.NextAsync();
        await _sender.NextAsync();
        Assert.False(queue.TrySkip(1, 1000));

        Put(queue, new string('b', 55));
        Assert.False(queue.TrySkip(1, 1000));
        Assert.True(queue.TrySkip(1, 1001));
        await queue.DisposeAsync();
    }

    [Fact]
    public async Task Full_DropsTheOldestThatWaits_NeverTheBatchBeingSent()
    {
        BatchQueue queue = Queue(new QueueOptions { MaxEntries = 3 });
        Put(queue, "a");
        ScriptedSender.Attempt attempt = await _sender.NextAsync();
        Put(queue, "b", "c", "d", "e");

        Assert.Equal((2, 3), (_counters.Dropped(QueueDrop.Full), _counters.Waiting));
        List<string> sent = [.. attempt.Entries];
        attempt.Succeed();
        for (int i = 0; i < 2; i++)
        {
            attempt = await _sender.NextAsync();
            sent.AddRange(attempt.Entries);
            attempt.Succeed();
        }

        Assert.Equal(["a", "d", "e"], sent);
        await queue.DrainAsync(Patience);
        Assert.Equal((5, 3, 2, 0), (_counters.Entered, _counters.Sent, _counters.TotalDropped, _counters.Waiting));
    }

    [Fact]
    public async Task Full_WholeBoundInFlight_OneEntryMayWait()
    {
        BatchQueue queue = Queue(new QueueOptions { MaxEntries = 1 });
        Put(queue, "a");
        ScriptedSender.Attempt attempt = await _sender.NextAsync();
        Put(queue, "b", "c");
        attempt.Succeed();

        attempt = await _sender.NextAsync();
        Assert.Equal(["c"], attempt.Entries);
        Assert.Equal(1, _counters.Dropped(QueueDrop.Full));
    }

    [Fact]
    public async Task Bytes_OverTheBound_DropTheOldest_AndAGiantIsRefused()
    {
        BatchQueue queue = Queue(new QueueOptions { MaxBytes = 10 });
        Put(queue, "12345");
        ScriptedSender.Attempt attempt = await _sender.NextAsync();
        Put(queue, "12345678901", "abc", "de", "fg");

        Assert.Equal((1, 1), (_counters.Dropped(QueueDrop.TooLarge), _counters.Dropped(QueueDrop.Full)));
        Assert.Equal(9, _counters.WaitingBytes);
        attempt.Succeed();
        Assert.Equal(["de"], (await _sender.NextAsync()).Entries);
    }

    [Fact]
    public async Task Drain_SendsWhatWaits_WithoutCoalescing()
    {
        BatchQueue queue = Queue(new QueueOptions { MaxBatchSize = 100, MaxCoalescingDelay = TimeSpan.FromSeconds(3600) });
        List<string> sent = [];
        _sender.Answer = batch =>
        {
            sent.AddRange(batch);
            return null;
        };
        Put(queue, "a", "b");

        await queue.DrainAsync(Patience).WaitAsync(Patience);

        Assert.Equal(["a", "b"], sent);
        Assert.True(_sender.IsDisposed);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public async Task Drain_PastItsBound_DropsAndCountsTheRest_AndWhatComesLater()
    {
        BatchQueue queue = Queue(new QueueOptions());
        Put(queue, "a", "b", "c");
        await _sender.NextAsync();

        Task drained = queue.DrainAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), await _time.NextAsync());
        await drained.WaitAsync(Patience);
        Put(queue, "d");

        Assert.Equal((4, 0, 4, 0), (_counters.Entered, _counters.Sent, _counters.Dropped(QueueDrop.Shutdown), _counters.Waiting));
        Assert.Equal(0, _counters.WaitingBytes);
    }

    [Fact]
    public async Task Drain_DuringALongPause_TriesAgainAtOnce()
    {
        BatchQueue queue = Queue(new QueueOptions { InitialRetryDelay = TimeSpan.FromSeconds(50) });
        Put(queue, "a");
        (await _sender.NextAsync()).Fail();
        Assert.Equal(TimeSpan.FromSeconds(50), await _time.ArmedAsync());

        Task drained = queue.DrainAsync(Patience);
        (await _sender.NextAsync()).Succeed();

        await drained.WaitAsync(Patience);
        Assert.Equal(1, _counters.Sent);
    }

    [Fact]
    public async Task Sender_Throws_IsOneFailedAttempt()
    {
        BatchQueue queue = Queue(new QueueOptions { InitialRetryDelay = TimeSpan.Zero });
        int calls = 0;
        _sender.Answer = _ => ++calls == 1 ? throw new InvalidOperationException("broken") : null;
        Put(queue, "a");

        await _time.NextAsync();
        await WaitForAsync(() => _counters.Sent == 1);
        Assert.Equal((2, 1), (calls, _counters.FailedAttempts));
    }

    [Fact]
    public async Task Replace_TakesTheNewSender_AndDisposesOfTheOld()
    {
        BatchQueue queue = Queue(new QueueOptions());
        Put(queue, "a");
        (await _sender.NextAsync()).Succeed();
        await WaitForAsync(() => _counters.Sent == 1);
        ScriptedSender next = new();
        queue.Replace(next);
        Put(queue, "b");

        Assert.Equal(["b"], (await next.NextAsync()).Entries);
        Assert.True(_sender.IsDisposed);
    }

    [Fact]
    public async Task Enqueue_ManyThreadsAgainstASlowSender_EveryEntryIsAccountedForOnce()
    {
        const int Threads = 4, Each = 20_000;
        QueueCounters counters = new();
        HashSet<string> seen = [];
        int twice = 0, calls = 0;
        ScriptedSender sender = new()
        {
            Answer = batch =>
            {
                if (++calls % 7 == 0)
                {
                    return "now and then";
                }

                twice += batch.Count(text => !seen.Add(text));
                return null;
            },
        };
        BatchQueue queue = new(
            "test", new QueueOptions { MaxBatchSize = 8, MaxEntries = 100, MaxCoalescingDelay = TimeSpan.Zero, InitialRetryDelay = TimeSpan.Zero },
            sender, counters, TimeProvider.System, NullLogger.Instance);
        long most = 0;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(id => new Thread(() =>
        {
            EntryShelf shelf = new();
            for (int i = 0; i < Each; i++)
            {
                QueueEntry entry = shelf.Rent();
                entry.Write(Encoding.UTF8.GetBytes($"{id}:{i}"));
                queue.Enqueue(entry);
                most = Math.Max(most, counters.Waiting);
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        await queue.DrainAsync(Patience).WaitAsync(Patience);

        Assert.Equal(Threads * Each, counters.Entered);
        Assert.Equal(counters.Entered, counters.Sent + counters.TotalDropped);
        Assert.Equal(counters.Sent, seen.Count);
        Assert.Equal((0, 0, 0), (twice, counters.Waiting, counters.WaitingBytes));

        // The ring of 100 entries and their slack has 256 places: they fill up while a producer is interrupted with the oldest place in hand.
        Assert.InRange(most, 1, 256 + 8 + Threads);
    }

    [Fact]
    public async Task Enqueue_Warm_AllocatesNothingOnTheProducer()
    {
        QueueCounters counters = new();
        ScriptedSender sender = new() { Answer = static _ => null };
        BatchQueue queue = new("test", new QueueOptions { MaxBatchSize = 64, MaxCoalescingDelay = TimeSpan.Zero }, sender, counters, TimeProvider.System, NullLogger.Instance);
        byte[] text = new byte[1000];
        await Task.Run(async () =>
        {
            for (int round = 0; round < 50; round++)
            {
                Burst(queue, text, 100);
                await WaitForAsync(() => counters.Waiting == 0);
            }
        });

        // What waits no more is on its way back: only when it is there does a burst need nothing new.
        long least = long.MaxValue;
        for (int round = 0; round < 50 && least != 0; round++)
        {
            await WaitForAsync(() => counters.Waiting == 0);
            least = Math.Min(least, await Task.Run(() =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Burst(queue, text, 100);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            }));
        }

        Assert.Equal(0, least);
        await queue.DrainAsync(Patience);
    }

    private void Burst(BatchQueue queue, byte[] text, int count)
    {
        for (int i = 0; i < count; i++)
        {
            QueueEntry entry = _shelf.Rent();
            text.CopyTo(entry.GetSpan(text.Length));
            entry.Advance(text.Length);
            queue.Enqueue(entry);
        }
    }

    private BatchQueue Queue(QueueOptions options) => new("test", options, _sender, _counters, _time, NullLogger.Instance);

    private void Put(BatchQueue queue, params string[] texts)
    {
        foreach (string text in texts)
        {
            QueueEntry entry = _shelf.Rent();
            entry.Write(Encoding.UTF8.GetBytes(text));
            queue.Enqueue(entry);
        }
    }

    private static async Task WaitForAsync(Func<bool> happened)
    {
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!happened())
        {
            Assert.True(Environment.TickCount64 < deadline, "it never happened");
            await Task.Yield();
        }
    }
}
