using System.Collections.Immutable;
using System.Net;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Keeps one cluster's endpoints current: a watch per member name, whose answers are merged and published as one set. Made by the compiler,
/// disposed when its snapshot is replaced. Thread-safe.
/// </summary>
internal sealed class ClusterBuilder : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StateRegistry _registry;
    private readonly PermitLedger _ledger;
    private readonly List<Member> _members = [];
    private readonly List<NameWatch> _watches = [];
    private HashSet<UpstreamEndpoint> _endpoints = [];
    private bool _disposed;

    public ClusterBuilder(Cluster cluster, StateRegistry registry, PermitLedger ledger)
    {
        Cluster = cluster;
        _registry = registry;
        _ledger = ledger;
        cluster.RefreshNames = Refresh;
    }

    public Cluster Cluster { get; }

    /// <summary>Members as configured with what is known of them, for status and explain.</summary>
    public IReadOnlyList<TargetHealthRow> Health(string upstream)
    {
        lock (_gate)
        {
            List<TargetHealthRow> rows = [];
            foreach (Member member in _members)
            {
                if (member.Answer is not { } answer || answer.Addresses.Count == 0)
                {
                    rows.Add(new TargetHealthRow(upstream, member.Label, "", TargetHealth.DnsError, member.Weight));
                    continue;
                }

                foreach (ResolvedAddress address in answer.Addresses)
                {
                    rows.Add(new TargetHealthRow(
                        upstream, member.Label, new IPEndPoint(address.Address, address.Port).ToString(), TargetHealth.HealthchecksOff, member.Weight));
                }
            }

            return rows;
        }
    }

    /// <summary>The endpoints published now.</summary>
    public IReadOnlyCollection<UpstreamEndpoint> Endpoints
    {
        get
        {
            lock (_gate)
            {
                return _endpoints;
            }
        }
    }

    /// <summary>Adds a member; <see cref="Start"/> begins the look-ups.</summary>
    public void Add(string label, string host, int port, int weight, string hostHeader, bool allowSrv) =>
        _members.Add(new Member(label, host, port, weight, hostHeader, allowSrv));

    /// <summary>Begins watching; returns when every member has its first answer.</summary>
    public Task Start(NameResolver resolver)
    {
        if (_members.Count == 0)
        {
            Cluster.Publish([], [], ClusterResolution.Resolved);
            return Task.CompletedTask;
        }

        foreach (Member member in _members)
        {
            if (IPAddress.TryParse(member.Host.Trim('[', ']'), out IPAddress? literal))
            {
                member.Answer = new NameAnswer(
                    NameStatus.Resolved, [new ResolvedAddress(literal, member.Port, null, 0)], Timeout.InfiniteTimeSpan);
                continue;
            }

            _watches.Add(resolver.Watch(member.Host, member.Port, member.AllowSrv, answer => Answered(member, answer)));
        }

        if (_watches.Count == 0)
        {
            Publish();
        }

        return Task.WhenAll(_watches.Select(static watch => (Task)watch.FirstAnswer));
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        foreach (NameWatch watch in _watches)
        {
            watch.Dispose();
        }
    }

    private void Refresh()
    {
        foreach (NameWatch watch in _watches)
        {
            watch.Refresh();
        }
    }

    private void Answered(Member member, NameAnswer answer)
    {
        lock (_gate)
        {
            member.Answer = answer;
            Publish();
        }
    }

    private void Publish()
    {
        if (_disposed)
        {
            return;
        }

        ImmutableArray<Endpoint>.Builder endpoints = ImmutableArray.CreateBuilder<Endpoint>();
        ImmutableArray<int>.Builder weights = ImmutableArray.CreateBuilder<int>();
        HashSet<UpstreamEndpoint> named = [];
        bool pending = false;
        foreach (Member member in _members)
        {
            if (member.Answer is not { } answer)
            {
                pending = true;
                continue;
            }

            foreach (ResolvedAddress address in answer.Addresses)
            {
                UpstreamEndpoint endpoint = _registry.Endpoint(
                    Cluster.Name, new IPEndPoint(address.Address, address.Port), member.HostHeader, _ledger);
                if (named.Add(endpoint))
                {
                    endpoints.Add(endpoint.Policy);
                    weights.Add(address.Weight ?? member.Weight);
                }
            }
        }

        _endpoints = named;
        ClusterResolution resolution = endpoints.Count != 0 ? ClusterResolution.Resolved
            : pending ? ClusterResolution.Pending
            : ClusterResolution.Failed;
        Cluster.Publish(endpoints.ToImmutable(), weights.ToImmutable(), resolution);
    }

    private sealed record Member(string Label, string Host, int Port, int Weight, string HostHeader, bool AllowSrv)
    {
        public NameAnswer? Answer { get; set; }
    }
}
