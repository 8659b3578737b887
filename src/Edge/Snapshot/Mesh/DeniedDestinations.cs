using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Which destinations no request may reach, because a document that guards them is not enforced (mesh.md 20, item 5): by the labels of the
/// service's endpoints, or of the pods that it selects; where no labels are known, by <c>app</c> being the name of the service. A guard that
/// might mean a destination is taken to mean it. Immutable.
/// </summary>
internal sealed class DeniedDestinations
{
    private readonly MeshModel _model;
    private readonly Dictionary<string, DeniedWorkload?> _known = new(StringComparer.OrdinalIgnoreCase);

    public DeniedDestinations(MeshModel model) => _model = model;

    /// <summary>The guard of a destination, or null.</summary>
    /// <param name="host">Full name.</param>
    /// <param name="owner">Namespace of the VirtualService, which counts for hosts that no document declares.</param>
    public DeniedWorkload? Find(string host, string owner)
    {
        if (_model.DeniedWorkloads.Count == 0)
        {
            return null;
        }

        string key = $"{owner}/{host}";
        if (!_known.TryGetValue(key, out DeniedWorkload? guard))
        {
            _known[key] = guard = Search(host, owner);
        }

        return guard;
    }

    /// <summary>
    /// The guard of a Kong service or of what its upstream leads to, or null. Nothing says in which namespace a short name of Kong's stands: it may be that
    /// of any guard.
    /// </summary>
    public DeniedWorkload? FindForKong(string host, KongUpstream? upstream)
    {
        IEnumerable<string> hosts = (upstream?.Targets ?? []).Select(static target => HostOf(target.Target)).Prepend(host);
        return hosts.SelectMany(name => _model.DeniedWorkloads.Select(guard => Find(name, guard.Namespace ?? MeshModel.RootNamespace)))
            .FirstOrDefault(static guard => guard is not null);
    }

    /// <summary>The guard of the gateway itself, or null.</summary>
    public DeniedWorkload? OfGateway(MeshOptions options) =>
        _model.DeniedWorkloads.FirstOrDefault(guard => guard.Covers(options.Namespace, options.Labels));

    private DeniedWorkload? Search(string host, string owner)
    {
        ServiceEntry[] entries =
        [
            .. _model.ServiceEntries.Where(candidate => candidate.Hosts.Any(pattern => MeshHosts.Covers(pattern.Name, host))),
        ];
        (string? Namespace, LabelSet Labels, bool All)[] workloads =
        [
            .. Namespaces(host).SelectMany(ns => Pods(host, ns)),
            .. entries.SelectMany(entry => Workloads(entry).SelectMany(workload =>
                Namespaces(host).Append(entry.Namespace).Select(ns => ((string?)ns, workload.Labels, workload.All)))),
        ];
        if (workloads.Length == 0)
        {
            LabelSet named = new([new("app", host.Split('.')[0])]);
            workloads = [.. Namespaces(host).Append(entries.Length == 0 && MeshHosts.NamespaceOf(host) is null ? owner : null).Concat(entries.Select(static entry => entry.Namespace))
                .OfType<string>().Select(ns => ((string?)ns, named, false))];
        }

        return _model.DeniedWorkloads.FirstOrDefault(guard => workloads.Any(workload =>
            (guard.Namespace is null || guard.Namespace == workload.Namespace)
            && (workload.All ? guard.Selector.Selects(workload.Labels) : MaySelect(guard.Selector, workload.Labels))));
    }

    private static string HostOf(string target)
    {
        int colon = target.LastIndexOf(':');
        return colon > 0 && !target.EndsWith(']') ? target[..colon] : target;
    }

    // x.ns is looked up as a service of the cluster too.
    private static IEnumerable<string> Namespaces(string host)
    {
        if (MeshHosts.NamespaceOf(host) is { } ns)
        {
            return [ns];
        }

        string[] parts = host.Split('.');
        return parts.Length == 2 || (parts.Length > 2 && parts[2] == "svc") ? [parts[1]] : [];
    }

    // Labels that are not known may be any.
    private static bool MaySelect(LabelSet selector, LabelSet known) =>
        selector.All.All(label => known[label.Key] is not { } value || value == label.Value);

    // What is known of the labels of the pods of a service; that is never all of them.
    private IEnumerable<(string? Namespace, LabelSet Labels, bool All)> Pods(string host, string ns)
    {
        string full = $"{host.Split('.')[0]}.{ns}.svc.cluster.local";
        foreach (KubernetesService service in _model.KubernetesServices.Where(service => service.Host.Equals(full, StringComparison.OrdinalIgnoreCase)))
        {
            LabelSet pods = service.Selector.Count > 0 ? service.Selector : new LabelSet([new("app", service.Name)]);
            yield return (service.Namespace, pods, false);
            foreach (SliceEndpoint endpoint in _model.EndpointSlices
                .Where(slice => slice.Namespace == service.Namespace && slice.ServiceName == service.Name)
                .SelectMany(static slice => slice.Endpoints)
                .Where(static endpoint => endpoint.Labels.Count > 0))
            {
                yield return (service.Namespace, new LabelSet([.. pods.All, .. endpoint.Labels.All]), false);
            }
        }
    }

    private IEnumerable<(string? Namespace, LabelSet Labels, bool All)> Workloads(ServiceEntry entry)
    {
        foreach (WorkloadEndpoint endpoint in entry.Endpoints)
        {
            yield return (entry.Namespace, endpoint.Labels, true);
        }

        if (entry.WorkloadSelector is { } selector)
        {
            foreach (WorkloadEntry workload in _model.WorkloadEntries.Where(
                workload => workload.Namespace == entry.Namespace && selector.Selects(workload.Endpoint.Labels)))
            {
                yield return (workload.Namespace, workload.Endpoint.Labels, true);
            }
        }
    }
}
