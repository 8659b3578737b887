using System.Collections.Immutable;
using System.Net;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Dns;
using VoltageSoda.Edge.Upstream.Health;
using VoltageSoda.Edge.Upstream.Tls;

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
    private readonly HostFields _hosts;
    private readonly int _slots;
    private readonly double _threshold;
    private readonly List<ClusterMember> _members = [];
    private readonly List<NameWatch> _watches = [];
    private HashSet<UpstreamEndpoint> _endpoints = [];
    private Prober? _prober;
    private bool _disposed;

    /// <param name="cluster">What it publishes to.</param>
    /// <param name="registry">Where endpoints live over reloads.</param>
    /// <param name="ledger">Permits of the cluster.</param>
    /// <param name="hosts">How the Host field of each endpoint is made.</param>
    /// <param name="slots">Slots of the continuum, where the cluster hashes.</param>
    /// <param name="threshold">Percentage of weight that must be exceeded by what is healthy.</param>
    public ClusterBuilder(Cluster cluster, StateRegistry registry, PermitLedger ledger, HostFields hosts, int slots = 0, double threshold = 0)
    {
        Cluster = cluster;
        _registry = registry;
        _ledger = ledger;
        _hosts = hosts;
        _slots = slots;
        _threshold = threshold;
        cluster.RefreshNames = Refresh;
    }

    public Cluster Cluster { get; }

    /// <summary>Id of the upstream; empty for the host of a service.</summary>
    public Guid Id { get; init; }

    /// <summary>What https probes trust and show.</summary>
    public UpstreamTls? ProbeTls { get; init; }

    /// <summary>How requests spread over endpoints that come from these members, one per endpoint; null for a cluster of Kong's.</summary>
    public Func<IReadOnlyList<Mesh.MeshMember>, EndpointLayout>? Layout { get; init; }

    /// <summary>Number of a member in Istio's metrics; null for a cluster of Kong's.</summary>
    public Func<Mesh.MeshMember, int>? MetricDestination { get; init; }

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
    public void Add(ClusterMember member) => _members.Add(member);

    /// <summary>Begins watching; returns when every member has its first answer.</summary>
    public Task Start(NameResolver resolver)
    {
        foreach (ClusterMember member in _members)
        {
            if (IPAddress.TryParse(member.Host, out IPAddress? literal))
            {
                member.Answer = new NameAnswer(
                    NameStatus.Resolved, [new ResolvedAddress(literal, member.Port, null, 0)], Timeout.InfiniteTimeSpan);
            }
        }

        foreach (ClusterMember member in _members.Where(static member => !member.IsAddress))
        {
            _watches.Add(resolver.Watch(member.Host, member.Port, allowSrv: Layout is null, answer => Answered(member, answer)));
        }

        if (_watches.Count == 0)
        {
            lock (_gate)
            {
                Publish_NeedsLock();
            }
        }

        return Task.WhenAll(_watches.Select(static watch => (Task)watch.FirstAnswer));
    }

    /// <summary>Begins active checks, where the cluster has any.</summary>
    public void StartChecks(ActiveChecks checks)
    {
        lock (_gate)
        {
            if (_disposed || _prober is not null || checks.For(Cluster, _hosts.HostHeader, ProbeTls) is not { } prober)
            {
                return;
            }

            _prober = prober;
            Cluster.HealthMoved = prober.Wake;
            prober.SetTargets(ProbeTargets_NeedsLock());
        }
    }

    /// <summary>
    /// Owns its endpoints for good, once the builder before it publishes no more: a change of their health counts here, also one that was told
    /// to the other while both had them.
    /// </summary>
    public void Claim()
    {
        lock (_gate)
        {
            if (_endpoints.All(endpoint => _registry.TryClaim(endpoint, Cluster)))
            {
                Cluster.AgreeAll();
            }
            else
            {
                Publish_NeedsLock();
            }
        }
    }

    /// <summary>The state of its members now.</summary>
    public UpstreamHealthView View()
    {
        lock (_gate)
        {
            bool isChecked = Cluster.Health is not null;
            TargetHealthView[] targets = [.. _members.Select(member => member.View(isChecked))];
            WeightTotals totals = default;
            foreach (TargetHealthView target in targets)
            {
                totals += target.Weight;
            }

            bool serving = Cluster.Endpoints.IsServing;
            TargetHealth health = !isChecked ? TargetHealth.HealthchecksOff : serving ? TargetHealth.Healthy : TargetHealth.Unhealthy;
            return new UpstreamHealthView(Id, Cluster.Name, health, serving, totals, targets);
        }
    }

    /// <summary>Sets the addresses of a member by hand.</summary>
    public HealthSwitch SetHealth(string target, string? address, bool healthy)
    {
        if (Cluster.Health is null)
        {
            return HealthSwitch.ChecksOff;
        }

        List<UpstreamEndpoint> chosen = [];
        lock (_gate)
        {
            ClusterMember[] members = [.. _members.Where(member => Names(member, target))];
            if (members.Length == 0)
            {
                return HealthSwitch.UnknownTarget;
            }

            chosen.AddRange(members.SelectMany(static member => member.Addresses)
                .Where(known => address is null || Names(known, address)).Select(static known => known.Endpoint));
        }

        foreach (UpstreamEndpoint endpoint in chosen)
        {
            Cluster.Apply(endpoint, endpoint.Policy.Health.Set(healthy), HealthCause.Manual);
        }

        return chosen.Count == 0 && address is not null ? HealthSwitch.UnknownAddress : HealthSwitch.Done;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _prober?.Dispose();
        }

        foreach (NameWatch watch in _watches)
        {
            watch.Dispose();
        }
    }

    private static bool Names(ClusterMember member, string target) =>
        member.Label.Equals(target, StringComparison.OrdinalIgnoreCase)
        || (member.Port == 8000 && member.Label.Equals(target + ":8000", StringComparison.OrdinalIgnoreCase))
        || (Guid.TryParse(target, out Guid id) && id == member.Id);

    private static bool Names(MemberAddress known, string address) =>
        address == known.IpText
        || address == known.EndPoint.ToString()
        || (IPAddress.TryParse(address, out IPAddress? ip) && ip.Equals(known.EndPoint.Address));

    private void Refresh()
    {
        foreach (NameWatch watch in _watches)
        {
            watch.Refresh();
        }
    }

    private void Answered(ClusterMember member, NameAnswer answer)
    {
        lock (_gate)
        {
            member.Answer = answer;
            Publish_NeedsLock();
        }
    }

    private void Publish_NeedsLock()
    {
        if (_disposed)
        {
            return;
        }

        ImmutableArray<Endpoint>.Builder endpoints = ImmutableArray.CreateBuilder<Endpoint>();
        ImmutableArray<int>.Builder weights = ImmutableArray.CreateBuilder<int>();
        List<Mesh.MeshMember> origins = [];
        Dictionary<UpstreamEndpoint, int> positions = [];
        foreach (ClusterMember member in _members)
        {
            member.Addresses = [.. (member.Answer?.Addresses ?? []).Select(address => Locate(member, address))];
            foreach (MemberAddress address in member.Addresses)
            {
                // The same address of two targets is one endpoint with both weights.
                if (positions.TryGetValue(address.Endpoint, out int known))
                {
                    weights[known] += address.Weight;
                    continue;
                }

                positions.Add(address.Endpoint, endpoints.Count);
                endpoints.Add(address.Endpoint.Policy);
                weights.Add(address.Weight);
                if (member.Mesh is { } origin)
                {
                    origins.Add(origin);
                    address.Endpoint.Place = new EndpointPlace(
                        origin.Locality.Region ?? "", origin.Locality.Zone ?? "", origin.Locality.Subzone ?? "", MetricDestination?.Invoke(origin) ?? 0);
                }

                if (Cluster.Health is null)
                {
                    address.Endpoint.Policy.Health.Set(healthy: true);
                }
            }
        }

        HashSet<UpstreamEndpoint> former = _endpoints;
        _endpoints = [.. positions.Keys];
        bool pending = _members.Any(static member => member.Answer is null);
        ClusterResolution resolution = endpoints.Count != 0 || _members.Count == 0 ? ClusterResolution.Resolved
            : pending ? ClusterResolution.Pending
            : ClusterResolution.Failed;
        if (Layout is { } layout)
        {
            PublishLaid(endpoints.ToImmutable(), weights.ToImmutable(), layout(origins), resolution);
        }
        else
        {
            PublishPlain(endpoints.ToImmutable(), weights.ToImmutable(), positions, resolution);
        }

        _prober?.SetTargets(ProbeTargets_NeedsLock());
        foreach (UpstreamEndpoint gone in former.Where(endpoint => !positions.ContainsKey(endpoint)))
        {
            _registry.Drop(gone, Cluster);
        }
    }

    private void PublishLaid(ImmutableArray<Endpoint> endpoints, ImmutableArray<int> weights, EndpointLayout layout, ClusterResolution resolution)
    {
        long now = EventLoop.ReadMilliseconds();
        foreach (Endpoint endpoint in endpoints)
        {
            // What was there before a reload keeps the time it came.
            if (layout.SlowStart is not null && endpoint.JoinedAt == Endpoint.Settled)
            {
                endpoint.JoinedAt = now;
            }
        }

        Cluster.Publish(EndpointSet.AsRecorded(endpoints, weights, layout, static endpoint => endpoint.IsUsable), resolution);
    }

    private void PublishPlain(
        ImmutableArray<Endpoint> published, ImmutableArray<int> weights, Dictionary<UpstreamEndpoint, int> positions, ClusterResolution resolution)
    {
        HashPlacement? placement = Cluster.HashInputs is null ? null : KetamaContinuum.Build(Targets(positions), _slots);
        Cluster.Publish(
            Cluster.Health is null
                ? new EndpointSet(published, weights, _threshold, placement)
                : EndpointSet.AsRecorded(published, weights, _threshold, placement),
            resolution);
    }

    // What has no weight gets no traffic and is not probed either.
    private ProbeTarget[] ProbeTargets_NeedsLock() =>
    [
        .. _members.SelectMany(static member => member.Addresses
                .Where(static address => address.Weight > 0)
                .Select(address => new ProbeTarget(address.Endpoint, address.EndPoint, member.Host)))
            .DistinctBy(static target => target.Endpoint),
    ];

    private MemberAddress Locate(ClusterMember member, ResolvedAddress address)
    {
        IPEndPoint at = new(address.Address, address.Port);
        UpstreamEndpoint endpoint = _registry.Endpoint(Cluster, at, _hosts.Of(member.Host, address), _ledger, _hosts.TlsOf(member.Host, address));
        return new MemberAddress(endpoint, at, address.Weight ?? member.Weight, address.ServiceHost);
    }

    private List<ContinuumTarget> Targets(Dictionary<UpstreamEndpoint, int> positions) =>
    [
        .. _members.Select(member => new ContinuumTarget(member.Host, member.Port,
        [
            .. member.Addresses.Select(address => new ContinuumAddress(
                PlaceName(member, address), address.EndPoint.Port, address.Weight, positions[address.Endpoint])),
        ])),
    ];

    // Kong places an SRV record under the host it names and looks that up per request; where it has several addresses each has its own place.
    private static string PlaceName(ClusterMember member, MemberAddress address) =>
        address.ServiceHost is { } host && member.Addresses.Count(other => other.ServiceHost == host && other.EndPoint.Port == address.EndPoint.Port) == 1
            ? host
            : address.EndPoint.Address.ToString();
}
