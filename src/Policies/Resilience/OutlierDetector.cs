namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>
/// Sets endpoints of one cluster aside that fail in a row or far more often than the others, and lets them return after a time that grows
/// with each ejection (Envoy's outlier detection; see <see cref="OutlierRule"/>).
/// </summary>
/// <remarks>
/// Healthy → ejected: by <see cref="Report"/> on whichever thread sees the threshold reached, or by <see cref="Tick"/> when shares are
/// compared. Ejected → returning: by a tick, or by <see cref="Return"/>. Returning → healthy: one interval later, or when a half-open breaker
/// has had its probes; a failed probe leads back to ejected. The share of ejected endpoints is kept in one word with the number of members,
/// so that the limit holds whatever the number of threads. Reports are lock-free; ticks and changes of members are made by one thread at a
/// time. Times are milliseconds of any one monotonic clock.
/// </remarks>
public sealed partial class OutlierDetector
{
    private readonly Func<double> _random;
    private readonly long[] _detected = new long[Enum.GetValues<EjectionCause>().Length];
    private readonly long[] _enforced = new long[Enum.GetValues<EjectionCause>().Length];
    private OutlierRule _rule;
    private OutlierRecord[] _members = [];
    private long _overflows;
    private double _average = -1;
    private double _threshold = -1;

    // Members in the upper half, ejected ones in the lower.
    private ulong _census;

