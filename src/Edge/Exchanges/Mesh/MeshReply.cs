using VoltageSoda.Edge.Telemetry.MeshLog;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// An answer that a Gateway listener makes itself, as Envoy makes it: status, text, flag and details. Fields that belong to it are put into the
/// response head by the step that decides.
/// </summary>
/// <param name="Status">Status; 0 sends nothing.</param>
/// <param name="Details">Envoy's response code details; null when the request goes on.</param>
/// <param name="Flags">Envoy's response flags.</param>
/// <param name="Body">Text; empty for none.</param>
/// <param name="GrpcStatus">Status for a gRPC request; -1 derives it from <paramref name="Status"/>.</param>
internal readonly record struct MeshReply(
    int Status, byte[]? Details, ResponseFlags Flags, ReadOnlyMemory<byte> Body = default, int GrpcStatus = -1)
{
    /// <summary>The request goes on.</summary>
    public static MeshReply None => default;

    public bool IsNone => Details is null;
}
