using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry.Queues;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Telemetry.Queues;

public sealed class BatchQueuesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Retire_QueueThatIsEmptyForTheMoment_IsStillDrained()
    {
        BatchQueues queues = new(1, TimeProvider.System, NullLogger.Instance);
        ScriptedSender sender = new() { Answer = static _ => null };
        BatchQueue queue = queues.Find("a", "a", new QueueOptions { MaxBatchSize = 2, MaxCoalescingDelay = TimeSpan.FromHours(1) }, "", () => sender);
        queues.Retire(new HashSet<string>());
        queues.Retire(new HashSet<string>());

        QueueEntry entry = queues.Shelf(0).Rent();
        Encoding.UTF8.GetBytes("late", entry);
        queue.Enqueue(entry);
        await queues.DrainAsync(Patience);
        Assert.Equal((1, 1), (queue.Counters.Entered, queue.Counters.Sent));
        Assert.True(sender.IsDisposed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Retire_ClosesTheConnectionsWhenNothingWaits(bool waits)
    {
        BatchQueues queues = new(1, TimeProvider.System, NullLogger.Instance);
        ScriptedSender sender = new();
        BatchQueue queue = queues.Find("a", "a", new QueueOptions { MaxBatchSize = 1 }, "", () => sender);
        QueueEntry entry = queues.Shelf(0).Rent();
        Encoding.UTF8.GetBytes("one", entry);
        queue.Enqueue(entry);
        ScriptedSender.Attempt attempt = await sender.NextAsync();
        if (!waits)
        {
            attempt.Succeed();
            await Eventually.TrueAsync(() => queue.IsEmpty, "the queue is empty");
        }

        queues.Retire(new HashSet<string>());
        if (waits)
        {
            Assert.False(sender.Disconnected.IsCompleted);
            attempt.Succeed();
        }

        await sender.Disconnected.WaitAsync(Patience);

        // An exchange that began before still brings its entry.
        entry = queues.Shelf(0).Rent();
        Encoding.UTF8.GetBytes("late", entry);
        queue.Enqueue(entry);
        (await sender.NextAsync()).Succeed();
        await queues.DrainAsync(Patience);
        Assert.Equal((2, 2), (queue.Counters.Entered, queue.Counters.Sent));
    }

    [Fact]
    public void KeyOf_OtherQueueOptions_IsAnotherQueue()
    {
        HttpLogConfig config = new() { HttpEndpoint = new Secret("http://a/") };
        Assert.Equal(HttpLogPlan.KeyOf(config), HttpLogPlan.KeyOf(config with { Queue = new QueueConfig() }));
        Assert.NotEqual(HttpLogPlan.KeyOf(config), HttpLogPlan.KeyOf(config with { Queue = new QueueConfig { MaxEntries = 5 } }));
        Assert.NotEqual(HttpLogPlan.KeyOf(config), HttpLogPlan.KeyOf(config with { Queue = new QueueConfig { MaxRetryTime = TimeSpan.FromSeconds(5) } }));
    }

    [Fact]
    public void Options_WithoutMaxBytes_AreBoundedAllTheSame()
    {
        Assert.Equal(64 << 20, HttpLogPlan.Options(new QueueConfig()).MaxBytes);
        Assert.Equal(1L << 40, HttpLogPlan.Options(new QueueConfig { MaxBytes = 1L << 40 }).MaxBytes);
    }

    [Theory]
    [InlineData("http://a:8080", "http://a:8080/")]
    [InlineData("https://me:token@a", "https://a:443/")]
    [InlineData("https://a/services/T0/secret", "https://a:443/*")]
    [InlineData("https://a/?key=secret", "https://a:443/*")]
    public void Shown_SaysNothingSecret(string endpoint, string start)
    {
        string shown = HttpLogPlan.Shown(new Uri(endpoint));
        Assert.StartsWith(start, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("token", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_OfZero_AreNone()
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, SendLimit.Of(TimeSpan.FromSeconds(1), TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(3), SendLimit.Of(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.FromMilliseconds(int.MaxValue), SendLimit.Of(TimeSpan.FromMilliseconds(int.MaxValue), TimeSpan.FromSeconds(2)));
        using HttpBatchSender sender = new(new HttpSenderOptions { Endpoint = new Uri("http://127.0.0.1:1/"), Timeout = TimeSpan.Zero }, TimeProvider.System);
        QueueEntry entry = new EntryShelf().Rent();
        Encoding.UTF8.GetBytes("a", entry);
        Assert.NotNull(await sender.SendAsync([entry], CancellationToken.None));
    }
}
