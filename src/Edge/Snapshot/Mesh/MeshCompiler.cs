using System.Collections.Immutable;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Telemetry.MeshMetrics;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Compiles Gateways and VirtualServices into listeners. All names are resolved here. Stateless; what it finds goes to the caller.
/// </summary>
internal static class MeshCompiler
{
    /// <param name="model">The documents.</param>
    /// <param name="options">What decides besides them.</param>
    /// <param name="clusters">Where destinations lead.</param>
    /// <param name="issues">Gets what only the combination of the documents shows.</param>
    /// <param name="log">Opens the access log that the documents name; null for none.</param>
    /// <param name="series">Where requests are counted; null counts none.</param>
    public static MeshSnapshot Compile(
        MeshModel model,
        MeshOptions options,
        IMeshDestinations clusters,
        ICollection<MeshIssue> issues,
        Func<MeshConfig, MeshAccessLog?>? log = null,
        MeshSeries? series = null)
    {
        if (model.Gateways.Count == 0)
        {
            return MeshSnapshot.Empty;
        }

        options = options.Of(model.MeshConfig);
        DeniedDestinations denied = new(model);
        VirtualHostCompiler hosts = new(
            model, options, new MeshRouteCompiler(clusters, denied, model.MeshConfig.DefaultHttpRetryPolicy, issues), issues);
        GatewayListenerPlan[] listeners = [.. GatewayMerge.Merge(model, options, issues).Select(listener => Listener(listener, model, hosts))];
        return new MeshSnapshot(listeners, [.. Clusters(listeners)], denied.OfGateway(options))
        {
            TrustedHops = model.MeshConfig.Proxy.NumTrustedProxies,
            OwnFields = MeshOwnFields.Of(model.MeshConfig.Proxy),
            Paths = model.MeshConfig.PathNormalization,
            AccessLog = log?.Invoke(model.MeshConfig),
            Metrics = series is null ? null : Metrics(model, series),
            HiddenStats = [.. model.MeshConfig.Proxy.StatsMatcher.ExclusionRegexps.Select(static pattern => pattern.Name)],
            TerminationDrain = model.MeshConfig.Proxy.TerminationDrainDuration,
            DrainDuration = model.MeshConfig.Proxy.DrainDuration,
            NetworkPolicies = model.NetworkPolicies,
        };
    }

    private static MeshMetricsTable Metrics(MeshModel model, MeshSeries series)
    {
        series.Source = MeshIdentities.Source(model.MeshConfig);
        series.IsServed = true;
        return new MeshMetricsTable(model, series);
    }

    private static GatewayListenerPlan Listener(MergedListener listener, MeshModel model, VirtualHostCompiler hosts)
    {
        ImmutableArray<GatewayServerPlan> servers = [.. listener.Chains.Select(chain => Server(chain, listener.IsTls, model, hosts))];
        return new GatewayListenerPlan
        {
            Name = $"{listener.Address}_{listener.Port}",
            Address = listener.Address,
            Port = listener.Port,
            ServerPort = listener.ServerPort,
            PortMapping = listener.Mapping,
            IsTls = listener.IsTls,
            Plain = listener.IsTls ? null : servers[0],
            ByServerName = new DomainTable<GatewayServerPlan>(
                servers.SelectMany(static server => server.ServerNames.Select(name => KeyValuePair.Create(name, server)))),
            Servers = servers,
        };
    }

    private static GatewayServerPlan Server(MergedChain chain, bool isTls, MeshModel model, VirtualHostCompiler compiler)
    {
        (Gateway gateway, GatewayServer server) = chain.Servers[0];
        ImmutableArray<VirtualHostPlan> hosts = compiler.Compile(chain);
        return new GatewayServerPlan
        {
            Name = chain.Name,
            Gateways = [.. chain.Servers.Select(static entry => entry.Gateway.FullName).Distinct()],
            Span = server.Span,
            ServerNames = isTls ? [.. server.Hosts.Select(static host => host.Host).Distinct()] : [],
            Tls = isTls && server.Tls is { } tls ? Tls(gateway, server, tls, model) : null,
            VirtualHosts = new DomainTable<VirtualHostPlan>(hosts.Select(static host => KeyValuePair.Create(host.Domain, host))),
            AllVirtualHosts = hosts,
        };
    }

    // Istio looks for the secret in the namespace of the gateway's pods; files here may be sorted either way, so the Gateway's own counts first.
    private static GatewayTlsPlan Tls(Gateway gateway, GatewayServer server, GatewayTls tls, MeshModel model) => new()
    {
        Settings = tls,
        Namespace = gateway.Namespace,
        Secret = tls.CredentialName is not { } name ? null
            : model.TlsSecrets.FirstOrDefault(secret => secret.Name == name && secret.Namespace == gateway.Namespace)
                ?? model.TlsSecrets.FirstOrDefault(secret => secret.Name == name && secret.Namespace == MeshModel.RootNamespace),
        Http2Only = server.Http2Only,
    };

    private static IEnumerable<MeshClusterPlan> Clusters(IEnumerable<GatewayListenerPlan> listeners) => listeners
        .SelectMany(static listener => listener.Servers)
        .SelectMany(static server => server.AllVirtualHosts)
        .SelectMany(static host => host.Routes.Routes)
        .Distinct()
        .SelectMany(static route => route.Destinations.Concat(route.Mirrors.Select(static mirror => mirror.Destination)))
        .Select(static destination => destination.Cluster)
        .OfType<MeshClusterPlan>()
        .Distinct<MeshClusterPlan>(ReferenceEqualityComparer.Instance)
        .OrderBy(static cluster => cluster.Name, StringComparer.Ordinal);
}
