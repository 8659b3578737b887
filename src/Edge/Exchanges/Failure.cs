namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// Why a request could not be served: side, stage and cause in one name. <see cref="FailureTable"/> gives each its answer.
/// </summary>
public enum Failure : byte
{
    /// <summary>Nothing failed.</summary>
    None = 0,

    /// <summary>No route of the listener matches.</summary>
    NoRoute,

    /// <summary>The matched route has no service.</summary>
    NoService,

    /// <summary>The name of the upstream host has no address.</summary>
    NameResolution,

    /// <summary>No endpoint is in rotation.</summary>
    NoHealthyEndpoint,

    /// <summary>The connection or pending limit of the cluster is reached.</summary>
    PoolOverflow,

    /// <summary>The upstream refused the connection, or the address cannot be reached.</summary>
    ConnectFailed,

    /// <summary>The connection to the upstream was not established in time.</summary>
    ConnectTimeout,

    /// <summary>The upstream closed or reset the connection before a complete response head.</summary>
    UpstreamClosed,

    /// <summary>The upstream sent a message that is not HTTP/1.1 as <c>Protocol</c> accepts it.</summary>
    UpstreamInvalid,

    /// <summary>The upstream was silent for longer than the read timeout.</summary>
    UpstreamTimeout,

    /// <summary>The upstream did not take the request for longer than the write timeout.</summary>
    UpstreamWriteTimeout,

    /// <summary>The upstream broke off after the response head went to the client.</summary>
    UpstreamTruncated,

    /// <summary>The client's message broke the protocol after its head was accepted.</summary>
    DownstreamInvalid,

    /// <summary>The client went away before the answer was complete.</summary>
    DownstreamGone,

    /// <summary>The client did not send its request in time.</summary>
    DownstreamTimeout,

    /// <summary>The client did not take its answer at the minimum rate.</summary>
    DownstreamSlow,

    /// <summary>The process is above its memory ceiling.</summary>
    OverMemory,

    /// <summary>An exception that no branch foresaw.</summary>
    Internal,

    /// <summary>The request passed this gateway too often.</summary>
    Loop,

    /// <summary>The destination of a mesh route does not exist.</summary>
    NoCluster,

    /// <summary>The time of a mesh route is over.</summary>
    RouteTimeout,

    /// <summary>The time of one attempt of a mesh route is over.</summary>
    AttemptTimeout,

    /// <summary>Nothing moved on an exchange of a Gateway listener for longer than it may idle.</summary>
    StreamIdle,

    /// <summary>A document of the mesh that is not enforced guards the destination.</summary>
    Guarded,
}
