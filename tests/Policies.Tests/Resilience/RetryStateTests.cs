using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

public sealed class RetryStateTests
{
    private long _requests;

    [Fact]
    public void Decide_UpToTheAttempts_ThenExhausted()
    {
        RetryConcurrency limit = new(int.MaxValue, () => _requests);
        RetryState state = default;
        state.Begin(new RetryPolicy { Retries = 2 });
        Assert.Equal(RetryDecision.Retry, state.Decide(isRetriable: true, limit));
        Assert.Equal(1, limit.Active);
        Assert.Equal(RetryDecision.Retry, state.Decide(isRetriable: true, limit));
        Assert.Equal((1, 2), (limit.Active, state.Count));
        Assert.Equal(RetryDecision.Exhausted, state.Decide(isRetriable: true, limit));
        Assert.Equal(0, limit.Active);
        state.End();
        Assert.Equal((2, 0, 0, 1), (limit.Stats.Total, limit.Stats.Successes, limit.Stats.Overflows, limit.Stats.LimitsExceeded));
    }

    [Fact]
    public void Decide_AGoodAnswerAfterARetry_CountsAsSuccessOnce()
    {
        RetryConcurrency limit = new(1, () => _requests);
        RetryState state = default;
        state.Begin(RetryPolicy.Default);
        Assert.Equal(RetryDecision.NotRetriable, state.Decide(isRetriable: false, limit));
        Assert.Equal(0, limit.Stats.Successes);
        state.Begin(RetryPolicy.Default);
        Assert.Equal(RetryDecision.Retry, state.Decide(isRetriable: true, limit));
        Assert.True(state.IsRetrying);
        Assert.Equal(RetryDecision.NotRetriable, state.Decide(isRetriable: false, limit));
        Assert.Equal((1, 0), (limit.Stats.Successes, limit.Active));
    }

    [Fact]
    public void Decide_NoPlace_IsAnOverflow()
    {
        RetryConcurrency limit = new(1, () => _requests);
        RetryState one = default;
        RetryState other = default;
        one.Begin(RetryPolicy.Default);
        other.Begin(RetryPolicy.Default);
        Assert.Equal(RetryDecision.Retry, one.Decide(isRetriable: true, limit));
        Assert.Equal(RetryDecision.Overflow, other.Decide(isRetriable: true, limit));
        Assert.Equal(1, limit.Stats.Overflows);
        one.End();
        one.End();
        Assert.Equal(RetryDecision.Retry, other.Decide(isRetriable: true, limit));
    }

    [Fact]
    public void Never_DecidesAgainstEveryRetry()
    {
        RetryConcurrency limit = new(10, () => _requests);
        RetryState state = default;
        state.Begin(RetryPolicy.Never);
        Assert.Equal(RetryDecision.Exhausted, state.Decide(isRetriable: true, limit));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(10, 3)]
    [InlineData(19, 3)]
    [InlineData(20, 4)]
    [InlineData(104, 20)]
    public void Budget_IsAShareOfTheRequestsAndNeverLessThanItsMinimum(int requests, int allowed)
    {
        RetryConcurrency limit = new(0, () => _requests);
        limit.SetBudget(20, 3);
        _requests = requests;
        for (int i = 0; i < allowed; i++)
        {
            Assert.True(limit.TryBegin());
        }

        Assert.False(limit.TryBegin());
    }

    [Fact]
    public void TryBegin_ManyThreads_NeverOnePastTheLimit()
    {
        RetryConcurrency limit = new(5, () => _requests);
        int held = 0;
        int worst = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 50_000; i++)
            {
                if (limit.TryBegin())
                {
                    int now = Interlocked.Increment(ref held);
                    int seen;
                    while (now > (seen = Volatile.Read(ref worst)))
                    {
                        Interlocked.CompareExchange(ref worst, now, seen);
                    }

                    Interlocked.Decrement(ref held);
                    limit.End();
                }
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.InRange(worst, 1, 5);
        Assert.Equal(0, limit.Active);
    }

    [Fact]
    public void Backoff_IsUniformBelowAGrowingRangeWithACap()
    {
        Backoff backoff = Backoff.Of(25);
        Assert.Equal((25, 250), (backoff.Base, backoff.Max));
        Assert.Equal(0, backoff.Before(1, 0));
        Assert.Equal([24, 74, 174, 249, 249], ((int[])[1, 2, 3, 4, 5]).Select(retry => backoff.Before(retry, 0.9999)));
        Assert.Equal(37, backoff.Before(2, 0.5));
        Assert.Equal(249, backoff.Before(int.MaxValue, 0.9999));
        Assert.Equal(1, Backoff.Of(0).Base);
    }

    [Theory]
    [InlineData(null, false, 1, true)]
    [InlineData(null, true, 1, false)]
    [InlineData(null, true, 2, true)]
    [InlineData(false, false, 1, false)]
    [InlineData(true, true, 1, true)]
    public void AvoidsTried_UnlessASingleDestinationHashes(bool? configured, bool hashes, int destinations, bool expected) =>
        Assert.Equal(expected, new RetryPolicy { IgnoresPreviousHosts = configured }.AvoidsTried(hashes, destinations));
}
