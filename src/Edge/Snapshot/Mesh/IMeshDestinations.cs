namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>Where the destinations of routes lead. Asked while routes are compiled, never while serving.</summary>
internal interface IMeshDestinations
{
    /// <summary>The cluster of a destination.</summary>
    /// <param name="host">Full name, without regard to case.</param>
    /// <param name="port">Port of the service.</param>
    /// <param name="subset">Null or empty for the whole service.</param>
    MeshClusterLookup Find(string host, int port, string? subset);

    /// <summary>The port of a destination that names none: that of the service when it has exactly one, else null.</summary>
    int? OnlyPort(string host);
}
