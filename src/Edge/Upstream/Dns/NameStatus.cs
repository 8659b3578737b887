namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>What the addresses of a <see cref="NameAnswer"/> are worth.</summary>
public enum NameStatus
{
    /// <summary>The latest lookup gave these addresses.</summary>
    Resolved,

    /// <summary>The latest lookup failed; the addresses are those of the last one that did not.</summary>
    Stale,

    /// <summary>The servers say that the name has no address. The list is empty.</summary>
    NotFound,

    /// <summary>No server answered usefully and no earlier answer exists. The list is empty.</summary>
    Failed,
}
