using CsCheck;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

public sealed class CircuitBreakerTests
{
    private static readonly CircuitBreakerOptions Options = new();

    [Fact]
    public void Failures_FiveWithinASecond_Open()
    {
        CircuitBreaker breaker = new(Options, static () => 0.5);
        for (int i = 0; i < 4; i++)
        {
            Assert.False(Fail(breaker, i * 200));
        }

        Assert.True(Fail(breaker, 999));
        Assert.Equal(CircuitState.Open, breaker.State);
        Assert.False(breaker.TryEnter(1998, out _));
        Assert.True(breaker.TryEnter(1999, out _));
    }

    [Fact]
    public void Failures_FiveOverMoreThanASecond_DoNot()
    {
        CircuitBreaker breaker = new(Options, static () => 0.5);
        for (int i = 0; i < 50; i++)
        {
            Assert.False(Fail(breaker, i * 250));
        }

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void Probe_OneAtATime_ClosesOrDoubles()
    {
        CircuitBreaker breaker = new(Options, static () => 0.5);
        long now = Open(breaker, 0);
        long[] lengths = new long[8];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = breaker.OpenUntil - now;
            now = breaker.OpenUntil;
            Assert.True(breaker.TryEnter(now, out int probe));
            Assert.False(breaker.TryEnter(now, out _));
            Assert.True(breaker.Failed(now, probe));
        }

        Assert.Equal([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000], lengths);
        now = breaker.OpenUntil;
        Assert.True(breaker.TryEnter(now, out int last));
        Assert.True(breaker.Succeeded(last));
        Assert.True(breaker.TryEnter(now, out _));
        Assert.True(breaker.TryEnter(now, out _));
        Open(breaker, now);
        Assert.Equal(now + 1000, breaker.OpenUntil);
    }

    [Fact]
    public void Probe_NeverReported_IsReplacedAfterItsPatience()
    {
        CircuitBreaker breaker = new(Options, static () => 0.5);
        long now = Open(breaker, 0) + 1000;
        Assert.True(breaker.TryEnter(now, out int lost));
        Assert.False(breaker.TryEnter(now + 999, out _));
        Assert.True(breaker.TryEnter(now + 1000, out int next));
        Assert.False(breaker.Succeeded(lost));
        Assert.True(breaker.Succeeded(next));
    }

    [Fact]
    public void Reports_FromBeforeTheOpening_MeanNothing()
    {
        CircuitBreaker breaker = new(Options, static () => 0.5);
        Assert.True(breaker.TryEnter(0, out int old));
        long now = Open(breaker, 0);
        Assert.False(breaker.Succeeded(old));
        Assert.False(breaker.Failed(now, old));
        Assert.Equal(now + 1000, breaker.OpenUntil);
    }

    [Fact]
    public void ProbeSoon_LetsOneThroughAtOnce()
    {
        CircuitBreaker breaker = new(Options, static () => 0.5);
        long now = Open(breaker, 0);
        Assert.False(breaker.TryEnter(now + 1, out _));
        breaker.ProbeSoon(now + 1);
        Assert.True(breaker.TryEnter(now + 1, out int probe));
        Assert.False(breaker.TryEnter(now + 1, out _));
        Assert.True(breaker.Succeeded(probe));
    }

    /// <summary>Any sequence of calls, reports and time: at most one probe per opening, openings within their bounds.</summary>
    [Fact]
    public void AnySequence_KeepsTheBounds() => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 700], Gen.Double[0, 0.999]).Array[1, 200].Sample(steps =>
    {
        double random = 0.5;
        CircuitBreaker breaker = new(Options, () => random);
        long now = 0;
        foreach ((int step, int pause, double jitter) in steps)
        {
            now += pause;
            random = jitter;
            CircuitState before = breaker.State;
            long until = breaker.OpenUntil;
            if (!breaker.TryEnter(now, out int ticket))
            {
                Assert.NotEqual(CircuitState.Closed, before);
                continue;
            }

            Assert.True(before != CircuitState.Open || now >= until);
            if (before != CircuitState.Closed)
            {
                Assert.False(breaker.TryEnter(now, out _));
            }

            switch (step)
            {
                case 0:
                    breaker.Succeeded(ticket);
                    Assert.Equal(CircuitState.Closed, breaker.State);
                    break;
                case 1:
                    break;
                default:
                    if (breaker.Failed(now, ticket))
                    {
                        Assert.InRange(breaker.OpenUntil - now, 800, 30_000);
                    }

                    break;
            }
        }
    });

    [Fact]
    public void Race_OpenBreaker_LetsExactlyOneThreadProbe()
    {
        for (int round = 0; round < 200; round++)
        {
            CircuitBreaker breaker = new(Options, static () => 0.5);
            long now = Open(breaker, 0) + 1000;
            int entered = 0;
            Race.Run(4, _ =>
            {
                if (breaker.TryEnter(now, out int _))
                {
                    Interlocked.Increment(ref entered);
                }
            });
            Assert.Equal(1, entered);
        }
    }

    [Fact]
    public void Race_Failures_OpenOnce()
    {
        for (int round = 0; round < 200; round++)
        {
            CircuitBreaker breaker = new(Options, static () => 0.5);
            int opened = 0;
            Race.Run(4, _ =>
            {
                for (int i = 0; i < 5; i++)
                {
                    if (breaker.TryEnter(0, out int ticket) && breaker.Failed(0, ticket))
                    {
                        Interlocked.Increment(ref opened);
                    }
                }
            });
            Assert.Equal(1, opened);
            Assert.Equal(CircuitState.Open, breaker.State);
        }
    }

    private static bool Fail(CircuitBreaker breaker, long now)
    {
        Assert.True(breaker.TryEnter(now, out int ticket));
        return breaker.Failed(now, ticket);
    }

    private static long Open(CircuitBreaker breaker, long now)
    {
        for (int i = 0; i < 5; i++)
        {
            Fail(breaker, now);
        }

        return now;
    }
}
