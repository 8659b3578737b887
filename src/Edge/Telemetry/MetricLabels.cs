namespace VoltageSoda.Edge.Telemetry;

/// <summary>Label text of the counting enums. The names are part of the interface: dashboards hold them.</summary>
internal static class MetricLabels
{
    public static string Of(ConnectionPhase phase) => phase switch
    {
        ConnectionPhase.Reading => "reading",
        ConnectionPhase.Writing => "writing",
        ConnectionPhase.Waiting => "waiting",
        _ => throw new ArgumentOutOfRangeException(nameof(phase)),
    };

    public static string Of(CloseReason reason) => reason switch
    {
        CloseReason.ClientClosed => "client_closed",
        CloseReason.ClientReset => "client_reset",
        CloseReason.Completed => "completed",
        CloseReason.ProtocolError => "protocol_error",
        CloseReason.IdleTimeout => "timeout_idle",
        CloseReason.RequestTimeout => "timeout_request",
        CloseReason.WriteTimeout => "timeout_write",
        CloseReason.Limit => "limit",
        CloseReason.Memory => "memory",
        CloseReason.ProxyHeader => "proxy_header",
        CloseReason.UpstreamAborted => "upstream_aborted",
        CloseReason.Tunnel => "tunnel",
        CloseReason.Drain => "drain",
        CloseReason.InternalError => "internal_error",
        CloseReason.TlsFailure => "tls_failure",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    public static string Of(LimitKind limit) => limit switch
    {
        LimitKind.RequestLine => "request_line",
        LimitKind.HeaderLine => "header_line",
        LimitKind.HeadersTotal => "headers_total",
        LimitKind.HeaderCount => "header_count",
        LimitKind.RequestBody => "body",
        LimitKind.ResponseHead => "response_head",
        LimitKind.ConnectionRequests => "conn_requests",
        LimitKind.Connections => "connections",
        LimitKind.ConnectionsListener => "connections_listener",
        LimitKind.ConnectionsAddress => "connections_per_ip",
        LimitKind.Pipeline => "h1_pipeline",
        LimitKind.ChunkOverhead => "chunk_overhead",
        LimitKind.BodyRate => "body_rate",
        LimitKind.ResponseRate => "response_rate",
        LimitKind.UpstreamConnections => "upstream_connections",
        LimitKind.UpstreamPending => "upstream_pending",
        LimitKind.UpstreamRequests => "upstream_requests",
        LimitKind.Hops => "hops",
        LimitKind.Memory => "memory",
        LimitKind.Retries => "retries",
        LimitKind.FileDescriptors => "file_descriptors",
        LimitKind.TlsHandshakes => "tls_handshakes",
        LimitKind.Mirrors => "mirrors",
        _ => throw new ArgumentOutOfRangeException(nameof(limit)),
    };

    public static string Of(ProtocolSide side) => side switch
    {
        ProtocolSide.Downstream => "downstream",
        ProtocolSide.Upstream => "upstream",
        _ => throw new ArgumentOutOfRangeException(nameof(side)),
    };

    public static string Of(ProtocolName protocol) => protocol switch
    {
        ProtocolName.Http1 => "h1",
        ProtocolName.Http2 => "h2",
        ProtocolName.Proxy => "proxy",
        ProtocolName.Tls => "tls",
        ProtocolName.WebSocket => "websocket",
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    public static string Of(UpstreamResetStage stage) => stage switch
    {
        UpstreamResetStage.Connect => "connect",
        UpstreamResetStage.Idle => "idle",
        UpstreamResetStage.Reused => "reused",
        UpstreamResetStage.Request => "request",
        UpstreamResetStage.Head => "head",
        UpstreamResetStage.Body => "body",
        _ => throw new ArgumentOutOfRangeException(nameof(stage)),
    };

    public static string Of(ProbeResult result) => result switch
    {
        ProbeResult.Success => "success",
        ProbeResult.HttpFailure => "http_failure",
        ProbeResult.TcpFailure => "tcp_failure",
        ProbeResult.Timeout => "timeout",
        ProbeResult.Ignored => "ignored",
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };

    public static string Of(TargetHealth health) => health switch
    {
        TargetHealth.HealthchecksOff => "healthchecks_off",
        TargetHealth.Healthy => "healthy",
        TargetHealth.Unhealthy => "unhealthy",
        TargetHealth.DnsError => "dns_error",
        _ => throw new ArgumentOutOfRangeException(nameof(health)),
    };

    public static string Of(ResponseSource source) => source == ResponseSource.Service ? "service" : "kong";

    /// <summary>A status code, or a class such as <c>5xx</c> of an overflow series.</summary>
    public static string Code(int code) => code switch
    {
        0 => "0",
        < 10 => $"{code}xx",
        _ => code.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
