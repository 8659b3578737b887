using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What a destination leads to.</summary>
internal enum MeshClusterOutcome
{
    Found,

    /// <summary>The host is known and has no subset of that name: 503 NC.</summary>
    SubsetMissing,

    /// <summary>The documents describe the host and give it no such port: 503 NC.</summary>
    PortMissing,

    /// <summary>No such host can exist (a wildcard or a name no resolver would take): 503 NC.</summary>
    HostUnknown,
}

/// <summary>The answer to <see cref="MeshClusterTable.Find"/>.</summary>
/// <param name="Outcome">Whether there is a cluster, and why not.</param>
/// <param name="Plan">The cluster; null unless found.</param>
internal readonly record struct MeshClusterLookup(MeshClusterOutcome Outcome, MeshClusterPlan? Plan);

/// <summary>
/// The clusters of one configuration by destination, each compiled when it is first asked for. Used while a configuration is compiled, never while
/// serving. Not thread-safe.
/// </summary>
internal sealed class MeshClusterTable : IMeshDestinations
{
    private readonly MeshModel _model;
    private readonly MeshClusterCompiler _compiler;
    private readonly bool _missingIsWhole;
    private readonly MeshRegistry _registry;
    private readonly DestinationRuleTable _rules;
    private readonly Dictionary<(string Host, int? Port), TrafficPolicy> _routePolicies = [];
    private readonly Dictionary<string, (MeshClusterPlan Plan, ClusterBuilder Builder)> _clusters = [];
    private readonly Dictionary<(string Name, string Tls), (MeshClusterPlan Plan, ClusterBuilder Builder)> _kong = [];

    /// <param name="model">The documents of Istio and Kubernetes.</param>
    /// <param name="upstreams">Kong's upstreams, which serve hosts of their names.</param>
    /// <param name="compiler">Makes clusters.</param>
    /// <param name="missingIsWhole">Whether a subset that is not defined stands for the whole service (<c>EDGE_MISSING_SUBSET</c>).</param>
    public MeshClusterTable(MeshModel model, IReadOnlyList<KongUpstream> upstreams, MeshClusterCompiler compiler, bool missingIsWhole)
    {
        _model = model;
        _compiler = compiler;
        _missingIsWhole = missingIsWhole;
        _registry = new MeshRegistry(model, upstreams);
        _rules = new DestinationRuleTable(model.DestinationRules, MeshClusterCompiler.ProxyNamespace(model.MeshConfig), MeshOptions.IngressLabels);
        foreach (HttpRule rule in model.VirtualServices.SelectMany(static service => service.Http))
        {
            foreach (RouteDestination destination in rule.TrafficPolicy is null ? [] : rule.Destinations)
            {
                _routePolicies.TryAdd((destination.Destination.ResolvedHost, destination.Destination.Port), rule.TrafficPolicy!);
            }
        }
    }

    /// <summary>Every cluster asked for so far.</summary>
    public IReadOnlyList<MeshClusterPlan> Plans => [.. _clusters.Values.Select(static made => made.Plan)];

    /// <summary>What keeps their endpoints current.</summary>
    public IEnumerable<ClusterBuilder> Builders => _clusters.Values.Concat(_kong.Values).Select(static made => made.Builder);

    /// <summary>The cluster of a destination.</summary>
    /// <param name="host">Full name, without regard to case; short names are expanded by <see cref="MeshHosts.Qualify"/> first.</param>
    /// <param name="port">Port of the service.</param>
    /// <param name="subset">Null or empty for the whole service.</param>
    public MeshClusterLookup Find(string host, int port, string? subset)
    {
        host = host.ToLowerInvariant().TrimEnd('.');
        if (Resolve(host, port, subset, out MeshDestination? destination) is not MeshClusterOutcome.Found and var outcome)
        {
            return new MeshClusterLookup(outcome, null);
        }

        if (!_clusters.TryGetValue(destination!.Name, out (MeshClusterPlan Plan, ClusterBuilder Builder) made))
        {
            made = _compiler.Compile(destination, _model);
            _clusters.Add(destination.Name, made);
        }

        return new MeshClusterLookup(MeshClusterOutcome.Found, made.Plan);
    }

    /// <summary>The port of a destination that names none: that of the service when it has exactly one, else null.</summary>
    public int? OnlyPort(string host) => _registry.Find(host.ToLowerInvariant().TrimEnd('.'))?.Ports is [var only] ? only.Number : null;

    /// <summary>
    /// The cluster of a Kong service whose host the mesh knows, by a document that describes it or a rule that speaks of it; null for other hosts.
    /// Limits and ejections are those of the destination; the service's own protocol decides about TLS unless it is plain.
    /// </summary>
    public MeshClusterPlan? FindForKong(string host, int port, UpstreamTls? tls)
    {
        host = host.ToLowerInvariant().TrimEnd('.');
        MeshService? service = _registry.Find(host);
        bool described = service is { Namespace: not null } && !service.Source.Contains("Kong", StringComparison.Ordinal);
        if (!described && _rules.Find(host, MeshHosts.NamespaceOf(host)) is null)
        {
            return null;
        }

        if (Resolve(host, port, null, out MeshDestination? destination) != MeshClusterOutcome.Found)
        {
            return null;
        }

        if (tls is null)
        {
            return Find(host, port, null).Plan;
        }

        (string, string) key = (destination!.Name, tls.Identity);
        if (!_kong.TryGetValue(key, out (MeshClusterPlan Plan, ClusterBuilder Builder) made))
        {
            made = _compiler.Compile(destination, _model, tls.For(host));
            _kong.Add(key, made);
        }

        return made.Plan;
    }

    /// <summary>What holds for a destination, without making its cluster.</summary>
    public MeshClusterOutcome Resolve(string host, int port, string? subset, out MeshDestination? destination)
    {
        destination = null;
        MeshService? service = _registry.Find(host);
        if (service is null && !MeshHosts.CanExist(host))
        {
            return MeshClusterOutcome.HostUnknown;
        }

        if (service is not null && !service.HasPort(port))
        {
            return MeshClusterOutcome.PortMissing;
        }

        MergedDestinationRule? rule = _rules.Find(host, service?.Namespace ?? MeshHosts.NamespaceOf(host));
        DestinationSubset? chosen = null;
        if (!string.IsNullOrEmpty(subset) && rule?.Subsets.TryGetValue(subset, out chosen) != true && !_missingIsWhole)
        {
            return MeshClusterOutcome.SubsetMissing;
        }

        // What a route says of its destination counts only where no rule speaks of it.
        TrafficPolicy? policy = rule is not null ? rule.Policy
            : _routePolicies.GetValueOrDefault((host, port)) ?? _routePolicies.GetValueOrDefault((host, null));
        destination = new MeshDestination(
            $"outbound|{port}|{chosen?.Name}|{host}",
            host,
            port,
            chosen,
            service,
            TrafficPolicies.Resolve(policy, chosen?.TrafficPolicy, port, _model.MeshConfig.DefaultTrafficPolicy),
            rule?.Rules ?? (policy is null ? [] : [policy.Span]));
        return MeshClusterOutcome.Found;
    }
}
