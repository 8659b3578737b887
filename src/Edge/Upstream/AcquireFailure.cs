namespace VoltageSoda.Edge.Upstream;

/// <summary>Why a pool gave no connection.</summary>
internal enum AcquireFailure : byte
{
    /// <summary>It gave one.</summary>
    None = 0,

    /// <summary>The connection or pending limit is reached.</summary>
    Overflow,

    /// <summary>The upstream refused the connection, or the address cannot be reached.</summary>
    ConnectFailed,

    /// <summary>The connection was not established in time.</summary>
    ConnectTimeout,

    /// <summary>The caller gave up waiting.</summary>
    Canceled,
}
