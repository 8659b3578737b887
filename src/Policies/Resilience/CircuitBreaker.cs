namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>Where a <see cref="CircuitBreaker"/> stands.</summary>
public enum CircuitState
{
    /// <summary>Calls go through.</summary>
    Closed,

    /// <summary>One call tries whether it works again.</summary>
    Probing,

    /// <summary>No call goes through.</summary>
    Open,
}

/// <summary>Thresholds of a <see cref="CircuitBreaker"/>. Immutable.</summary>
public sealed record CircuitBreakerOptions
{
    /// <summary>Failures within <see cref="FailureWindow"/> that open it, 1..64.</summary>
    public int Failures { get; init; } = 5;

    /// <summary>Milliseconds in which they must happen.</summary>
    public int FailureWindow { get; init; } = 1000;

    /// <summary>Milliseconds of the first opening; each failed probe doubles it.</summary>
    public int FirstOpening { get; init; } = 1000;

    /// <summary>Longest opening, milliseconds.</summary>
    public int LongestOpening { get; init; } = 30_000;

    /// <summary>Share of an opening by which it is made shorter or longer at random, 0..1: what failed together must not come back together.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>Milliseconds after which a probe that was never reported is taken for lost and another one may go.</summary>
    public int ProbePatience { get; init; } = 1000;
}

/// <summary>
/// A circuit breaker: several failures in a short time open it, one probe per opening decides whether it closes. A call asks
/// <see cref="TryEnter"/> and reports once with the ticket it got; reports of calls from before the last change of state mean nothing.
/// Thread-safe and lock-free; a working circuit writes nothing. Times are milliseconds of any monotonic clock.
/// </summary>
public sealed class CircuitBreaker
{
    private readonly CircuitBreakerOptions _options;
    private readonly Func<double> _random;
    private Standing _standing;

    /// <param name="options">Thresholds.</param>
    /// <param name="random">Gives numbers from 0 to below 1; called by any thread.</param>
    public CircuitBreaker(CircuitBreakerOptions options, Func<double> random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Failures, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Failures, 64);
        _options = options;
        _random = random;
        _standing = new Standing(CircuitState.Closed, 1, 0, 0, []);
    }

    /// <summary>Where it stands; an opening that is over still shows as open until a call probes.</summary>
    public CircuitState State => Volatile.Read(ref _standing).State;

    /// <summary>When an open breaker lets its probe through; 0 when it is not open.</summary>
    public long OpenUntil => Volatile.Read(ref _standing) is { State: CircuitState.Open } open ? open.Until : 0;

    /// <summary>Whether a call may be made now; if so it must be reported with <paramref name="ticket"/>.</summary>
    public bool TryEnter(long now, out int ticket)
    {
        while (true)
        {
            Standing seen = Volatile.Read(ref _standing);
            ticket = seen.Epoch;
            if (seen.State == CircuitState.Closed)
            {
                return true;
            }

            if (now < seen.Until)
            {
                return false;
            }

            Standing probing = seen with { State = CircuitState.Probing, Epoch = seen.Epoch + 1, Until = now + _options.ProbePatience };
            if (ReferenceEquals(Interlocked.CompareExchange(ref _standing, probing, seen), seen))
            {
                ticket = probing.Epoch;
                return true;
            }
        }
    }

    /// <summary>A call worked. True when this closed the breaker.</summary>
    public bool Succeeded(int ticket)
    {
        Standing seen = Volatile.Read(ref _standing);
        return seen.State == CircuitState.Probing && seen.Epoch == ticket
            && ReferenceEquals(Interlocked.CompareExchange(ref _standing, new Standing(CircuitState.Closed, seen.Epoch + 1, 0, 0, []), seen), seen);
    }

    /// <summary>A call failed, or was too slow. True when this opened the breaker.</summary>
    public bool Failed(long now, int ticket)
    {
        while (true)
        {
            Standing seen = Volatile.Read(ref _standing);
            if (seen.Epoch != ticket || seen.State == CircuitState.Open)
            {
                return false;
            }

            Standing next;
            if (seen.State == CircuitState.Probing)
            {
                next = Open(seen, now);
            }
            else
            {
                long[] recent = [.. seen.Failures.Where(at => now - at < _options.FailureWindow), now];
                next = recent.Length >= _options.Failures ? Open(seen, now) : seen with { Failures = recent };
            }

            if (ReferenceEquals(Interlocked.CompareExchange(ref _standing, next, seen), seen))
            {
                return next.State == CircuitState.Open;
            }
        }
    }

    /// <summary>The far side gave a sign of life by itself: an open breaker lets its probe through at once.</summary>
    public void ProbeSoon(long now)
    {
        Standing seen = Volatile.Read(ref _standing);
        if (seen.State == CircuitState.Open && seen.Until > now)
        {
            Interlocked.CompareExchange(ref _standing, seen with { Until = now }, seen);
        }
    }

    private Standing Open(Standing from, long now)
    {
        double opening = Math.Min(_options.LongestOpening, _options.FirstOpening * Math.Pow(2, from.Openings));
        double spread = 1 + (_options.Jitter * ((2 * _random()) - 1));
        long length = Math.Max(1, (long)Math.Min(_options.LongestOpening, opening * spread));
        return new Standing(CircuitState.Open, from.Epoch + 1, now + length, Math.Min(from.Openings + 1, 30), []);
    }

    // Replaced as a whole. Openings counts those since it was last closed.
    private sealed record Standing(CircuitState State, int Epoch, long Until, int Openings, long[] Failures);
}
