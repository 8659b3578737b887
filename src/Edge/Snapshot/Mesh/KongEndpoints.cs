using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>Targets of a Kong upstream as endpoints of the host it is named after; they carry no labels. Immutable.</summary>
internal sealed class KongEndpoints(KongUpstream upstream) : IEndpointSource
{
    public string Kind => "Kong upstream";

    public IEnumerable<MeshMember> Members(string host, int port) => upstream.Targets.Select(
        static target => new MeshMember(target.Host, target.Port, target.Weight, LabelSet.Empty, default, SourceSpan.None));
}
