using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authorization;

/// <summary>The answer of an acl. A plain value.</summary>
public readonly struct AclVerdict
{
    public bool IsPass { get; internal init; }

    /// <summary>401 or 403 on refusal; 0 on pass.</summary>
    public int Status { get; internal init; }

    public KongErrorBody? Body { get; internal init; }
}

/// <summary>
/// Kong's acl plugin (kong.md 8.6). With both lists set (an extension) deny is checked first, then allow must match. Immutable,
/// thread-safe, no allocation.
/// </summary>
public sealed class GroupAcl
{
    public GroupAcl(ImmutableArray<string> allow, ImmutableArray<string> deny, bool hideGroupsHeader = false)
    {
        _ = (allow, deny);
        HideGroupsHeader = hideGroupsHeader;
    }

    public bool HideGroupsHeader { get; }

    public AclVerdict Decide(Identity? identity) => throw new NotImplementedException();

    /// <summary>On pass: sets X-Consumer-Groups unless hidden.</summary>
    public void Apply<THeaders>(Identity? identity, ref THeaders request)
        where THeaders : struct, IHeaderEdits, allows ref struct => throw new NotImplementedException();
}
