namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>
/// Packs what Istio's labels say of one request into a positive number: protocol in bit 1, gRPC status (one more, 0 is none) in bits 2-7, status in
/// bits 8-17 (a class below 10 past the budget), flags in bits 18-41, destination above.
/// </summary>
internal static class MeshSeriesKey
{
    public const int MaxDestinations = 1 << 20;

    private const int FlagBits = 24;
    private const int MaxGrpcStatus = 61;

    public static long Of(int destination, int status, MeshLog.ResponseFlags flags, bool isGrpc, int grpcStatus)
    {
        int code = (uint)(status - 100) < 900 ? status : 0;
        int grpc = isGrpc && (uint)grpcStatus <= MaxGrpcStatus ? grpcStatus + 1 : 0;
        return 1L | (isGrpc ? 2 : 0) | ((long)grpc << 2) | ((long)code << 8) | ((long)((uint)flags & ((1u << FlagBits) - 1)) << 18) | ((long)destination << 42);
    }

    /// <summary>The key that stands for every label set over the budget.</summary>
    public static long Overflow(long key) => Of(MeshSeries.OverflowDestination, 0, default, IsGrpc(key), -1) | ((long)(Status(key) / 100) << 8);

    public static bool IsGrpc(long key) => (key & 2) != 0;

    public static int GrpcStatus(long key) => (int)((key >> 2) & 0x3F) - 1;

    public static int Status(long key) => (int)((key >> 8) & 0x3FF);

    public static MeshLog.ResponseFlags Flags(long key) => (MeshLog.ResponseFlags)((key >> 18) & ((1 << FlagBits) - 1));

    public static int Destination(long key) => (int)(key >> 42);
}