    /// <param name="rule">What ejects.</param>
    /// <param name="random">Gives numbers from 0 to below 1; called by any thread.</param>
    public OutlierDetector(OutlierRule rule, Func<double> random)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(random);
        _rule = rule;
        _random = random;
    }

    /// <summary>The rule in force; a new one holds from the next report on and leaves ejections as they are.</summary>
    public OutlierRule Rule
    {
        get => Volatile.Read(ref _rule);
        set => Volatile.Write(ref _rule, value ?? throw new ArgumentNullException(nameof(value)));
    }

    /// <summary>Endpoints that are out now.</summary>
    public int Active => (int)(uint)Volatile.Read(ref _census);

    /// <summary>Endpoints of the cluster.</summary>
    public int Members => (int)(Volatile.Read(ref _census) >> 32);

    /// <summary>Mean of the success rates of the last interval; -1 when too few endpoints had enough requests.</summary>
    public double SuccessRateAverage => Volatile.Read(ref _average);

    /// <summary>Success rate below which an endpoint was ejected in the last interval; -1 when none could be.</summary>
    public double SuccessRateThreshold => Volatile.Read(ref _threshold);

    /// <summary>Outliers that stayed because too many others were out.</summary>
    public long Overflows => Interlocked.Read(ref _overflows);

    /// <summary>Outliers of a kind, ejected or not.</summary>
    public long Detected(EjectionCause cause) => Interlocked.Read(ref _detected[(int)cause]);

    /// <summary>Ejections for a cause.</summary>
    public long Enforced(EjectionCause cause) => Interlocked.Read(ref _enforced[(int)cause]);

    /// <summary>
    /// Counts the one report of an attempt. <paramref name="ticket"/> is what <see cref="HalfOpenBreaker.TryEnter"/> gave it.
    /// </summary>
    public OutlierChange Report(OutlierRecord record, UpstreamOutcome outcome, long now, uint ticket = 0)
    {
        ArgumentNullException.ThrowIfNull(record);
        OutlierRule rule = Volatile.Read(ref _rule);
        if (outcome.Kind == OutcomeKind.Answered && !rule.IsError(outcome.Status))
        {
            if (rule.MeasuresRates)
            {
                record.Measure(success: true);
            }

            if (rule.MeasuresLocalRates)
            {
                record.MeasureLocal(answered: true);
            }

            record.Clear();
            return ticket == 0 ? OutlierChange.None : Probed(record, ticket, success: true, now);
        }

        return Failed(record, rule, outcome, now, ticket);
    }

    /// <summary>Ends an ejection early, for instance because an active check succeeded. False when there is none.</summary>
    public bool Return(OutlierRecord record, long now)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Current is { State: OutlierState.Ejected } standing && Readmit(record, standing, now);
    }

    private OutlierChange Failed(OutlierRecord record, OutlierRule rule, UpstreamOutcome outcome, long now, uint ticket)
    {
        if (outcome.Kind == OutcomeKind.Silent)
        {
            record.Breaker.Abandon(ticket);
            return OutlierChange.None;
        }

        bool isLocal = outcome.Kind != OutcomeKind.Answered;
        bool isSplit = isLocal && rule.SplitExternalLocalOrigin;
        if (rule.MeasuresRates && !isSplit)
        {
            record.Measure(success: false);
        }

        if (rule.MeasuresLocalRates)
        {
            record.MeasureLocal(answered: !isLocal);
        }

        if (record.IsEjected)
        {
            // Attempts from before it left, or of a cluster in panic: its rows begin anew when it returns.
            return OutlierChange.None;
        }

        if (ticket != 0 && Probed(record, ticket, success: false, now) is { Action: not OutlierAction.None } decided)
        {
            return decided;
        }

        bool isGateway = isLocal || outcome.Status is 502 or 503 or 504;
        // Constants, which the compiler folds into each call. An answer, whatever it says, shows that the endpoint can be reached; without
        // split there is no row of local failures to end.
        OutlierRecord.Rows fired = isSplit ? record.Advance(OutlierRecord.Rows.LocalOrigin, OutlierRecord.Rows.None, rule)
            : isGateway ? record.Advance(OutlierRecord.Rows.Error | OutlierRecord.Rows.Gateway, OutlierRecord.Rows.LocalOrigin, rule)
            : record.Advance(OutlierRecord.Rows.Error, OutlierRecord.Rows.Gateway | OutlierRecord.Rows.LocalOrigin, rule);
        return fired == OutlierRecord.Rows.None ? OutlierChange.None : Fired(record, rule, fired, now);
    }

    private OutlierChange Fired(OutlierRecord record, OutlierRule rule, OutlierRecord.Rows fired, long now)
    {
        OutlierChange change = OutlierChange.None;
        if ((fired & OutlierRecord.Rows.Gateway) != 0)
        {
            change = Detect(record, rule, EjectionCause.ConsecutiveGatewayFailure, now);
        }

        if ((fired & OutlierRecord.Rows.Error) != 0 && change.Action != OutlierAction.Ejected)
        {
            change = Detect(record, rule, EjectionCause.Consecutive5xx, now);
        }

        return (fired & OutlierRecord.Rows.LocalOrigin) == 0 ? change : Detect(record, rule, EjectionCause.ConsecutiveLocalOriginFailure, now);
    }

    private OutlierChange Detect(OutlierRecord record, OutlierRule rule, EjectionCause cause, long now)
    {
        if (record.Current is { IsMember: false } or { State: OutlierState.Ejected })
        {
            return OutlierChange.None;
        }

        Interlocked.Increment(ref _detected[(int)cause]);
        if (!MayEject(Volatile.Read(ref _census), rule))
        {
            Interlocked.Increment(ref _overflows);
            return new OutlierChange(OutlierAction.Overflow, cause);
        }

        if (!Draw(rule.Enforcing(cause)))
        {
            return new OutlierChange(OutlierAction.NotEnforced, cause);
        }

        if (!TryReserve(rule))
        {
            Interlocked.Increment(ref _overflows);
            return new OutlierChange(OutlierAction.Overflow, cause);
        }

        long jitter = rule.MaxEjectionJitter > 0 ? (long)(_random() * (rule.MaxEjectionJitter + 1)) : 0;
        while (record.Current is { IsMember: true, State: not OutlierState.Ejected } seen)
        {
            int multiplier = seen.Multiplier * rule.BaseEjectionTime < rule.MaxEjectionTime + rule.BaseEjectionTime
                ? seen.Multiplier + 1
                : seen.Multiplier;
            long length = Math.Min(rule.BaseEjectionTime * multiplier, rule.MaxEjectionTime) + jitter;
            if (record.TryMove(seen, new OutlierRecord.Standing(OutlierState.Ejected, true, multiplier, seen.Ejections + 1, now, length)))
            {
                Interlocked.Increment(ref _enforced[(int)cause]);
                record.Breaker.Close();
                return new OutlierChange(OutlierAction.Ejected, cause);
            }
        }

        // Another thread ejected it, or it is no member any more.
        Interlocked.Decrement(ref _census);
        return OutlierChange.None;
    }

    private OutlierChange Probed(OutlierRecord record, uint ticket, bool success, long now)
    {
        switch (record.Breaker.Report(ticket, success))
        {
            case ProbeVerdict.Passed:
                if (record.Current is { State: OutlierState.Returning } seen)
                {
                    record.TryMove(seen, seen with { State = OutlierState.Healthy });
                }

                return OutlierChange.None;
            case ProbeVerdict.Failed:
                return Detect(record, Volatile.Read(ref _rule), EjectionCause.FailedProbe, now);
            default:
                return OutlierChange.None;
        }
    }

    private bool Readmit(OutlierRecord record, OutlierRecord.Standing standing, long now)
    {
        int probes = Volatile.Read(ref _rule).HalfOpenProbes;
        if (probes > 0)
        {
            record.Breaker.Begin(Math.Min(probes, HalfOpenBreaker.MaxProbes));
        }

        record.Clear();
        if (!record.TryMove(standing, standing with { State = OutlierState.Returning, Since = now, Length = 0 }))
        {
            return false;
        }

        Interlocked.Decrement(ref _census);
        return true;
    }

    private bool Draw(double percent) => percent >= 100 || (percent > 0 && _random() * 100 < percent);

    private static bool MayEject(ulong census, OutlierRule rule) =>
        100.0 * ((uint)census + 1) <= Math.Min(100, rule.MaxEjectionPercent) * (uint)(census >> 32);

    private bool TryReserve(OutlierRule rule)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref _census);
            if (!MayEject(seen, rule))
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _census, seen + 1, seen) == seen)
            {
                return true;
            }
        }
    }
}
