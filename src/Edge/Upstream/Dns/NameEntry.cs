namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>What is asked for: watches with the same key share one entry.</summary>
internal readonly record struct NameKey(string Host, bool AllowSrv);

/// <summary>
/// The state of one name: its last good answer, how its lookups have been going and when the next is due. Owned by
/// <see cref="NameResolver"/> and touched only under the resolver's lock.
/// </summary>
/// <remarks>
/// A failure keeps the addresses (<see cref="NameStatus.Stale"/>) for as long as it lasts and doubles the pause up to its
/// maximum; the first success resets it. "No such name" is an answer rather than a failure, yet addresses are given up for it
/// only when it is repeated <see cref="NameResolverOptions.NotFoundTtl"/> after it was first heard.
/// </remarks>
internal sealed class NameEntry(NameKey key, NameResolverOptions options)
{
    private const int MaximumDoublings = 16;

    private int _failures;
    private long? _deniedSince;

    public NameKey Key { get; } = key;

    public List<NameWatch> Watches { get; } = [];

    public ITimer? Timer { get; set; }

    public NameAnswer? Answer { get; private set; }

    public RecordKind? LastKind { get; private set; }

    public bool IsRunning { get; set; }

    /// <summary>What the running lookup was told has changed since: it is repeated at its end.</summary>
    public bool IsOutdated { get; set; }

    public bool IsRemoved { get; set; }

    public long LastStart { get; set; }

    public long DueAt { get; set; }

    /// <summary>Takes the outcome of a lookup. Returns whether the address set changed.</summary>
    public bool Apply(in LookupOutcome outcome, TimeProvider time, long now)
    {
        IReadOnlyList<ResolvedAddress> before = Answer?.Addresses ?? [];
        bool isFirst = Answer is null;
        Answer = outcome.Result switch
        {
            LookupResult.Resolved => Resolved(outcome),
            LookupResult.NotFound => NotFound(before, time, now),
            _ => Failed(before),
        };
        return isFirst || !AddressSet.Same(before, Answer.Addresses);
    }

    private NameAnswer Resolved(in LookupOutcome outcome)
    {
        _failures = 0;
        _deniedSince = null;
        LastKind = outcome.Kind;
        TimeSpan ttl = options.ValidTtl ?? outcome.Ttl;
        ttl = ttl < options.MinimumTtl ? options.MinimumTtl : ttl > options.MaximumTtl ? options.MaximumTtl : ttl;
        return new NameAnswer(NameStatus.Resolved, outcome.Addresses, ttl);
    }

    private NameAnswer NotFound(IReadOnlyList<ResolvedAddress> before, TimeProvider time, long now)
    {
        if (before.Count == 0)
        {
            _failures = 0;
            return new NameAnswer(NameStatus.NotFound, [], options.NotFoundTtl);
        }

        _deniedSince ??= now;
        TimeSpan remaining = options.NotFoundTtl - time.GetElapsedTime(_deniedSince.Value, now);
        if (remaining > TimeSpan.Zero)
        {
            TimeSpan pause = NextPause();
            return new NameAnswer(NameStatus.Stale, before, pause < remaining ? pause : remaining);
        }

        _failures = 0;
        _deniedSince = null;
        LastKind = null;
        return new NameAnswer(NameStatus.NotFound, [], options.NotFoundTtl);
    }

    private NameAnswer Failed(IReadOnlyList<ResolvedAddress> before) =>
        new(before.Count == 0 ? NameStatus.Failed : NameStatus.Stale, before, NextPause());

    private TimeSpan NextPause()
    {
        TimeSpan pause = options.ErrorTtl * (1 << _failures);
        _failures = Math.Min(_failures + 1, MaximumDoublings);
        return pause < options.MaximumErrorTtl ? pause : options.MaximumErrorTtl;
    }
}
