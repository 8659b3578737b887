namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>No destination leads anywhere: for who wants to know routes alone.</summary>
internal sealed class UnknownDestinations : IMeshDestinations
{
    public MeshClusterLookup Find(string host, int port, string? subset) => new(MeshClusterOutcome.HostUnknown, null);

    public int? OnlyPort(string host) => null;
}
