namespace VoltageSoda.Edge.Policies.Resilience;

/// <content>What happens at the ticks of the interval, and when members come and go.</content>
public sealed partial class OutlierDetector
{
    private readonly Lock _gate = new();

    /// <summary>
    /// Makes these the members. What is new starts healthy; what is gone is forgotten, and no longer counts among the ejected.
    /// </summary>
    public void SetMembers(ReadOnlySpan<OutlierRecord> members)
    {
        lock (_gate)
        {
            HashSet<OutlierRecord> wanted = [.. members];
            foreach (OutlierRecord gone in _members)
            {
                if (!wanted.Contains(gone))
                {
                    Leave(gone);
                }
            }

            foreach (OutlierRecord record in wanted)
            {
                Join(record);
            }

            _members = [.. wanted];
            ulong seen = Volatile.Read(ref _census);
            while (true)
            {
                ulong found = Interlocked.CompareExchange(ref _census, ((ulong)_members.Length << 32) | (uint)seen, seen);
                if (found == seen)
                {
                    return;
                }

                seen = found;
            }
        }
    }

    /// <summary>
    /// One interval is over: ends ejections that are due, compares the shares of the interval, and forgives those that were quiet. To be called
    /// every <see cref="OutlierRule.Interval"/>.
    /// </summary>
    /// <param name="now">Milliseconds on the reports' clock.</param>
    /// <param name="transitions">Gets what changed, in order.</param>
    public void Tick(long now, ICollection<OutlierTransition> transitions)
    {
        ArgumentNullException.ThrowIfNull(transitions);
        lock (_gate)
        {
            OutlierRule rule = Volatile.Read(ref _rule);
            List<(OutlierRecord Record, uint Total, double Rate)> measured = [];
            List<(OutlierRecord Record, uint Total, double Rate)> answered = [];
            foreach (OutlierRecord record in _members)
            {
                if (record.Current is { State: OutlierState.Ejected } standing
                    && now - standing.Since >= standing.Length
                    && Readmit(record, standing, now))
                {
                    transitions.Add(new OutlierTransition(record, OutlierChange.Returned));
                }

                (uint total, uint successes) = record.TakeRates();
                record.SuccessRate = total != 0 && total >= rule.SuccessRateRequestVolume ? successes * 100.0 / total : -1;
                Collect(record, (total, successes), measured);
                Collect(record, record.TakeLocalRates(), answered);
            }

            Volatile.Write(ref _average, -1);
            Volatile.Write(ref _threshold, -1);
            if (rule.MeasuresRates)
            {
                CompareRates(rule, measured, EjectionCause.SuccessRate, EjectionCause.FailurePercentage, now, transitions);
            }

            if (rule.MeasuresLocalRates)
            {
                CompareRates(rule, answered, EjectionCause.LocalOriginSuccessRate, EjectionCause.LocalOriginFailurePercentage, now, transitions);
            }

            foreach (OutlierRecord record in _members)
            {
                Forgive(record, rule, now);
            }
        }
    }

    /// <summary>Ends every ejection, because nothing detects any more.</summary>
    public void ReturnAll(long now)
    {
        lock (_gate)
        {
            foreach (OutlierRecord record in _members)
            {
                Return(record, now);
                record.Breaker.Close();
            }
        }
    }

    private static void Collect(
        OutlierRecord record, (uint Total, uint Successes) closed, List<(OutlierRecord Record, uint Total, double Rate)> measured)
    {
        if (closed.Total != 0)
        {
            measured.Add((record, closed.Total, closed.Successes * 100.0 / closed.Total));
        }
    }

    private void CompareRates(
        OutlierRule rule,
        List<(OutlierRecord Record, uint Total, double Rate)> measured,
        EjectionCause farBelow,
        EjectionCause tooMany,
        long now,
        ICollection<OutlierTransition> transitions)
    {
        if (Members < rule.SuccessRateMinimumHosts && Members < rule.FailurePercentageMinimumHosts)
        {
            return;
        }

        // One comparison may have ejected whom the other would count.
        measured.RemoveAll(static one => one.Record.IsEjected);
        (OutlierRecord Record, double Rate)[] busy =
            [.. measured.Where(one => one.Total >= rule.SuccessRateRequestVolume).Select(static one => (one.Record, one.Rate))];
        if (busy.Length > 0 && busy.Length >= rule.SuccessRateMinimumHosts)
        {
            double mean = busy.Sum(static one => one.Rate) / busy.Length;
            double deviation = Math.Sqrt(busy.Sum(one => (one.Rate - mean) * (one.Rate - mean)) / busy.Length);
            double threshold = mean - (rule.SuccessRateFactor * deviation);
            if (farBelow == EjectionCause.SuccessRate)
            {
                Volatile.Write(ref _average, mean);
                Volatile.Write(ref _threshold, threshold);
            }

            foreach ((OutlierRecord record, _) in busy.Where(one => one.Rate < threshold))
            {
                Add(transitions, record, Detect(record, rule, farBelow, now));
            }
        }

        OutlierRecord[] failing =
        [
            .. measured.Where(one => one.Total >= rule.FailurePercentageRequestVolume && 100 - one.Rate >= rule.FailurePercentageThreshold)
                .Select(static one => one.Record),
        ];
        if (measured.Count(one => one.Total >= rule.FailurePercentageRequestVolume) >= Math.Max(1, rule.FailurePercentageMinimumHosts))
        {
            foreach (OutlierRecord record in failing)
            {
                Add(transitions, record, Detect(record, rule, tooMany, now));
            }
        }
    }

    private static void Add(ICollection<OutlierTransition> transitions, OutlierRecord record, OutlierChange change)
    {
        if (change.Action != OutlierAction.None)
        {
            transitions.Add(new OutlierTransition(record, change));
        }
    }

    // One step per interval in rotation, the interval of the return not counted.
    private static void Forgive(OutlierRecord record, OutlierRule rule, long now)
    {
        OutlierRecord.Standing seen = record.Current;
        bool isNew = seen is { State: OutlierState.Healthy, Multiplier: 0 };
        if (isNew || seen.State == OutlierState.Ejected || now - seen.Since < rule.Interval)
        {
            return;
        }

        if (seen.State == OutlierState.Returning && record.Breaker.IsTrying)
        {
            // Nobody tried it to the end: those who hold its places may never report, so it gets new ones.
            record.Breaker.Begin(Math.Clamp(rule.HalfOpenProbes, 1, HalfOpenBreaker.MaxProbes));
            return;
        }

        record.TryMove(seen, seen with { State = OutlierState.Healthy, Multiplier = Math.Max(0, seen.Multiplier - 1) });
    }

    private static void Join(OutlierRecord record)
    {
        OutlierRecord.Standing seen = record.Current;
        if (!seen.IsMember)
        {
            record.Clear();
            record.TryMove(seen, OutlierRecord.Standing.Outside with { IsMember = true });
        }
    }

    private void Leave(OutlierRecord record)
    {
        while (true)
        {
            OutlierRecord.Standing seen = record.Current;
            if (record.TryMove(seen, OutlierRecord.Standing.Outside))
            {
                record.Breaker.Close();
                if (seen.State == OutlierState.Ejected)
                {
                    Interlocked.Decrement(ref _census);
                }

                return;
            }
        }
    }
}
