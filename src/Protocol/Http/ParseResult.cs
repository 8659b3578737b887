namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Outcome of one call of a restartable reader.</summary>
public enum ParseResult : byte
{
    /// <summary>More bytes are needed; call again with the same bytes and more behind them.</summary>
    Incomplete,

    /// <summary>One message part was read; <c>consumed</c> is behind it.</summary>
    Complete,

    /// <summary>The message is refused; the error says why and whether the connection may live on.</summary>
    Refused,
}
