using System.Text;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// The one table from failures to Envoy's answers (mesh.md section 7; <c>envoy: source/common/router/router.cc</c>,
/// <c>source/common/stream_info/utility.cc</c>). Made once; asking allocates nothing.
/// </summary>
internal static class MeshReplies
{
    public static readonly byte[] ViaUpstream = "via_upstream"u8.ToArray();
    public static readonly byte[] DownstreamDisconnect = "downstream_remote_disconnect"u8.ToArray();
    public static readonly byte[] LateReset = "upstream_reset_after_response_started{connection_termination}"u8.ToArray();
    public static readonly byte[] ResponseTimeout = "response_timeout"u8.ToArray();
    public static readonly byte[] NoChain = "filter_chain_not_found"u8.ToArray();
    public static readonly byte[] StreamIdle = "stream_idle_timeout"u8.ToArray();

    public static readonly MeshReply Denied = new(
        403, "rbac_access_denied_matched_policy[none]"u8.ToArray(), ResponseFlags.None, "RBAC: access denied"u8.ToArray());

    public static readonly MeshReply OldVersion = new(426, "low_version"u8.ToArray(), ResponseFlags.None);

    public static readonly MeshReply Preflight = new(200, "cors_response"u8.ToArray(), ResponseFlags.None);

    public static readonly MeshReply PathNormalised = new(307, "path_normalization_failed"u8.ToArray(), ResponseFlags.None);

    public static readonly MeshReply OptionsAsterisk = new(200, "direct_response"u8.ToArray(), ResponseFlags.None);

    private const string Reset = "upstream connect error or disconnect/reset before headers. ";
    private const string Retried = "retried and the latest ";

    private static readonly MeshReply[] First = Build("");
    private static readonly MeshReply[] AfterRetry = Build(Retried);
    private static readonly MeshReply[] Connects = BuildConnects("");
    private static readonly MeshReply[] ConnectsAfterRetry = BuildConnects(Retried);
    private static readonly byte[][] Reasons = [.. Enum.GetValues<ConnectFailure>().Select(static failure => Encoding.ASCII.GetBytes(ReasonOf(failure)))];
    private static readonly MeshReply[] Wire = [.. Enum.GetValues<WireError>().Select(ForWire)];

    /// <summary>Details of a redirect and of a direct response.</summary>
    public static byte[] DirectResponse { get; } = "direct_response"u8.ToArray();

    /// <summary>Details of an injected abort.</summary>
    public static byte[] FaultAbort { get; } = "fault_filter_abort"u8.ToArray();

    /// <summary>The answer to a failure.</summary>
    /// <param name="failure">What failed.</param>
    /// <param name="isRetry">Whether an attempt before the failed one was retried.</param>
    /// <param name="connect">Why no connection was made, where that is the failure.</param>
    public static MeshReply For(Failure failure, bool isRetry = false, ConnectFailure connect = ConnectFailure.None) =>
        failure == Failure.ConnectFailed && connect != ConnectFailure.None
            ? (isRetry ? ConnectsAfterRetry : Connects)[(int)connect]
            : (isRetry ? AfterRetry : First)[(int)failure];

    /// <summary>The answer to a request that is no HTTP as the listener accepts it.</summary>
    public static MeshReply For(WireError error) => Wire[(int)error];

    /// <summary>What <c>%UPSTREAM_TRANSPORT_FAILURE_REASON%</c> says; empty where Envoy says nothing.</summary>
    public static string ReasonOf(ConnectFailure failure) => failure switch
    {
        ConnectFailure.Refused => "delayed connect error: Connection refused",
        ConnectFailure.Unreachable => "delayed connect error: No route to host",
        ConnectFailure.Reset => "delayed connect error: Connection reset by peer",
        ConnectFailure.NoResources => "immediate connect error: Cannot assign requested address",
        ConnectFailure.NotPermitted => "immediate connect error: Operation not permitted",
        ConnectFailure.Other => "TLS_error:|handshake failed:TLS_error_end",
        _ => "",
    };

    /// <summary>The same as bytes.</summary>
    public static byte[] ReasonUtf8(ConnectFailure failure) => Reasons[(int)failure];

    private static MeshReply[] BuildConnects(string retried) =>
    [
        .. Enum.GetValues<ConnectFailure>().Select(failure => Before(retried, "remote connection failure", ResponseFlags.UpstreamConnectionFailure, 503, ReasonOf(failure))),
    ];

