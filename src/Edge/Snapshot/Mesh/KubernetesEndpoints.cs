using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Endpoints of a Kubernetes Service: the ready ones of its slices and the workload entries that its selector finds; without any slice whatever
/// its name resolves to, which inside of a cluster is its virtual address. Immutable.
/// </summary>
internal sealed class KubernetesEndpoints(KubernetesService service, IReadOnlyList<EndpointSlice> slices, IReadOnlyList<WorkloadEntry> workloads)
    : IEndpointSource
{
    public string Kind => "Service";

    public IEnumerable<MeshMember> Members(string host, int port)
    {
        if (service.Ports.FirstOrDefault(known => known.Number == port) is not { } named)
        {
            yield break;
        }

        if (service.ExternalName is { Length: > 0 } external)
        {
            yield return MeshMember.OfName(external.TrimEnd('.'), port);
            yield break;
        }

        if (slices.Count == 0 && workloads.Count == 0)
        {
            yield return MeshMember.OfName(service.Host, service.IsHeadless ? named.TargetPort ?? port : port);
            yield break;
        }

        foreach (MeshMember member in slices.SelectMany(slice => Of(slice, named)))
        {
            yield return member;
        }

        foreach (WorkloadEntry workload in workloads)
        {
            if (WorkloadEndpoints.Of(workload.Endpoint, named.Name, named.TargetPort ?? port, workload.Labels) is { } member)
            {
                yield return member;
            }
        }
    }

    private static IEnumerable<MeshMember> Of(EndpointSlice slice, ServicePort port)
    {
        // A port is found by the name that service and slice share; both leave it out when there is but one.
        if (slice.Ports.FirstOrDefault(known => known.Name == port.Name) is not { Protocol: "TCP" } found)
        {
            yield break;
        }

        foreach (SliceEndpoint endpoint in slice.Endpoints)
        {
            if (!endpoint.Ready || endpoint.Terminating || endpoint.Addresses.Count == 0)
            {
                continue;
            }

            LabelSet labels = endpoint.Labels;
            MeshLocality locality = MeshPlace.LocalityOf("", labels);
            locality = string.IsNullOrEmpty(locality.Zone) ? locality with { Zone = endpoint.Zone } : locality;
            yield return new MeshMember(
                endpoint.Addresses[0], found.Port, 1, MeshPlace.WithPlace(labels, locality, network: null), locality, endpoint.Span);
        }
    }
}
