using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Health;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>Compiles the host of a service or an upstream into a cluster. Not thread-safe: one compilation at a time.</summary>
internal sealed class ClusterCompiler(StateRegistry registry, EdgeMetrics metrics, ServingOptions options, int loops, ILogger log)
{
    /// <summary>The cluster behind a service whose host is no upstream.</summary>
    public ClusterBuilder OfHost(KongService service, UpstreamTls? tls)
    {
        string name = $"{service.Host}:{service.Port}";
        Cluster cluster = new(name, metrics.Cluster(name), loops, static loop => new RoundRobin((uint)loop));
        ClusterBuilder builder = new(cluster, registry, Ledger(name), new HostFields(null, tls));
        builder.Add(new ClusterMember(Guid.Empty, name, service.Host, service.Port, 100));
        return builder;
    }

    /// <summary>The cluster of an upstream as services with the same TLS settings reach it.</summary>
    /// <param name="upstream">The upstream.</param>
    /// <param name="tls">How those services' connections are secured; null for http.</param>
    /// <param name="probes">What https probes trust and show.</param>
    public ClusterBuilder OfUpstream(KongUpstream upstream, UpstreamTls? tls, UpstreamTls probes)
    {
        string name = upstream.Name;
        Cluster cluster = new(name, metrics.Cluster(name), loops, Balancer(upstream))
        {
            IsUpstream = true,
            Algorithm = NameOf(upstream.Algorithm),
            HashInputs = upstream.Algorithm == KongBalancing.ConsistentHashing
                ? new HashInputs(HashInput.Of(upstream.HashOn), HashInput.Of(upstream.HashFallback), upstream.HashOnCookiePath)
                : null,
            MeasuresLatency = upstream.Algorithm == KongBalancing.Latency,
            Health = ClusterHealth.For(upstream.Healthchecks),
            HealthChanged = (endpoint, change, cause) => Tell(name, endpoint, change, cause),
        };
        HostFields hosts = new(upstream.HostHeader, tls, upstream.UseSrvName);
        ClusterBuilder builder = new(cluster, registry, Ledger(name), hosts, upstream.Slots, upstream.Healthchecks.Threshold) { Id = upstream.Id, ProbeTls = probes };
        foreach (KongTarget target in upstream.Targets)
        {
            builder.Add(new ClusterMember(target.Id, target.Target, target.Host, target.Port, target.Weight));
        }

        return builder;
    }

    private static string NameOf(KongBalancing algorithm) => algorithm switch
    {
        KongBalancing.ConsistentHashing => "consistent-hashing",
        KongBalancing.LeastConnections => "least-connections",
        KongBalancing.Latency => "latency",
        _ => "round-robin",
    };

    private static Func<int, ILoadBalancer> Balancer(KongUpstream upstream) => upstream.Algorithm switch
    {
        KongBalancing.ConsistentHashing => static _ => ConsistentHash.Instance,
        KongBalancing.LeastConnections => static loop => new LeastConnections((uint)loop),
        KongBalancing.Latency => static _ => new PeakLatency(),
        _ => static loop => new RoundRobin((uint)loop),
    };

    private PermitLedger Ledger(string name) => registry.Ledger(name, options.MaxUpstreamConnections, options.MaxUpstreamPending);

    private void Tell(string upstream, UpstreamEndpoint endpoint, HealthChange change, HealthCause cause)
    {
        string by = cause switch
        {
            HealthCause.Active => "active",
            HealthCause.Passive => "passive",
            _ => "manual",
        };
        if (change == HealthChange.BecameHealthy)
        {
            Log.EndpointHealthy(log, upstream, endpoint.Name, by);
        }
        else
        {
            Log.EndpointUnhealthy(log, upstream, endpoint.Name, by);
        }
    }
}
