using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>One endpoint of a service as the documents give it: an address, or a name whose addresses are all endpoints. Immutable.</summary>
/// <param name="Address">Address or name.</param>
/// <param name="Port">Port to connect to.</param>
/// <param name="Weight">Share, at least 1; 0 only for a Kong target that is out of rotation.</param>
/// <param name="Labels">Labels of the workload, its place among them.</param>
/// <param name="Locality">Where it is.</param>
/// <param name="Span">Where it is written; <see cref="SourceSpan.None"/> for a host that is only looked up.</param>
internal sealed record MeshMember(string Address, int Port, int Weight, LabelSet Labels, MeshLocality Locality, SourceSpan Span)
{
    /// <summary>The endpoints of a host that nothing describes: whatever its name resolves to.</summary>
    public static MeshMember OfName(string host, int port) => new(host, port, 1, LabelSet.Empty, default, SourceSpan.None);
}

/// <summary>A place as <c>region/zone/subzone</c>; unknown parts are empty. Immutable.</summary>
internal readonly record struct MeshLocality(string? Region, string? Zone, string? Subzone)
{
    /// <summary>Reads <c>region/zone/subzone</c>, of which the last parts may be missing.</summary>
    public static MeshLocality Parse(string text)
    {
        string[] parts = text.Split('/');
        return new MeshLocality(parts[0], parts.ElementAtOrDefault(1), parts.ElementAtOrDefault(2));
    }

    public bool IsEmpty => string.IsNullOrEmpty(Region) && string.IsNullOrEmpty(Zone) && string.IsNullOrEmpty(Subzone);

    /// <summary>Whether a pattern of <c>distribute</c> covers it (<c>istio: pilot/pkg/networking/util/util.go</c>, LocalityMatch).</summary>
    public bool Matches(string pattern)
    {
        MeshLocality rule = Parse(pattern);
        return (rule.Region == "*" || (rule.Region ?? "") == (Region ?? "")) && Part(rule.Zone, Zone) && Part(rule.Subzone, Subzone);
    }

    /// <summary>How near another place is: 0 the same subzone, 1 zone, 2 region, 3 none (LbPriority there).</summary>
    public int DistanceTo(in MeshLocality other) =>
        (Region ?? "") != (other.Region ?? "") ? 3
        : (Zone ?? "") != (other.Zone ?? "") ? 2
        : (Subzone ?? "") != (other.Subzone ?? "") ? 1
        : 0;

    public override string ToString() => string.Join('/', Region, Zone, Subzone).TrimEnd('/');

    private static bool Part(string? rule, string? own) => string.IsNullOrEmpty(rule) || rule == "*" || rule == (own ?? "");
}
