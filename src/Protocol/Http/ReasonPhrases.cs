namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Our own reason phrases (RFC 9110 section 15); those of upstreams are never copied.</summary>
public static class ReasonPhrases
{
    /// <summary>The phrase without surrounding spaces; empty for codes without one.</summary>
    public static ReadOnlySpan<byte> For(int status) => throw new NotImplementedException();
}
