using System.Collections.Frozen;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>What a compilation made: the snapshot and what keeps its clusters current.</summary>
internal sealed record CompiledSnapshot(
    EdgeSnapshot Snapshot, IReadOnlyList<ClusterBuilder> Clusters, IReadOnlySet<string> Scopes, QuotaCompiler Quotas) : IDisposable
{
    public void Dispose()
    {
        foreach (ClusterBuilder cluster in Clusters)
        {
            cluster.Dispose();
        }
    }
}

/// <summary>
/// Compiles a validated model into a snapshot, wired to the state that survives. All names are resolved here; nothing is looked up by name
/// while serving. Not thread-safe: one compilation at a time.
/// </summary>
internal sealed class SnapshotCompiler(
    StateRegistry registry,
    EdgeMetrics metrics,
    ServingOptions options,
    int loops,
    TracePlanner tracing,
    ILogger? log = null,
    TimeProvider? time = null,
    MeshOptions? gateways = null,
    Func<MeshConfig, MeshAccessLog?>? gatewayLog = null)
{
    private readonly MeshOptions _gateways = gateways ?? new MeshOptions();
    private readonly ClusterCompiler _clusters = new(registry, metrics, options, loops, log ?? NullLogger.Instance);
    private readonly MeshClusterCompiler _meshClusters = new(registry, metrics, options, loops, log ?? NullLogger.Instance);
    private readonly CertificateCompiler _certificates = new(options.Tls);
    private readonly UpstreamTlsCompiler _tls = new(options.UpstreamTls, log ?? NullLogger.Instance);
    private long _version;
    private EntityJson? _entities;

    /// <summary>The snapshot before any configuration: no route.</summary>
    public static EdgeSnapshot Empty(ServingOptions options) => new()
    {
        Version = 0,
        Hash = KongModel.EmptyHash,
        IsEmpty = true,
        Routes = new RouteTable<RoutePlan>([]),
        AllRoutes = [],
        Clusters = [],
        GlobalPlugins = PluginChain.Empty,
        Options = options,
        ForwardedFields = new ForwardedFields(options.Forwarded),
        HeadRules = new HeadRules(options.Rules, []),
    };

    /// <summary>Compiles the documents of both dialects into one snapshot.</summary>
    public CompiledSnapshot Compile(KongModel model, string hash, bool strict = false, MeshModel? mesh = null)
    {
        metrics.BeginGeneration();
        _entities = model.Plugins.Any(static plugin => plugin is { Active: true, Config: HttpLogConfig })
            ? new EntityJson(registry.Queues.Time.GetUtcNow().ToUnixTimeSeconds())
            : null;
        Dictionary<Guid, Consumer> consumers = model.Consumers.ToDictionary(
            static consumer => consumer.Id,
            static consumer => new Consumer(
                consumer.Id.ToString(), consumer.Username, consumer.CustomId, [.. consumer.Groups.Select(static group => group.Group)]));
        QuotaCompiler quotas = new(registry, options.Quota);
        long now = (time ?? TimeProvider.System).GetUtcNow().ToUnixTimeSeconds();
        PluginCompiler plugins = new(
            registry, quotas, new AuthenticationTables(model, consumers, now), consumers, strict, tracing);
        PluginLookup lookup = new(model.Plugins);
        MeshClusterTable? destinations = mesh is { IsEmpty: false } documents
            ? new MeshClusterTable(documents, model.Upstreams, _meshClusters, options.MissingSubsetUsesService)
            : null;
        DeniedDestinations? denied = mesh is null ? null : new DeniedDestinations(mesh);
        Dictionary<(Guid Cluster, string Tls), ClusterBuilder> clusters = [];
        Dictionary<Guid, ServicePlan> services = [];
        foreach (KongService service in model.Services)
        {
            if (service.Enabled)
            {
                services[service.Id] = Service(model, service, clusters, destinations, denied);
            }
        }

        // Upstreams that no service uses are resolved and checked like the others: status shows all of them.
        foreach (KongUpstream upstream in model.Upstreams.Where(upstream => !clusters.Keys.Any(key => key.Cluster == upstream.Id)).ToArray())
        {
            clusters[(upstream.Id, "")] = _clusters.OfUpstream(upstream, null, _tls.OfProbes(model, upstream));
        }

        List<RoutePlan> routes = [];
        foreach (KongRoute route in model.Routes.OrderBy(static route => route.Order))
        {
            // The routes of a disabled service do not exist.
            if (route.Service is not { } reference || services.ContainsKey(reference.Id))
            {
                routes.Add(Route(route, route.Service is { } named ? services[named.Id] : null, lookup, plugins, consumers));
            }
        }

        // Destinations come to be while routes ask for them: afterwards the table names every cluster.
        MeshSnapshot served = destinations is null
            ? MeshSnapshot.Empty
            : MeshCompiler.Compile(mesh!, _gateways, destinations, [], gatewayLog, metrics.Mesh);
        EdgeSnapshot snapshot = new()
        {
            Version = ++_version,
            Hash = hash,
            IsEmpty = model.IsEmpty && served.IsEmpty,
            Routes = new RouteTable<RoutePlan>([.. routes.Select(Definition)]),
            AllRoutes = routes,
            Clusters = [.. clusters.Values.Concat(destinations?.Builders ?? []).Select(static builder => builder.Cluster)],
            GlobalPlugins = plugins.Chain(lookup.Applying(null, null, null), null),
            Options = options,
            ForwardedFields = new ForwardedFields(options.Forwarded),
            HeadRules = new HeadRules(options.Rules, GuardedFields.Of(model)),
            Certificates = _certificates.Compile(model),
            Mesh = served,
            ConsumerIndexes = PerConsumer(model)
                ? model.Consumers.Where(static consumer => consumer.Username is not null)
                    .ToFrozenDictionary(static consumer => consumer.Id.ToString(), consumer => metrics.Consumer(consumer.Username!))
                : FrozenDictionary<string, int>.Empty,
            ConsumerLogJson = _entities is { } entities
                ? model.Consumers.ToFrozenDictionary(static consumer => consumer.Id.ToString(), entities.Consumer)
                : FrozenDictionary<string, byte[]>.Empty,
        };
        return new CompiledSnapshot(snapshot, [.. clusters.Values, .. destinations?.Builders ?? []], plugins.Scopes, quotas);
    }

    private static bool PerConsumer(KongModel model) =>
        model.Plugins.Any(static plugin => plugin is { Active: true, Config: PrometheusConfig { PerConsumer: true } });

    private static RouteDefinition<RoutePlan> Definition(RoutePlan plan) => new(plan)
    {
        Methods = [.. plan.Source.Methods],
        Hosts = [.. plan.Source.Hosts.Select(static host => host.Text)],
        Paths = [.. plan.Source.Paths.Select(static path => path.IsRegex ? path.Text : path.Value)],
        Headers = [.. plan.Source.Headers.Select(static header => new HeaderCondition(
            header.Name, header.Pattern is { } pattern ? ["~*" + pattern] : [.. header.Values]))],
        Snis = [.. plan.Source.Snis],
        RegexPriority = (int)Math.Clamp(plan.Source.RegexPriority, int.MinValue, int.MaxValue),
    };

    private RoutePlan Route(
        KongRoute route,
        ServicePlan? service,
        PluginLookup lookup,
        PluginCompiler plugins,
        Dictionary<Guid, Consumer> consumers)
    {
        string name = route.Label;
        return new RoutePlan
        {
            Source = route,
            Name = name,
            NameUtf8 = Encoding.UTF8.GetBytes(name),
            IdUtf8 = Encoding.ASCII.GetBytes(route.Id.ToString()),
            Service = service,
            LogJson = _entities?.Route(route),
            Rewrite = new PathRewrite(service?.Source.Path, route.StripPath),
            PreserveHost = route.PreserveHost,
            HttpsOnly = route.Protocols.Contains("https") && !route.Protocols.Contains("http"),
            HttpsRedirectStatus = route.HttpsRedirectStatusCode,
            Plugins = Plugins(),
        };

        PluginSet Plugins()
        {
            IReadOnlyList<KongPlugin> applying = lookup.Applying(route.Id, service?.Source.Id, null);
            Dictionary<string, PluginChain> byConsumer = [];
            foreach (Guid consumer in lookup.ScopedConsumers)
            {
                IReadOnlyList<KongPlugin> own = lookup.Applying(route.Id, service?.Source.Id, consumer);
                if (!own.SequenceEqual(applying, ReferenceEqualityComparer.Instance) && consumers.TryGetValue(consumer, out Consumer? known))
                {
                    byConsumer[known.Id] = plugins.Chain(own, Metrics(own, service, name));
                }
            }

            return new PluginSet(
                plugins.Chain(applying, Metrics(applying, service, name)), byConsumer.Count == 0 ? null : byConsumer.ToFrozenDictionary());
        }
    }

    private RouteMetrics? Metrics(IReadOnlyList<KongPlugin> applying, ServicePlan? service, string route)
    {
        if (service is null || applying.FirstOrDefault(static plugin => plugin is { Active: true, Config: PrometheusConfig }) is not { } plugin)
        {
            return null;
        }

        PrometheusConfig config = (PrometheusConfig)plugin.Config;
        RouteMetricSet enabled = (config.StatusCodeMetrics ? RouteMetricSet.StatusCodes : 0)
            | (config.LatencyMetrics ? RouteMetricSet.Latency : 0)
            | (config.BandwidthMetrics ? RouteMetricSet.Bandwidth : 0)
            | (config.PerConsumer ? RouteMetricSet.PerConsumer : 0)
            | (config.UpstreamHealthMetrics ? RouteMetricSet.UpstreamHealth : 0);
        return metrics.Route(service.Name, route, enabled);
    }

    private ServicePlan Service(
        KongModel model,
        KongService service,
        Dictionary<(Guid Cluster, string Tls), ClusterBuilder> clusters,
        MeshClusterTable? destinations,
        DeniedDestinations? denied)
    {
        KongUpstream? upstream = model.Upstreams.FirstOrDefault(
            candidate => candidate.Name.Equals(service.Host, StringComparison.OrdinalIgnoreCase));
        UpstreamTls? tls = _tls.Of(model, service, upstream);
        DeniedWorkload? guard = denied?.FindForKong(service.Host, upstream);
        (Guid, string) key = (upstream?.Id ?? service.Id, tls?.Identity ?? "");
        if (upstream is null && destinations?.FindForKong(service.Host, service.Port, tls) is { } destination)
        {
            return Plan(service, destination.Cluster, guard);
        }

        if (!clusters.TryGetValue(key, out ClusterBuilder? builder))
        {
            builder = upstream is null ? _clusters.OfHost(service, tls) : _clusters.OfUpstream(upstream, tls, _tls.OfProbes(model, upstream));
            clusters[key] = builder;
        }

        return Plan(service, builder.Cluster, guard);
    }

    private ServicePlan Plan(KongService service, Cluster cluster, DeniedWorkload? guard) => new()
    {
        Source = service,
        Name = service.Label,
        NameUtf8 = Encoding.UTF8.GetBytes(service.Label),
        IdUtf8 = Encoding.ASCII.GetBytes(service.Id.ToString()),
        Cluster = cluster,
        Guard = guard,
        LogJson = _entities?.Service(service),
        Retries = service.Retries,
        ConnectTimeout = Milliseconds(service.ConnectTimeout),
        WriteTimeout = Milliseconds(service.WriteTimeout),
        ReadTimeout = Milliseconds(service.ReadTimeout),
    };

    private static int Milliseconds(TimeSpan span) => (int)Math.Clamp(span.TotalMilliseconds, 1, int.MaxValue);
}
