using System.Collections.Immutable;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// The virtual hosts of one route table (<c>istio: pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig</c>, mesh.md 3.1): hosts of servers and
/// VirtualServices intersected, rules of several VirtualServices concatenated in Istio's order, catch-alls moved to the end. One per
/// compilation; not thread-safe.
/// </summary>
internal sealed class VirtualHostCompiler
{
    private readonly MeshModel _model;
    private readonly MeshOptions _options;
    private readonly MeshRouteCompiler _routes;
    private readonly ICollection<MeshIssue> _issues;
    private readonly Dictionary<string, IReadOnlyList<(VirtualService Owner, HttpRule Rule)>> _rules = [];

    public VirtualHostCompiler(MeshModel model, MeshOptions options, MeshRouteCompiler routes, ICollection<MeshIssue> issues)
    {
        _model = model;
        _options = options;
        _routes = routes;
        _issues = issues;
        Dictionary<string, VirtualService> all = [];
        foreach (VirtualService service in model.VirtualServices)
        {
            all[service.FullName] = service;
        }

        foreach (VirtualService service in model.VirtualServices.Where(static service => !service.IsDelegate))
        {
            _rules[service.FullName] = DelegateMerge.Rules(service, all, issues);
        }
    }

    /// <summary>Compiles one chain, in the order of the names of its hosts.</summary>
    public ImmutableArray<VirtualHostPlan> Compile(MergedChain chain)
    {
        Dictionary<string, Draft> drafts = new(StringComparer.OrdinalIgnoreCase);
        Dictionary<(string Gateway, int Port, string VirtualService), CompiledRules> known = [];
        foreach ((Gateway gateway, GatewayServer server) in chain.Servers)
        {
            bool redirects = server.Tls?.HttpsRedirect == true;
            foreach (VirtualService service in _model.VirtualServices)
            {
                IReadOnlyList<string> hosts = Hosts(gateway, server, service);
                if (hosts.Count == 0)
                {
                    continue;
                }

                if (!known.TryGetValue((gateway.FullName, server.Port, service.FullName), out CompiledRules? rules))
                {
                    known[(gateway.FullName, server.Port, service.FullName)] = rules = Rules(gateway, server, service);
                }

                if (rules.Routes.Count == 0)
                {
                    continue;
                }

                foreach (string host in hosts)
                {
                    Draft draft = Get(drafts, host, server.Port);
                    draft.RequiresTls |= redirects;
                    if (!draft.Parts.Contains(rules))
                    {
                        draft.Parts.Add(rules);
                    }
                }
            }

            // A host without VirtualService redirects too.
            foreach (GatewayHost host in server.Hosts.Where(_ => redirects))
            {
                Get(drafts, host.Host, server.Port).RequiresTls = true;
            }
        }

        return Finish(drafts);
    }

    private static Draft Get(Dictionary<string, Draft> drafts, string host, int port)
    {
        if (!drafts.TryGetValue(host, out Draft? draft))
        {
            drafts[host] = draft = new Draft(host.ToLowerInvariant(), port);
        }

        return draft;
    }

    private ImmutableArray<VirtualHostPlan> Finish(Dictionary<string, Draft> drafts)
    {
        // Hosts of the same VirtualServices share one table.
        Dictionary<CompiledRules, List<(List<CompiledRules> Parts, OrderedRouteTable<MeshRoutePlan> Table)>> tables =
            new(ReferenceEqualityComparer.Instance);
        OrderedRouteTable<MeshRoutePlan> none = new([]);
        ImmutableArray<VirtualHostPlan>.Builder plans = ImmutableArray.CreateBuilder<VirtualHostPlan>(drafts.Count);
        foreach (Draft draft in drafts.Values.OrderBy(static draft => draft.Domain, StringComparer.Ordinal))
        {
            OrderedRouteTable<MeshRoutePlan> table = draft.Parts is [var first, ..] ? Shared(tables, first, draft.Parts) : none;
            plans.Add(new VirtualHostPlan
            {
                Name = $"{draft.Domain}:{draft.Port}",
                Domain = draft.Domain,
                RequiresTls = draft.RequiresTls,
                Routes = table,
                Dead = [.. draft.Parts.SelectMany(static part => part.Dead)],
            });
        }

        return plans.DrainToImmutable();
    }

    private OrderedRouteTable<MeshRoutePlan> Shared(
        Dictionary<CompiledRules, List<(List<CompiledRules> Parts, OrderedRouteTable<MeshRoutePlan> Table)>> tables,
        CompiledRules first,
        List<CompiledRules> parts)
    {
        if (!tables.TryGetValue(first, out List<(List<CompiledRules> Parts, OrderedRouteTable<MeshRoutePlan> Table)>? known))
        {
            tables[first] = known = [];
        }

        if (known.Find(entry => entry.Parts.SequenceEqual(parts)).Table is { } table)
        {
            return table;
        }

        table = Table(parts);
        known.Add((parts, table));
        return table;
    }

    private OrderedRouteTable<MeshRoutePlan> Table(List<CompiledRules> parts)
    {
        Dictionary<RouteSource, MeshRoutePlan> plans = new(ReferenceEqualityComparer.Instance);
        foreach ((RouteSource source, MeshRoutePlan plan) in parts.SelectMany(static part => part.Routes))
        {
            plans[source] = plan;
        }

        IReadOnlyList<RouteSource> sorted = RouteOrdering.Sort(
            parts.SelectMany(static part => part.Routes).Select(static route => route.Source), _options.RouteOrder);
        return new OrderedRouteTable<MeshRoutePlan>([.. sorted.Select(source => (plans[source], source.Conditions))]);
    }

    private CompiledRules Rules(Gateway gateway, GatewayServer server, VirtualService service)
    {
        ExpandedRules expanded = ExpandedRules.Of(_rules[service.FullName], server.Port, gateway.FullName, _options, _issues);
        // tls of a plain server only redirects.
        bool isTls = server.Protocol == GatewayProtocol.Https;
        return new CompiledRules(
            [.. expanded.Routes.Select(source => (source, _routes.Compile(source, server.Port, isTls)))], expanded.Dead);
    }

    private IReadOnlyList<string> Hosts(Gateway gateway, GatewayServer server, VirtualService service) =>
        service.IsDelegate || !IsVisible(service) || service.Gateways.All(named => named.Name != gateway.FullName)
            ? []
            : HostIntersection.Of(
                server.Hosts.Where(host => host.Namespace is null || host.Namespace == service.Namespace).Select(static host => host.Host),
                [.. service.Hosts.Select(static host => host.Name)]);

    private bool IsVisible(VirtualService service) =>
        service.ExportTo.Count == 0
        || service.ExportTo.Any(ns => ns == "*" || ns == _options.Namespace || (ns == "." && service.Namespace == _options.Namespace));

    // A virtual host while its parts are collected.
    private sealed class Draft(string domain, int port)
    {
        public string Domain { get; } = domain;

        public int Port { get; } = port;

        public bool RequiresTls { get; set; }

        public List<CompiledRules> Parts { get; } = [];
    }

    private sealed class CompiledRules(IReadOnlyList<(RouteSource Source, MeshRoutePlan Plan)> routes, IReadOnlyList<DeadRoute> dead)
    {
        public IReadOnlyList<(RouteSource Source, MeshRoutePlan Plan)> Routes { get; } = routes;

        public IReadOnlyList<DeadRoute> Dead { get; } = dead;
    }
}
