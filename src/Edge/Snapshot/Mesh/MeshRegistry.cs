using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// The hosts that Kubernetes Services, ServiceEntries and Kong upstreams describe. Services come first, entries of the same host add to them, an
/// upstream serves a host that neither describes. Immutable, thread-safe.
/// </summary>
internal sealed class MeshRegistry
{
    private readonly Dictionary<string, MeshService> _services = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<MeshService> _wildcards = [];

    public MeshRegistry(MeshModel model, IReadOnlyList<KongUpstream> upstreams)
    {
        foreach (KubernetesService service in model.KubernetesServices)
        {
            EndpointSlice[] slices = [.. model.EndpointSlices.Where(slice => slice.Namespace == service.Namespace && slice.ServiceName == service.Name)];
            WorkloadEntry[] workloads = service.Selector.Count == 0 ? [] : Workloads(model, service.Namespace, service.Selector);
            Of(service.Host, service.Namespace).Add(new KubernetesEndpoints(service, slices, workloads), service.Ports);
        }

        foreach (ServiceEntry entry in model.ServiceEntries)
        {
            WorkloadEntry[] workloads = entry.WorkloadSelector is { } selector ? Workloads(model, entry.Namespace, selector) : [];
            foreach (LocatedName host in entry.Hosts)
            {
                Of(host.Name.ToLowerInvariant(), entry.Namespace).Add(new WorkloadEndpoints(entry, workloads), entry.Ports, entry.SubjectAltNames);
            }
        }

        _wildcards = [.. _services.Values.Where(static service => service.Host.StartsWith('*')).OrderByDescending(static service => service.Host.Length)];
        foreach (KongUpstream upstream in upstreams)
        {
            string name = upstream.Name.ToLowerInvariant();
            if (!_services.ContainsKey(name))
            {
                MeshService service = new(name, MeshHosts.NamespaceOf(name));
                service.Add(new KongEndpoints(upstream), []);
                _services.Add(name, service);
            }
        }
    }

    /// <summary>The service of a full host name: the same name, else the longest wildcard, else a Kong upstream named by a shorter form of it.</summary>
    public MeshService? Find(string host)
    {
        if (_services.TryGetValue(host, out MeshService? exact))
        {
            return exact;
        }

        return _wildcards.Find(service => MeshHosts.Covers(service.Host, host))
            ?? MeshHosts.ShorterForms(host).Select(name => _services.GetValueOrDefault(name)).FirstOrDefault(static service => service is { Namespace: null });
    }

    private static WorkloadEntry[] Workloads(MeshModel model, string ns, LabelSet selector) =>
    [
        .. model.WorkloadEntries.Where(workload => workload.Namespace == ns
            && selector.Selects(new LabelSet(workload.Labels.All.Concat(workload.Endpoint.Labels.All)))),
    ];

    private MeshService Of(string host, string ns)
    {
        if (!_services.TryGetValue(host, out MeshService? service))
        {
            service = new MeshService(host, ns);
            _services.Add(host, service);
        }

        return service;
    }
}
