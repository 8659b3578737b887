using System.Threading.RateLimiting;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.RateLimiting;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>
/// The bare bucket, without a table of clients around it: one token taken while one or two threads take from the same bucket, ours and the one
/// of System.Threading.RateLimiting. The time is that of one decision of one thread.
/// </summary>
[MemoryDiagnoser]
public class TokenBucketThreadsBench
{
    private const int Decisions = DecidingThreads.DecisionsPerRound;

    private DecidingThreads _threads = null!;
    private TokenBucketRateLimiter _theirs = null!;
    private Func<int, int, int> _bucketRounds = null!;
    private Func<int, int, int> _theirRounds = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _threads = new DecidingThreads(Threads, 1);
        _theirs = new TokenBucketRateLimiter(new()
        {
            TokenLimit = int.MaxValue,
            TokensPerPeriod = int.MaxValue,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            AutoReplenishment = true,
        });
        _bucketRounds = _threads.Rounds(new BucketDecision(new TokenBucket(1_000_000, 1_000_000, TimeSpan.FromMilliseconds(1), 0)));
        _theirRounds = _threads.Rounds(new FrameworkDecision(_theirs));
        Bucket();
        FrameworkBucket();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _threads.Dispose();
        _theirs.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Decisions)]
    public void Bucket() => _threads.Run(_bucketRounds);

    [Benchmark(OperationsPerInvoke = Decisions)]
    public void FrameworkBucket() => _threads.Run(_theirRounds);

    // A second passes from round to round and fills the bucket, which holds more than the decisions of one.
    private readonly struct BucketDecision(TokenBucket bucket) : IDecision
    {
        public bool Admits(int client, int round) => bucket.TryTake(round * TimeSpan.TicksPerSecond);
    }

    private readonly struct FrameworkDecision(TokenBucketRateLimiter limiter) : IDecision
    {
        public bool Admits(int client, int round)
        {
            using RateLimitLease lease = limiter.AttemptAcquire();
            return lease.IsAcquired;
        }
    }
}
