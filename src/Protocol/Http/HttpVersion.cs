namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>The protocol version of a parsed head. HTTP/1.x values other than these are refused with 505.</summary>
public enum HttpVersion : byte
{
    Http10,
    Http11,
}