    private static MeshReply[] Build(string retried)
    {
        MeshReply[] rows = new MeshReply[Enum.GetValues<Failure>().Length];
        Row(Failure.NoRoute, 404, ResponseFlags.NoRoute, "route_not_found", "");
        Row(Failure.NoCluster, 503, ResponseFlags.NoCluster, "cluster_not_found", "");
        Row(Failure.NoHealthyEndpoint, 503, ResponseFlags.NoHealthyUpstream, "no_healthy_upstream", "no healthy upstream");
        Row(Failure.NameResolution, 503, ResponseFlags.NoHealthyUpstream, "no_healthy_upstream", "no healthy upstream");
        rows[(int)Failure.PoolOverflow] = Before(retried, "overflow", ResponseFlags.UpstreamOverflow, 503);
        rows[(int)Failure.ConnectFailed] = Before(retried, "remote connection failure", ResponseFlags.UpstreamConnectionFailure, 503);
        rows[(int)Failure.ConnectTimeout] = Before(retried, "connection timeout", ResponseFlags.UpstreamConnectionFailure, 503);
        rows[(int)Failure.UpstreamClosed] = Before(retried, "connection termination", ResponseFlags.UpstreamTermination, 503);
        rows[(int)Failure.UpstreamInvalid] = Before(retried, "protocol error", ResponseFlags.UpstreamProtocolError, 502);
        Row(Failure.RouteTimeout, 504, ResponseFlags.UpstreamTimeout, "response_timeout", "upstream request timeout");
        Row(Failure.AttemptTimeout, 504, ResponseFlags.UpstreamTimeout, "upstream_per_try_timeout", "upstream request timeout");
        Row(Failure.StreamIdle, 504, ResponseFlags.StreamIdle, "stream_idle_timeout", "stream timeout");
        Row(Failure.UpstreamTimeout, 504, ResponseFlags.StreamIdle, "stream_idle_timeout", "stream timeout");
        Row(Failure.UpstreamWriteTimeout, 504, ResponseFlags.StreamIdle, "stream_idle_timeout", "stream timeout");
        Row(Failure.DownstreamTimeout, 408, ResponseFlags.StreamIdle, "stream_idle_timeout", "stream timeout");
        Row(Failure.DownstreamInvalid, 400, ResponseFlags.DownstreamProtocolError, "http1.codec_error", "Bad Request");
        Row(Failure.DownstreamGone, 0, ResponseFlags.DownstreamTermination, "downstream_remote_disconnect", "");
        Row(Failure.DownstreamSlow, 0, ResponseFlags.StreamIdle, "stream_idle_timeout", "");
        Row(Failure.UpstreamTruncated, 503, ResponseFlags.UpstreamTermination, "upstream_reset_after_response_started{connection_termination}", "");
        Row(Failure.OverMemory, 503, ResponseFlags.OverloadManager, "overload", "envoy overloaded");
        Row(Failure.Internal, 500, ResponseFlags.None, "internal_error", "");
        return rows;

        void Row(Failure failure, int status, ResponseFlags flags, string details, string body) =>
            rows[(int)failure] = new MeshReply(status, Encoding.ASCII.GetBytes(details), flags, Encoding.ASCII.GetBytes(body));
    }

    private static MeshReply Before(string retried, string reason, ResponseFlags flags, int status, string transport = "")
    {
        string body = Reset + retried + "reset reason: " + reason + (transport.Length == 0 ? "" : ", transport failure reason: " + transport);
        string details = $"upstream_reset_before_response_started{{{reason}{(transport.Length == 0 ? "" : "|" + transport)}}}";
        return new MeshReply(status, Encoding.ASCII.GetBytes(details.Replace(' ', '_')), flags, Encoding.ASCII.GetBytes(body));
    }

    private static MeshReply ForWire(WireError error)
    {
        if (error is WireError.HeadTimeout)
        {
            return new MeshReply(408, "request_header_timeout"u8.ToArray(), ResponseFlags.None, "request header timeout"u8.ToArray());
        }

        int status = error.Status();
        (string details, string body) = status switch
        {
            413 => ("request_payload_too_large", "Payload Too Large"),
            414 or 431 => ("request_headers_too_large", ""),
            426 => ("low_version", ""),
            _ => (DetailsOf(error), Encoding.ASCII.GetString(ReasonPhrases.For(status))),
        };

        // What is too large, or too old, is none the less HTTP.
        ResponseFlags flags = status is 413 or 414 or 426 or 431 ? ResponseFlags.None : ResponseFlags.DownstreamProtocolError;
        return new MeshReply(status, Encoding.ASCII.GetBytes(details), flags, Encoding.ASCII.GetBytes(body));
    }

    private static string DetailsOf(WireError error) => error switch
    {
        WireError.UnderscoreName => "http1.unexpected_underscore",
        WireError.PathAboveRoot or WireError.EscapedSlash or WireError.BadTarget => "path_normalization_failed",
        _ => "http1.codec_error",
    };
}
