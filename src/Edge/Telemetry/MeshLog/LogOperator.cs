namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>Operators of Envoy's access log (<c>docs: substitution_formatter.rst</c>).</summary>
internal enum LogOperator : byte
{
    /// <summary>Text as written.</summary>
    Literal,

    /// <summary>A field or pseudo-field of the request.</summary>
    RequestField,
    RequestFieldWithoutQuery,
    ResponseField,
    ResponseTrailer,
    StartTime,
    Protocol,
    ResponseCode,
    ResponseFlags,
    ResponseFlagsLong,
    ResponseCodeDetails,
    ConnectionTerminationDetails,
    BytesReceived,
    BytesSent,
    RequestHeadBytes,
    ResponseHeadBytes,
    Duration,
    RequestDuration,
    ResponseDuration,
    ResponseTransferDuration,
    UpstreamHost,
    UpstreamCluster,
    UpstreamLocalAddress,
    UpstreamLocalIp,
    UpstreamLocalPort,
    UpstreamIp,
    UpstreamPort,
    UpstreamFailure,
    UpstreamAttempts,
    UpstreamProtocol,
    DownstreamLocalAddress,
    DownstreamLocalIp,
    DownstreamLocalPort,
    DownstreamRemoteAddress,
    DownstreamRemoteIp,
    DownstreamRemotePort,
    DownstreamDirectAddress,
    DownstreamDirectIp,
    DownstreamDirectPort,
    WireBytesReceived,
    WireBytesSent,
    ServerName,
    TlsVersion,
    TlsCipher,
    RouteName,
    VirtualHostName,
    GrpcStatus,
    GrpcStatusNumber,
    ConnectionId,
    StreamId,

    /// <summary>Known, and never has a value here: metadata, filter state.</summary>
    Absent,
}

