namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Validators shared by every codec and by configuration (RFC 9110 section 5, RFC 3986 section 3.2.2). Immutable tables.</summary>
public static class FieldSyntax
{
    /// <summary>One or more token bytes.</summary>
    public static bool IsToken(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>HTAB, SP, visible ASCII and 0x80-0xff only; may be empty.</summary>
    public static bool IsFieldValue(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Host with optional port as the edge accepts it in Host, absolute-form and :authority.</summary>
    public static bool IsAuthority(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Splits a valid authority into host (with brackets for IPv6) and port; port is -1 when absent.</summary>
    public static void SplitAuthority(ReadOnlySpan<byte> authority, out ReadOnlySpan<byte> host, out int port) => throw new NotImplementedException();

    /// <summary>Cuts SP and HTAB at both ends.</summary>
    public static ReadOnlySpan<byte> TrimWhitespace(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>True when a comma-separated list holds the element without regard to ASCII case.</summary>
    public static bool ListContains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> element) => throw new NotImplementedException();
}
