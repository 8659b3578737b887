namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Recognises and spells <see cref="KnownHeader"/> names. Immutable tables, safe from any thread.</summary>
public static partial class KnownHeaders
{
    /// <summary>Number of values of <see cref="KnownHeader"/>, <see cref="KnownHeader.None"/> included.</summary>
    public static int Count => (int)KnownHeader.XB3TraceId + 1;

    /// <summary>The spelling written when the edge itself adds the field, for example <c>Content-Length</c>. Empty for None.</summary>
    public static ReadOnlySpan<byte> Name(KnownHeader header) => throw new NotImplementedException();

    /// <summary>The known name equal to <paramref name="name"/> without regard to ASCII case, or None.</summary>
    public static KnownHeader Classify(ReadOnlySpan<byte> name) => throw new NotImplementedException();
}
