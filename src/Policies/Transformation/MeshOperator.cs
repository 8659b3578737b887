namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Envoy's command operators that a header value may use, besides <c>%REQ()%</c> and <c>%RESP()%</c>
/// (<c>docs/root/configuration/advanced/substitution_formatter.rst</c>).
/// </summary>
public enum MeshOperator
{
    /// <summary><c>%PROTOCOL%</c>: HTTP/1.1 and the like.</summary>
    Protocol,

    /// <summary><c>%DOWNSTREAM_REMOTE_ADDRESS%</c>: the client's address with port.</summary>
    DownstreamRemoteAddress,

    /// <summary><c>%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%</c>.</summary>
    DownstreamRemoteAddressWithoutPort,

    /// <summary><c>%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%</c>: the peer's address with port.</summary>
    DownstreamDirectRemoteAddress,

    /// <summary><c>%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%</c>.</summary>
    DownstreamDirectRemoteAddressWithoutPort,

    /// <summary><c>%DOWNSTREAM_LOCAL_ADDRESS%</c>.</summary>
    DownstreamLocalAddress,

    /// <summary><c>%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%</c>.</summary>
    DownstreamLocalAddressWithoutPort,

    /// <summary><c>%DOWNSTREAM_LOCAL_PORT%</c>.</summary>
    DownstreamLocalPort,

    /// <summary><c>%REQUESTED_SERVER_NAME%</c>: SNI.</summary>
    RequestedServerName,

    /// <summary><c>%ROUTE_NAME%</c>.</summary>
    RouteName,

    /// <summary><c>%UPSTREAM_HOST%</c>.</summary>
    UpstreamHost,

    /// <summary><c>%UPSTREAM_CLUSTER%</c>.</summary>
    UpstreamCluster,

    /// <summary><c>%RESPONSE_CODE%</c>.</summary>
    ResponseCode,

    /// <summary><c>%RESPONSE_CODE_DETAILS%</c>.</summary>
    ResponseCodeDetails,

    /// <summary><c>%RESPONSE_FLAGS%</c>.</summary>
    ResponseFlags,

    /// <summary><c>%START_TIME%</c>: UTC, ISO 8601 with milliseconds.</summary>
    StartTime,

    /// <summary><c>%HOSTNAME%</c>.</summary>
    HostName,
}

/// <summary>
/// Gives the values of operators. Implemented by a struct over the exchange and taken as a generic argument. What is not known renders as nothing.
/// </summary>
public interface IMeshOperatorValues
{
    /// <summary>Writes the value of an operator.</summary>
    /// <param name="operator">Which.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>Bytes written, 0 when it is not known, -1 when the destination is too small.</returns>
    int Format(MeshOperator @operator, scoped Span<byte> destination);
}
