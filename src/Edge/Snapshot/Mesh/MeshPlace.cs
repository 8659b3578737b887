using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>Labels that say where a proxy or a workload is (<c>istio.io/api/label</c>), for <c>failoverPriority</c>. Stateless.</summary>
internal static class MeshPlace
{
    public const string Network = "topology.istio.io/network";
    public const string Cluster = "topology.istio.io/cluster";
    public const string Region = "topology.kubernetes.io/region";
    public const string Zone = "topology.kubernetes.io/zone";
    public const string Subzone = "topology.istio.io/subzone";

    // Istio's own label for a place, with dots because a label value has no slashes.
    private const string LocalityLabel = "istio-locality";

    /// <summary>The place of a workload: as written, else by its labels.</summary>
    public static MeshLocality LocalityOf(string written, LabelSet labels)
    {
        if (written.Length != 0)
        {
            return MeshLocality.Parse(written);
        }

        return labels[LocalityLabel] is { Length: > 0 } label
            ? MeshLocality.Parse(label.Contains('/', StringComparison.Ordinal) ? label : label.Replace('.', '/'))
            : new MeshLocality(labels[Region], labels[Zone], labels[Subzone]);
    }

    /// <summary>Labels with those of the place added, where they are not written.</summary>
    public static LabelSet WithPlace(LabelSet labels, in MeshLocality locality, string? network, string? cluster = null)
    {
        Dictionary<string, string> all = new(labels.All);
        Add(Network, network);
        Add(Cluster, cluster);
        Add(Region, locality.Region);
        Add(Zone, locality.Zone);
        Add(Subzone, locality.Subzone);
        return all.Count == labels.Count ? labels : new LabelSet(all);

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                all.TryAdd(key, value);
            }
        }
    }
}
