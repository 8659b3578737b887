using CsCheck;
using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

public sealed class OutlierPropertyTests
{
    // -3 silent, -2 connect, -1 timeout, 0 reset; else a status.
    private static readonly Gen<int> GenOutcome = Of(200, 200, 200, 404, 429, 500, 500, 502, 503, 503, 504, -2, -1, 0, -3);

    private static readonly Gen<OutlierRule> GenRule =
        from threshold in Gen.Int[0, 4]
        from gateway in Gen.Int[0, 4]
        from local in Gen.Int[0, 4]
        from split in Gen.Bool
        from codes in Of<int[]>([], [], [429, 503], [500])
        from maximum in Of(0.0, 10, 34, 50, 67, 100, 120)
        from enforcing in Of(0.0, 30, 70, 100)
        from rates in Of(0.0, 100)
        from localRates in Of(0.0, 100)
        from hosts in Gen.Int[1, 4]
        from volume in Gen.Int[1, 4]
        from jitter in Of(0L, 7)
        from limit in Of(40L, 300)
        select new OutlierRule(codes)
        {
            Consecutive5xx = threshold,
            ConsecutiveGatewayFailure = gateway,
            ConsecutiveLocalOriginFailure = local,
            SplitExternalLocalOrigin = split,
            Interval = 10,
            BaseEjectionTime = 15,
            MaxEjectionTime = limit,
            MaxEjectionJitter = jitter,
            MaxEjectionPercent = maximum,
            EnforcingConsecutive5xx = enforcing,
            EnforcingConsecutiveGatewayFailure = 100 - (enforcing / 2),
            EnforcingConsecutiveLocalOriginFailure = enforcing,
            EnforcingSuccessRate = rates,
            SuccessRateMinimumHosts = hosts,
            SuccessRateRequestVolume = volume,
            SuccessRateFactor = 0.7,
            EnforcingFailurePercentage = rates,
            EnforcingLocalOriginSuccessRate = localRates,
            EnforcingLocalOriginFailurePercentage = localRates,
            FailurePercentageThreshold = 60,
            FailurePercentageMinimumHosts = hosts,
            FailurePercentageRequestVolume = volume,
        };

    [Fact]
    public void AnySequence_AgreesWithTheReferenceAfterEveryStep() =>
        Gen.Select(GenRule, Gen.Int[1, 6], Gen.Int, Gen.Select(Gen.Int[0, 99], Gen.Int[0, 5], GenOutcome, Gen.Int[0, 6]).Array[0, 250]).Sample(
            (rule, hosts, seed, steps) =>
            {
                Random mine = new(seed);
                Random theirs = new(seed);
                OutlierDetector detector = new(rule, mine.NextDouble);
                OutlierRecord[] records = [.. Enumerable.Range(0, hosts).Select(static _ => new OutlierRecord())];
                detector.SetMembers(records);
                OutlierModel model = new(rule, hosts, theirs.NextDouble);
                long now = 0;
                List<OutlierTransition> transitions = [];
                foreach ((int kind, int pick, int outcome, int passes) in steps)
                {
                    now += passes;
                    int host = pick % hosts;
                    bool[] before = [.. Enumerable.Range(0, hosts).Select(model.IsEjected)];
                    if (kind < 85)
                    {
                        OutlierChange change = detector.Report(records[host], Outcome(outcome), now);
                        model.Report(host, Outcome(outcome), now);
                        Assert.Equal(!before[host] && model.IsEjected(host), change.Action == OutlierAction.Ejected);
                    }
                    else if (kind < 97)
                    {
                        transitions.Clear();
                        detector.Tick(now, transitions);
                        model.Tick(now);
                    }
                    else
                    {
                        Assert.Equal(model.Return(host, now), detector.Return(records[host], now));
                    }

                    for (int i = 0; i < hosts; i++)
                    {
                        Assert.Equal((model.IsEjected(i), model.Multiplier(i)), (records[i].IsEjected, records[i].Multiplier));
                    }

                    Assert.Equal((model.Active, model.Overflows), (detector.Active, (int)detector.Overflows));
                    Assert.True(100.0 * detector.Active / hosts <= Math.Min(100, rule.MaxEjectionPercent));
                    foreach (EjectionCause cause in Enum.GetValues<EjectionCause>())
                    {
                        Assert.Equal(model.Detected.GetValueOrDefault(cause), (int)detector.Detected(cause));
                        Assert.Equal(model.Enforced.GetValueOrDefault(cause), (int)detector.Enforced(cause));
                    }
                }
            },
            iter: 3000);

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static UpstreamOutcome Outcome(int code) => code switch
    {
        -3 => UpstreamOutcome.Silent,
        -2 => UpstreamOutcome.ConnectFailed,
        -1 => UpstreamOutcome.TimedOut,
        0 => UpstreamOutcome.Reset,
        _ => UpstreamOutcome.Answered(code),
    };
}