/// <summary>Names of the operators and what each takes in parentheses.</summary>
internal static class LogOperators
{
    private static readonly Dictionary<string, LogOperator> Plain = new(StringComparer.Ordinal)
    {
        ["PROTOCOL"] = LogOperator.Protocol,
        ["RESPONSE_CODE"] = LogOperator.ResponseCode,
        ["RESPONSE_FLAGS"] = LogOperator.ResponseFlags,
        ["RESPONSE_FLAGS_LONG"] = LogOperator.ResponseFlagsLong,
        ["RESPONSE_CODE_DETAILS"] = LogOperator.ResponseCodeDetails,
        ["CONNECTION_TERMINATION_DETAILS"] = LogOperator.ConnectionTerminationDetails,
        ["BYTES_RECEIVED"] = LogOperator.BytesReceived,
        ["BYTES_SENT"] = LogOperator.BytesSent,
        ["DOWNSTREAM_HEADER_BYTES_RECEIVED"] = LogOperator.RequestHeadBytes,
        ["DOWNSTREAM_HEADER_BYTES_SENT"] = LogOperator.ResponseHeadBytes,
        ["DURATION"] = LogOperator.Duration,
        ["REQUEST_DURATION"] = LogOperator.RequestDuration,
        ["RESPONSE_DURATION"] = LogOperator.ResponseDuration,
        ["RESPONSE_TX_DURATION"] = LogOperator.ResponseTransferDuration,
        ["UPSTREAM_HOST"] = LogOperator.UpstreamHost,
        ["UPSTREAM_REMOTE_ADDRESS"] = LogOperator.UpstreamHost,
        ["UPSTREAM_CLUSTER"] = LogOperator.UpstreamCluster,
        ["UPSTREAM_CLUSTER_RAW"] = LogOperator.UpstreamCluster,
        ["UPSTREAM_LOCAL_ADDRESS"] = LogOperator.UpstreamLocalAddress,
        ["UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = LogOperator.UpstreamLocalIp,
        ["UPSTREAM_LOCAL_PORT"] = LogOperator.UpstreamLocalPort,
        ["UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = LogOperator.UpstreamIp,
        ["UPSTREAM_REMOTE_PORT"] = LogOperator.UpstreamPort,
        ["UPSTREAM_TRANSPORT_FAILURE_REASON"] = LogOperator.UpstreamFailure,
        ["UPSTREAM_REQUEST_ATTEMPT_COUNT"] = LogOperator.UpstreamAttempts,
        ["UPSTREAM_PROTOCOL"] = LogOperator.UpstreamProtocol,
        ["DOWNSTREAM_LOCAL_ADDRESS"] = LogOperator.DownstreamLocalAddress,
        ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = LogOperator.DownstreamLocalIp,
        ["DOWNSTREAM_LOCAL_PORT"] = LogOperator.DownstreamLocalPort,
        ["DOWNSTREAM_REMOTE_ADDRESS"] = LogOperator.DownstreamRemoteAddress,
        ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = LogOperator.DownstreamRemoteIp,
        ["DOWNSTREAM_REMOTE_PORT"] = LogOperator.DownstreamRemotePort,
        ["DOWNSTREAM_DIRECT_REMOTE_PORT"] = LogOperator.DownstreamDirectPort,
        ["DOWNSTREAM_WIRE_BYTES_RECEIVED"] = LogOperator.WireBytesReceived,
        ["DOWNSTREAM_WIRE_BYTES_SENT"] = LogOperator.WireBytesSent,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS"] = LogOperator.DownstreamDirectAddress,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT"] = LogOperator.DownstreamDirectIp,
        ["REQUESTED_SERVER_NAME"] = LogOperator.ServerName,
        ["DOWNSTREAM_TLS_VERSION"] = LogOperator.TlsVersion,
        ["DOWNSTREAM_TLS_CIPHER"] = LogOperator.TlsCipher,
        ["ROUTE_NAME"] = LogOperator.RouteName,
        ["VIRTUAL_HOST_NAME"] = LogOperator.VirtualHostName,
        ["VIRTUAL_CLUSTER_NAME"] = LogOperator.Absent,
        ["GRPC_STATUS_NUMBER"] = LogOperator.GrpcStatusNumber,
        ["CONNECTION_ID"] = LogOperator.ConnectionId,
        ["STREAM_ID"] = LogOperator.StreamId,
        ["LOCAL_REPLY_BODY"] = LogOperator.Absent,
        ["TRACE_ID"] = LogOperator.Absent,
        ["DOWNSTREAM_TRANSPORT_FAILURE_REASON"] = LogOperator.Absent,
        ["DOWNSTREAM_DETECTED_CLOSE_TYPE"] = LogOperator.Absent,
        ["UPSTREAM_TLS_VERSION"] = LogOperator.Absent,
        ["UPSTREAM_TLS_CIPHER"] = LogOperator.Absent,
        ["DOWNSTREAM_TLS_SESSION_ID"] = LogOperator.Absent,
        ["TLS_JA3_FINGERPRINT"] = LogOperator.Absent,
        ["DOWNSTREAM_LOCAL_URI_SAN"] = LogOperator.Absent,
        ["DOWNSTREAM_PEER_URI_SAN"] = LogOperator.Absent,
        ["DOWNSTREAM_PEER_SUBJECT"] = LogOperator.Absent,
        ["DOWNSTREAM_PEER_ISSUER"] = LogOperator.Absent,
        ["DOWNSTREAM_PEER_SERIAL"] = LogOperator.Absent,
        ["DOWNSTREAM_PEER_FINGERPRINT_256"] = LogOperator.Absent,
        ["UPSTREAM_PEER_SUBJECT"] = LogOperator.Absent,
        ["UPSTREAM_FILTER_STATE"] = LogOperator.Absent,
    };

    private static readonly Dictionary<string, LogOperator> WithArgument = new(StringComparer.Ordinal)
    {
        ["REQ"] = LogOperator.RequestField,
        ["REQ_WITHOUT_QUERY"] = LogOperator.RequestFieldWithoutQuery,
        ["RESP"] = LogOperator.ResponseField,
        ["TRAILER"] = LogOperator.ResponseTrailer,
        ["DYNAMIC_METADATA"] = LogOperator.Absent,
        ["CLUSTER_METADATA"] = LogOperator.Absent,
        ["UPSTREAM_METADATA"] = LogOperator.Absent,
        ["METADATA"] = LogOperator.Absent,
        ["FILTER_STATE"] = LogOperator.Absent,
        ["UPSTREAM_FILTER_STATE"] = LogOperator.Absent,
        ["CEL"] = LogOperator.Absent,
    };

    private static readonly Dictionary<string, LogOperator> WithOption = new(StringComparer.Ordinal)
    {
        ["START_TIME"] = LogOperator.StartTime,
        ["GRPC_STATUS"] = LogOperator.GrpcStatus,
        ["UPSTREAM_HOST"] = LogOperator.UpstreamHost,
        ["UPSTREAM_REMOTE_ADDRESS"] = LogOperator.UpstreamHost,
    };

    /// <summary>Finds an operator; null when there is none of that name and form.</summary>
    public static LogOperator? Find(string name, bool hasArgument) =>
        hasArgument && WithArgument.TryGetValue(name, out LogOperator found) ? found
        : WithOption.TryGetValue(name, out found) ? found
        : !hasArgument && Plain.TryGetValue(name, out found) ? found
        : null;

    /// <summary>Whether a lone operator is a number in JSON.</summary>
    public static bool IsNumber(LogOperator op) => op is LogOperator.ResponseCode or LogOperator.BytesReceived or LogOperator.BytesSent
        or LogOperator.RequestHeadBytes or LogOperator.ResponseHeadBytes or LogOperator.Duration or LogOperator.RequestDuration
        or LogOperator.ResponseDuration or LogOperator.ResponseTransferDuration or LogOperator.UpstreamAttempts
        or LogOperator.DownstreamLocalPort or LogOperator.DownstreamRemotePort or LogOperator.DownstreamDirectPort
        or LogOperator.UpstreamLocalPort or LogOperator.UpstreamPort or LogOperator.WireBytesReceived or LogOperator.WireBytesSent or LogOperator.GrpcStatusNumber or LogOperator.ConnectionId;
}
