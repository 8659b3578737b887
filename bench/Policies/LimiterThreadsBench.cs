using System.Text;
using System.Threading.RateLimiting;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.RateLimiting;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>
/// One admitted decision while one or two threads decide, all about one client or about ten thousand: finding the client's counters among all
/// and charging one window, or its bucket and taking a token. Beside each, System.Threading.RateLimiting doing the same work. The time is that
/// of one decision of one thread: two threads decide twice in it.
/// </summary>
/// <remarks>
/// The framework is given every advantage: keys that are strings already, though a request has bytes; and partitions whose factory is one static
/// delegate, where its own shortcuts (<c>GetFixedWindowLimiter</c>, <c>GetTokenBucketLimiter</c>) create a delegate at each decision. Its refill
/// is left to its timer, as it recommends; ours is part of every decision.
/// </remarks>
[MemoryDiagnoser]
public class LimiterThreadsBench
{
    private const int Decisions = DecidingThreads.DecisionsPerRound;

    private DecidingThreads _threads = null!;
    private PartitionedRateLimiter<string> _theirWindows = null!;
    private PartitionedRateLimiter<string> _theirBuckets = null!;
    private Func<int, int, int> _windowRounds = null!;
    private Func<int, int, int> _bucketRounds = null!;
    private Func<int, int, int> _theirWindowRounds = null!;
    private Func<int, int, int> _theirBucketRounds = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [Params(1, 10_000)]
    public int Clients { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string[] names = [.. Enumerable.Range(0, Clients).Select(static i => $"10.0.{i / 250}.{i % 250}")];
        byte[][] keys = [.. names.Select(Encoding.UTF8.GetBytes)];
        _theirWindows = PartitionedRateLimiter.Create<string, string>(
            static client => RateLimitPartition.Get(client, static _ => (RateLimiter)new FixedWindowRateLimiter(new()
            {
                PermitLimit = int.MaxValue,
                Window = TimeSpan.FromHours(1),
                AutoReplenishment = false,
            })));
        _theirBuckets = PartitionedRateLimiter.Create<string, string>(
            static client => RateLimitPartition.Get(client, static _ => (RateLimiter)new TokenBucketRateLimiter(new()
            {
                TokenLimit = int.MaxValue,
                TokensPerPeriod = int.MaxValue,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                AutoReplenishment = false,
            })));
        _threads = new DecidingThreads(Threads, Clients);
        _windowRounds = _threads.Rounds(new WindowDecision(new LocalRateLimiter(new LocalRateLimiterOptions()), new RateLimitRule { Hour = 1_000_000_000_000 }, keys));
        _bucketRounds = _threads.Rounds(new BucketDecision(new TokenBucketTable(4 << 20), keys));
        _theirWindowRounds = _threads.Rounds(new FrameworkDecision(_theirWindows, names));
        _theirBucketRounds = _threads.Rounds(new FrameworkDecision(_theirBuckets, names));
        Window();
        Bucket();
        FrameworkWindow();
        FrameworkBucket();

        // Known in one order and asked for in another: neither side finds its clients side by side in memory.
        new Random(1).Shuffle(keys);
        new Random(1).Shuffle(names);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _threads.Dispose();
        _theirWindows.Dispose();
        _theirBuckets.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Decisions)]
    public void Window() => _threads.Run(_windowRounds);

    [Benchmark(OperationsPerInvoke = Decisions)]
    public void FrameworkWindow() => _threads.Run(_theirWindowRounds);

    [Benchmark(OperationsPerInvoke = Decisions)]
    public void Bucket() => _threads.Run(_bucketRounds);

    [Benchmark(OperationsPerInvoke = Decisions)]
    public void FrameworkBucket() => _threads.Run(_theirBucketRounds);

    private readonly struct WindowDecision(LocalRateLimiter limiter, RateLimitRule rule, byte[][] clients) : IDecision
    {
        public bool Admits(int client, int round) => limiter.Check(rule, clients[client], 1_800_000_000_000).IsAllowed;
    }

    // A second passes from round to round and fills the buckets, which hold more than the decisions of one.
    private readonly struct BucketDecision(TokenBucketTable table, byte[][] clients) : IDecision
    {
        private readonly BucketRate _rate = new(1_000_000, 1_000_000, TimeSpan.FromMilliseconds(1));

        public bool Admits(int client, int round) => table.TryTake(_rate, clients[client], round * TimeSpan.TicksPerSecond).IsAllowed;
    }

    private readonly struct FrameworkDecision(PartitionedRateLimiter<string> limiter, string[] clients) : IDecision
    {
        public bool Admits(int client, int round)
        {
            using RateLimitLease lease = limiter.AttemptAcquire(clients[client]);
            return lease.IsAcquired;
        }
    }
}
