using System.Collections.Frozen;
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
    private static readonly AclVerdict Pass = new() { IsPass = true };
    private static readonly AclVerdict Unauthorized = new() { Status = 401, Body = KongErrorBody.Templated("Unauthorized") };
    private static readonly AclVerdict Forbidden = new() { Status = 403, Body = KongErrorBody.Templated("You cannot consume this service") };

    private readonly FrozenSet<string> _allow;
    private readonly FrozenSet<string> _deny;

    /// <param name="allow">Groups of which one is needed; empty: no such list.</param>
    /// <param name="deny">Groups of which none may be present; empty: no such list.</param>
    /// <param name="hideGroupsHeader">Do not tell the upstream the groups.</param>
    public GroupAcl(ImmutableArray<string> allow, ImmutableArray<string> deny, bool hideGroupsHeader = false)
    {
        _allow = allow.ToFrozenSet(StringComparer.Ordinal);
        _deny = deny.ToFrozenSet(StringComparer.Ordinal);
        if (_allow.Count == 0 && _deny.Count == 0)
        {
            throw new ArgumentException("An acl without allow and deny would let everybody in.", nameof(allow));
        }

        HideGroupsHeader = hideGroupsHeader;
    }

    public bool HideGroupsHeader { get; }

    public AclVerdict Decide(Identity? identity)
    {
        if (identity is null)
        {
            return Unauthorized;
        }

        if (identity.Consumer is not { } consumer)
        {
            return Forbidden;
        }

        ImmutableArray<string> groups = consumer.Groups;
        if (groups.IsEmpty)
        {
            return _allow.Count == 0 ? Pass : identity.IsAnonymous ? Unauthorized : Forbidden;
        }

        if (Intersects(_deny, groups))
        {
            return Forbidden;
        }

        return _allow.Count == 0 || Intersects(_allow, groups) ? Pass : Forbidden;
    }

    /// <summary>
    /// On pass: sets X-Consumer-Groups to all groups of the consumer unless hidden. Without groups of our own a client's copy is removed, so that it
    /// cannot claim any, and when hidden too; X-Authenticated-Groups, which tells groups of other mechanisms, always, since there are none.
    /// </summary>
    public void Apply<THeaders>(Identity? identity, ref THeaders request)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        request.Remove("X-Authenticated-Groups"u8);
        if (!HideGroupsHeader && identity?.Consumer is { Groups.IsEmpty: false } consumer)
        {
            request.Set("X-Consumer-Groups"u8, consumer.GroupsUtf8);
        }
        else
        {
            request.Remove("X-Consumer-Groups"u8);
        }
    }

    private static bool Intersects(FrozenSet<string> list, ImmutableArray<string> groups)
    {
        if (list.Count == 0)
        {
            return false;
        }

        foreach (string group in groups)
        {
            if (list.Contains(group))
            {
                return true;
            }
        }

        return false;
    }
}
