using System.Numerics;

namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>What happened to an exchange besides its status, as Envoy tells it in <c>%RESPONSE_FLAGS%</c>. Several may hold.</summary>
[Flags]
public enum ResponseFlags : uint
{
    None = 0,
    NoHealthyUpstream = 1 << 0,
    UpstreamConnectionFailure = 1 << 1,
    UpstreamOverflow = 1 << 2,
    NoRoute = 1 << 3,
    RetryLimitExceeded = 1 << 4,
    NoCluster = 1 << 5,
    DurationTimeout = 1 << 6,
    DownstreamTermination = 1 << 7,
    UpstreamTimeout = 1 << 8,
    LocalReset = 1 << 9,
    UpstreamRemoteReset = 1 << 10,
    UpstreamTermination = 1 << 11,
    DelayInjected = 1 << 12,
    FaultInjected = 1 << 13,
    RateLimited = 1 << 14,
    Unauthorized = 1 << 15,
    StreamIdle = 1 << 16,
    DownstreamProtocolError = 1 << 17,
    UpstreamProtocolError = 1 << 18,
    OverloadManager = 1 << 19,
}

/// <summary>Names of <see cref="ResponseFlags"/> (Envoy: <c>stream_info/utility.h</c>), each bit once, in the order in which a list has them.</summary>
public static class ResponseFlagNames
{
    private static readonly (string Short, string Long)[] Names =
    [
        ("UH", "NoHealthyUpstream"),
        ("UF", "UpstreamConnectionFailure"),
        ("UO", "UpstreamOverflow"),
        ("NR", "NoRouteFound"),
        ("URX", "UpstreamRetryLimitExceeded"),
        ("NC", "NoClusterFound"),
        ("DT", "DurationTimeout"),
        ("DC", "DownstreamConnectionTermination"),
        ("UT", "UpstreamRequestTimeout"),
        ("LR", "LocalReset"),
        ("UR", "UpstreamRemoteReset"),
        ("UC", "UpstreamConnectionTermination"),
        ("DI", "DelayInjected"),
        ("FI", "FaultInjected"),
        ("RL", "RateLimited"),
        ("UAEX", "UnauthorizedExternalService"),
        ("SI", "StreamIdleTimeout"),
        ("DPE", "DownstreamProtocolError"),
        ("UPE", "UpstreamProtocolError"),
        ("OM", "OverloadManagerTerminated"),
    ];

    private static readonly byte[][] Short = [.. Names.Select(static name => System.Text.Encoding.ASCII.GetBytes(name.Short))];
    private static readonly byte[][] Long = [.. Names.Select(static name => System.Text.Encoding.ASCII.GetBytes(name.Long))];

    /// <summary>Bytes of the longest list of short names.</summary>
    public const int MaxLength = 80;

    /// <summary>Writes short names, joined by commas, <c>-</c> for none, into <see cref="MaxLength"/> bytes; returns how many.</summary>
    public static int Write(ResponseFlags flags, Span<byte> destination)
    {
        LineWriter writer = new(destination);
        Write(ref writer, flags, isLong: false);
        return writer.Length;
    }

    /// <summary>Short names, joined by commas; <c>-</c> for none.</summary>
    public static string Text(ResponseFlags flags)
    {
        Span<byte> room = stackalloc byte[128];
        LineWriter writer = new(room);
        Write(ref writer, flags, isLong: false);
        return System.Text.Encoding.ASCII.GetString(room[..writer.Length]);
    }

    internal static void Write(ref LineWriter writer, ResponseFlags flags, bool isLong)
    {
        uint left = (uint)flags;
        if (left == 0)
        {
            writer.Raw((byte)'-');
        }

        for (bool first = true; left != 0; first = false)
        {
            if (!first)
            {
                writer.Raw((byte)',');
            }

            writer.Raw((isLong ? Long : Short)[BitOperations.TrailingZeroCount(left)]);
            left &= left - 1;
        }
    }
}
