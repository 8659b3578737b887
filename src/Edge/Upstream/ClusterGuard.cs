using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Upstream;

/// <summary>
/// What protects a cluster and what it learned: the permits of its limits, its retries, its outlier detection and their counters. Kept over
/// reloads under the cluster's name. Thread-safe.
/// </summary>
internal sealed class ClusterGuard
{
    private readonly Lock _gate = new();
    private readonly ILogger _log;
    private readonly Func<double> _random;
    private volatile OutlierDetector? _detector;
    private volatile Cluster? _owner;
    private long _membershipChanges;
    private ImmutableArray<Endpoint> _members = [];

    /// <param name="name">Name of the cluster.</param>
    /// <param name="loops">Loops of the process.</param>
    /// <param name="log">Told of ejections and returns.</param>
    /// <param name="random">Gives numbers from 0 to below 1; called by any thread.</param>
    public ClusterGuard(string name, int loops, ILogger log, Func<double> random)
    {
        Name = name;
        Stats = new ClusterStats(loops);
        Ledger = new PermitLedger(CircuitLimits.None);
        Retries = new RetryConcurrency(int.MaxValue, Ledger.RequestsAndPending);
        _log = log;
        _random = random;
    }

    public string Name { get; }

    public PermitLedger Ledger { get; }

    public RetryConcurrency Retries { get; }

    public ClusterStats Stats { get; }

    /// <summary>What ejects endpoints; null when nothing does.</summary>
    public OutlierDetector? Detector => _detector;

    /// <summary>The cluster that published its members last; null before the first.</summary>
    public Cluster? Owner => _owner;

    /// <summary>Times that endpoints came or went.</summary>
    public long MembershipChanges => Interlocked.Read(ref _membershipChanges);

    /// <summary>When the next tick is due, milliseconds on the loops' clock; 0 before the first. For the clock of ticks alone.</summary>
    public long NextTick { get; set; }

    /// <summary>Adopts what a configuration says; ejections stay while anything detects. Not called by a loop.</summary>
    public void Configure(CircuitLimits limits, OutlierRule? rule, long now)
    {
        lock (_gate)
        {
            Ledger.SetLimits(limits);
            if (limits.RetryBudgetPercent is { } percent)
            {
                Retries.SetBudget(percent, limits.RetryBudgetMinimum);
            }
            else
            {
                Retries.SetMaximum(limits.MaxRetries);
            }

            if (rule is null)
            {
                _detector?.ReturnAll(now);
                _detector = null;
                _owner?.AgreeAll();
            }
            else if (_detector is { } detector)
            {
                detector.Rule = rule;
            }
            else
            {
                OutlierDetector made = new(rule, _random);
                made.SetMembers(Records(_members));
                _detector = made;
            }
        }
    }

    /// <summary>A cluster published its members, or took them over.</summary>
    public void Adopt(Cluster cluster)
    {
        lock (_gate)
        {
            _owner = cluster;
            ImmutableArray<Endpoint> members = cluster.Endpoints.Endpoints;
            if (!_members.SequenceEqual(members))
            {
                _members = members;
                Interlocked.Increment(ref _membershipChanges);
                _detector?.SetMembers(Records(members));
            }
        }
    }

    /// <summary>One interval is over: returns what is due and compares shares. Not called by a loop.</summary>
    public void Tick(long now)
    {
        if (_detector is not { } detector)
        {
            return;
        }

        List<OutlierTransition> transitions = [];
        detector.Tick(now, transitions);
        if (transitions.Count == 0 || _owner is not { } owner)
        {
            return;
        }

        foreach (OutlierTransition transition in transitions)
        {
            Endpoint? endpoint = owner.Endpoints.Endpoints.FirstOrDefault(one => one.Outlier == transition.Record);
            if (endpoint?.Tag is UpstreamEndpoint known)
            {
                owner.Apply(known, transition.Change);
            }
        }
    }

    /// <summary>Logs what happened to an endpoint. Any thread.</summary>
    public void Tell(UpstreamEndpoint endpoint, OutlierChange change)
    {
        if (change.Action == OutlierAction.Returned)
        {
            Log.EndpointReturned(_log, Name, endpoint.Name, endpoint.Policy.Outlier.Ejections);
            return;
        }

        string cause = NameOf(change.Cause);
        switch (change.Action)
        {
            case OutlierAction.Ejected:
                Log.EndpointEjected(_log, Name, endpoint.Name, cause, endpoint.Policy.Outlier.Ejections);
                break;
            case OutlierAction.NotEnforced when _detector?.Rule.Enforcing(change.Cause) is not > 0:
                // Counted alone: nobody asked for it.
                break;
            case OutlierAction.NotEnforced:
                Log.EjectionNotEnforced(_log, Name, endpoint.Name, cause);
                break;
            case OutlierAction.Overflow:
                Log.EjectionOverflow(_log, Name, endpoint.Name, cause, _detector?.Active ?? 0, _detector?.Members ?? 0);
                break;
            default:
                break;
        }
    }

    /// <summary>Envoy's name of a cause.</summary>
    public static string NameOf(EjectionCause cause) => cause switch
    {
        EjectionCause.Consecutive5xx => "consecutive_5xx",
        EjectionCause.ConsecutiveGatewayFailure => "consecutive_gateway_failure",
        EjectionCause.ConsecutiveLocalOriginFailure => "consecutive_local_origin_failure",
        EjectionCause.SuccessRate => "success_rate",
        EjectionCause.FailurePercentage => "failure_percentage",
        EjectionCause.LocalOriginSuccessRate => "local_origin_success_rate",
        EjectionCause.LocalOriginFailurePercentage => "local_origin_failure_percentage",
        _ => "half_open_probe",
    };

    private static OutlierRecord[] Records(ImmutableArray<Endpoint> members) => [.. members.Select(static endpoint => endpoint.Outlier)];
}
