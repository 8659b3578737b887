namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Request methods with a meaning to the edge. Any other token is <see cref="Other"/> and forwarded as received (RFC 9110 section 9.1).</summary>
public enum KnownMethod : byte
{
    /// <summary>A token without a meaning here; its bytes are in the head.</summary>
    Other = 0,
    Get,
    Head,
    Post,
    Put,
    Delete,
    Options,
    Patch,
    Trace,
    Connect,
}

/// <summary>Spelling and properties of <see cref="KnownMethod"/>. Immutable, safe from any thread.</summary>
public static class KnownMethods
{
    /// <summary>The method's token; empty for <see cref="KnownMethod.Other"/>.</summary>
    public static ReadOnlySpan<byte> Name(KnownMethod method) => method switch
    {
        KnownMethod.Get => "GET"u8,
        KnownMethod.Head => "HEAD"u8,
        KnownMethod.Post => "POST"u8,
        KnownMethod.Put => "PUT"u8,
        KnownMethod.Delete => "DELETE"u8,
        KnownMethod.Options => "OPTIONS"u8,
        KnownMethod.Patch => "PATCH"u8,
        KnownMethod.Trace => "TRACE"u8,
        KnownMethod.Connect => "CONNECT"u8,
        _ => default,
    };

    /// <summary>Recognises a method token; names are case-sensitive (RFC 9110 section 9.1).</summary>
    public static KnownMethod Classify(ReadOnlySpan<byte> token) => token.Length switch
    {
        3 => token.SequenceEqual("GET"u8) ? KnownMethod.Get : token.SequenceEqual("PUT"u8) ? KnownMethod.Put : KnownMethod.Other,
        4 => token.SequenceEqual("POST"u8) ? KnownMethod.Post : token.SequenceEqual("HEAD"u8) ? KnownMethod.Head : KnownMethod.Other,
        5 => token.SequenceEqual("PATCH"u8) ? KnownMethod.Patch : token.SequenceEqual("TRACE"u8) ? KnownMethod.Trace : KnownMethod.Other,
        6 => token.SequenceEqual("DELETE"u8) ? KnownMethod.Delete : KnownMethod.Other,
        7 => token.SequenceEqual("OPTIONS"u8) ? KnownMethod.Options : token.SequenceEqual("CONNECT"u8) ? KnownMethod.Connect : KnownMethod.Other,
        _ => KnownMethod.Other,
    };

    /// <summary>True for methods whose repetition has the effect of one (RFC 9110 section 9.2.2); unknown ones are not assumed to be.</summary>
    public static bool IsIdempotent(KnownMethod method) => method is KnownMethod.Get or KnownMethod.Head or KnownMethod.Put
        or KnownMethod.Delete or KnownMethod.Options or KnownMethod.Trace;
}
