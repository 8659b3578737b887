namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>How the end of a body is known.</summary>
public enum BodyKind : byte
{
    /// <summary>There is no body and no byte of one follows the head.</summary>
    None,

    /// <summary>Exactly <see cref="BodyFraming.Length"/> bytes follow.</summary>
    Length,

    /// <summary>Chunked coding follows; read it with the chunked reader.</summary>
    Chunked,

    /// <summary>Everything until the connection closes (responses only).</summary>
    UntilClose,
}

/// <summary>The one meaning of a head's length fields. <paramref name="Length"/> is bytes for <see cref="BodyKind.Length"/>, else 0.</summary>
public readonly record struct BodyFraming(BodyKind Kind, long Length)
{
    public static BodyFraming None => default;

    public static BodyFraming Chunked => new(BodyKind.Chunked, 0);

    public static BodyFraming UntilClose => new(BodyKind.UntilClose, 0);

    public static BodyFraming Counted(long length) => new(BodyKind.Length, length);

    /// <summary>True when at least one byte of body may follow the head.</summary>
    public bool HasBody => Kind is BodyKind.Chunked or BodyKind.UntilClose || Length > 0;
}
