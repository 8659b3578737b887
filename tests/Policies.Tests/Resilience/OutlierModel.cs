using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

/// <summary>The rules of outlier detection written once more, as plainly as possible: one thread, no bits, no limits of size.</summary>
internal sealed class OutlierModel(OutlierRule rule, int hosts, Func<double> random)
{
    private readonly Host[] _hosts = [.. Enumerable.Range(0, hosts).Select(static _ => new Host())];

    public int Overflows { get; private set; }

    public Dictionary<EjectionCause, int> Detected { get; } = [];

    public Dictionary<EjectionCause, int> Enforced { get; } = [];

    public bool IsEjected(int host) => _hosts[host].Ejected;

    public int Multiplier(int host) => _hosts[host].Multiplier;

    public int Active => _hosts.Count(static host => host.Ejected);

    public void Report(int index, UpstreamOutcome outcome, long now)
    {
        Host host = _hosts[index];
        if (outcome.Kind == OutcomeKind.Silent)
        {
            return;
        }

        bool local = outcome.Kind != OutcomeKind.Answered;
        host.Attempts++;
        host.Answers += local ? 0 : 1;
        if (local && rule.SplitExternalLocalOrigin)
        {
            if (++host.Local == rule.ConsecutiveLocalOriginFailure && Notice(host, EjectionCause.ConsecutiveLocalOriginFailure, now))
            {
                host.Local = 0;
            }

            return;
        }

        host.Local = local ? host.Local : 0;
        host.Total++;
        if (!local && !rule.IsError(outcome.Status))
        {
            host.Good++;
            host.Errors = host.Gateway = 0;
            return;
        }

        // Both rows move before either ejects.
        host.Gateway = local || outcome.Status is 502 or 503 or 504 ? host.Gateway + 1 : 0;
        host.Errors++;
        bool gateway = host.Gateway != 0 && host.Gateway == rule.ConsecutiveGatewayFailure;
        bool errors = host.Errors == rule.Consecutive5xx;
        if (gateway && Notice(host, EjectionCause.ConsecutiveGatewayFailure, now))
        {
            host.Gateway = 0;
        }

        if (errors && Notice(host, EjectionCause.Consecutive5xx, now))
        {
            host.Errors = 0;
        }
    }

    public void Tick(long now)
    {
        List<(Host Host, int Total, double Rate)> rates = [];
        List<(Host Host, int Total, double Rate)> answers = [];
        foreach (Host host in _hosts)
        {
            if (host.Ejected && now - host.EjectedAt >= Math.Min(rule.BaseEjectionTime * host.Multiplier, rule.MaxEjectionTime) + host.Jitter)
            {
                Return(host, now);
            }

            if (host.Total > 0 && !host.Ejected)
            {
                rates.Add((host, host.Total, host.Good * 100.0 / host.Total));
            }

            if (host.Attempts > 0 && !host.Ejected)
            {
                answers.Add((host, host.Attempts, host.Answers * 100.0 / host.Attempts));
            }

            host.Total = host.Good = host.Attempts = host.Answers = 0;
        }

        if (rule.EnforcingSuccessRate > 0 || rule.EnforcingFailurePercentage > 0)
        {
            Compare(rates, EjectionCause.SuccessRate, EjectionCause.FailurePercentage, now);
        }

        if (rule.SplitExternalLocalOrigin && (rule.EnforcingLocalOriginSuccessRate > 0 || rule.EnforcingLocalOriginFailurePercentage > 0))
        {
            Compare(answers, EjectionCause.LocalOriginSuccessRate, EjectionCause.LocalOriginFailurePercentage, now);
        }

        foreach (Host host in _hosts.Where(host => !host.Ejected && host.ReturnedAt is { } at && now - at >= rule.Interval))
        {
            host.Multiplier = Math.Max(0, host.Multiplier - 1);
        }
    }

    private void Compare(List<(Host Host, int Total, double Rate)> rates, EjectionCause farBelow, EjectionCause tooMany, long now)
    {
        if (_hosts.Length < rule.SuccessRateMinimumHosts && _hosts.Length < rule.FailurePercentageMinimumHosts)
        {
            return;
        }

        rates = [.. rates.Where(static one => !one.Host.Ejected)];
        var busy = rates.Where(one => one.Total >= rule.SuccessRateRequestVolume).ToList();
        if (busy.Count != 0 && busy.Count >= rule.SuccessRateMinimumHosts)
        {
            double mean = busy.Sum(static one => one.Rate) / busy.Count;
            double deviation = Math.Sqrt(busy.Sum(one => (one.Rate - mean) * (one.Rate - mean)) / busy.Count);
            foreach ((Host host, _, double rate) in busy)
            {
                if (rate < mean - (rule.SuccessRateFactor * deviation))
                {
                    Notice(host, farBelow, now);
                }
            }
        }

        var measured = rates.Where(one => one.Total >= rule.FailurePercentageRequestVolume).ToList();
        if (measured.Count != 0 && measured.Count >= rule.FailurePercentageMinimumHosts)
        {
            foreach ((Host host, _, double rate) in measured.Where(one => 100 - one.Rate >= rule.FailurePercentageThreshold))
            {
                Notice(host, tooMany, now);
            }
        }
    }

    public bool Return(int host, long now)
    {
        bool was = _hosts[host].Ejected;
        if (was)
        {
            Return(_hosts[host], now);
        }

        return was;
    }

    private static void Return(Host host, long now)
    {
        host.Ejected = false;
        host.ReturnedAt = now;
        host.Errors = host.Gateway = host.Local = 0;
    }

    private bool Notice(Host host, EjectionCause cause, long now)
    {
        if (host.Ejected)
        {
            return false;
        }

        Detected[cause] = Detected.GetValueOrDefault(cause) + 1;
        if (100.0 * (Active + 1) / _hosts.Length > Math.Min(100, rule.MaxEjectionPercent))
        {
            Overflows++;
            return true;
        }

        double percent = rule.Enforcing(cause);
        if (percent < 100 && (percent <= 0 || random() * 100 >= percent))
        {
            return true;
        }

        Enforced[cause] = Enforced.GetValueOrDefault(cause) + 1;
        host.Ejected = true;
        host.EjectedAt = now;
        host.Jitter = rule.MaxEjectionJitter > 0 ? (long)(random() * (rule.MaxEjectionJitter + 1)) : 0;
        if (host.Multiplier * rule.BaseEjectionTime < rule.MaxEjectionTime + rule.BaseEjectionTime)
        {
            host.Multiplier++;
        }

        return true;
    }

    private sealed class Host
    {
        public int Errors;
        public int Gateway;
        public int Local;
        public int Total;
        public int Good;
        public int Attempts;
        public int Answers;
        public bool Ejected;
        public int Multiplier;
        public long EjectedAt;
        public long Jitter;
        public long? ReturnedAt;
    }
}
