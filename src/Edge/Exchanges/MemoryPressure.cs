namespace VoltageSoda.Edge.Exchanges;

/// <summary>How much is refused because of memory.</summary>
internal enum MemoryPressure : byte
{
    /// <summary>Below 90 % of the ceiling.</summary>
    None = 0,

    /// <summary>From 90 %: client connections are closed after their answer and idle upstream connections are dropped.</summary>
    Shrink = 1,

    /// <summary>From 95 %: new requests are answered 503 (flag OM).</summary>
    Refuse = 2,

    /// <summary>From 98 %: no new connections.</summary>
    StopAccepting = 3,
}
