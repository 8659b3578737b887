namespace VoltageSoda.Edge.Telemetry;

/// <summary>Who made the response: the <c>source</c> label of Kong's request counter (<c>service</c> or <c>kong</c>).</summary>
public enum ResponseSource
{
    /// <summary>The upstream answered.</summary>
    Service,

    /// <summary>The gateway answered by itself.</summary>
    Kong,
}
