namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What a destination leads to.</summary>
internal enum MeshClusterOutcome
{
    Found,

    /// <summary>The host is known and has no subset of that name: 503 NC.</summary>
    SubsetMissing,

    /// <summary>No such host can exist (a wildcard or a name no resolver would take): 503 NC.</summary>
    HostUnknown,
}

/// <summary>The answer to <see cref="MeshClusterTable.Find"/>.</summary>
/// <param name="Outcome">Whether there is a cluster, and why not.</param>
/// <param name="Plan">The cluster; null unless found.</param>
internal readonly record struct MeshClusterLookup(MeshClusterOutcome Outcome, MeshClusterPlan? Plan);

/// <summary>
/// The clusters of one configuration by destination. Asked while routes are compiled, never while serving. Thread-safe once it is built.
/// </summary>
internal abstract class MeshClusterTable
{
    /// <summary>The cluster of a destination.</summary>
    /// <param name="host">Full name, without regard to case; short names are expanded by <see cref="MeshHosts.Qualify"/> first.</param>
    /// <param name="port">Port of the service.</param>
    /// <param name="subset">Null or empty for the whole service.</param>
    public abstract MeshClusterLookup Find(string host, int port, string? subset);

    /// <summary>The port of a destination that names none: that of the service when it has exactly one, else null.</summary>
    public abstract int? OnlyPort(string host);
}
