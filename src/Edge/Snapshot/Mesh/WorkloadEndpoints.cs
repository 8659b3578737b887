using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Endpoints of a ServiceEntry: those written out and the workload entries that its selector finds; where names are resolved and none is written,
/// the host itself. NONE means the address the client asked for, which an edge does not know, so a host without endpoints is looked up. Immutable.
/// </summary>
internal sealed class WorkloadEndpoints(ServiceEntry entry, IReadOnlyList<WorkloadEntry> workloads) : IEndpointSource
{
    public string Kind => "ServiceEntry";

    public IEnumerable<MeshMember> Members(string host, int port)
    {
        if (entry.Ports.FirstOrDefault(known => known.Number == port) is not { } named)
        {
            yield break;
        }

        int target = named.TargetPort ?? port;
        if (entry.Endpoints.Count == 0 && entry.WorkloadSelector is null)
        {
            if (entry.Resolution is not ServiceResolution.Static && MeshHosts.CanExist(host))
            {
                yield return MeshMember.OfName(host, target);
            }

            yield break;
        }

        foreach (WorkloadEndpoint endpoint in entry.Endpoints)
        {
            if (Of(endpoint, named.Name, target, LabelSet.Empty) is { } member)
            {
                yield return member;
            }
        }

        foreach (WorkloadEntry workload in workloads)
        {
            if (Of(workload.Endpoint, named.Name, target, workload.Labels) is { } member)
            {
                yield return member;
            }
        }
    }

    /// <summary>One endpoint that is written out; null for an address that is no address here (a socket path).</summary>
    /// <param name="endpoint">As written.</param>
    /// <param name="portName">Name of the service's port.</param>
    /// <param name="port">Port where the endpoint names none.</param>
    /// <param name="inherited">Labels of the object around it; its own go before them.</param>
    public static MeshMember? Of(WorkloadEndpoint endpoint, string portName, int port, LabelSet inherited)
    {
        if (!MeshHosts.CanExist(endpoint.Address))
        {
            return null;
        }

        LabelSet labels = inherited.Count == 0 ? endpoint.Labels : new LabelSet(inherited.All.Concat(endpoint.Labels.All));
        MeshLocality locality = MeshPlace.LocalityOf(endpoint.Locality, labels);
        return new MeshMember(
            endpoint.Address,
            endpoint.Ports.TryGetValue(portName, out int own) ? own : port,
            endpoint.Weight > 0 ? endpoint.Weight : 1,
            MeshPlace.WithPlace(labels, locality, endpoint.Network),
            locality,
            endpoint.Span);
    }
}
