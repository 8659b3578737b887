namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// An origin as cors compares it (P/cors normalize_origin): scheme, host and port with the default ports 80 and 443 left out. The spans are slices of
/// the input. An input that is no URL, such as <c>null</c>, stands for itself.
/// </summary>
internal readonly ref struct OriginText
{
    private OriginText(ReadOnlySpan<byte> domain, ReadOnlySpan<byte> scheme, ReadOnlySpan<byte> host, ReadOnlySpan<byte> port)
    {
        Domain = domain;
        Scheme = scheme;
        Host = host;
        Port = port;
    }

    /// <summary>The normalised origin: scheme, host and a port that is not the default.</summary>
    public ReadOnlySpan<byte> Domain { get; }

    /// <summary>Empty when the input is no URL.</summary>
    public ReadOnlySpan<byte> Scheme { get; }

    public ReadOnlySpan<byte> Host { get; }

    /// <summary>Digits of the port; empty for the default one.</summary>
    public ReadOnlySpan<byte> Port { get; }

    public static OriginText Normalize(ReadOnlySpan<byte> origin)
    {
        int colon = origin.IndexOf("://"u8);
        ReadOnlySpan<byte> authority = colon < 1 ? default : origin[(colon + 3)..];
        int slash = authority.IndexOf((byte)'/');
        authority = slash < 0 ? authority : authority[..slash];
        if (authority.IsEmpty || authority.Contains((byte)'@'))
        {
            return new OriginText(origin, default, origin, default); // An origin has no userinfo (RFC 6454 7.1).
        }

        ReadOnlySpan<byte> scheme = origin[..colon];
        int portAt = authority.LastIndexOf((byte)':');
        if (portAt <= authority.LastIndexOf((byte)']'))
        {
            portAt = -1;
        }

        ReadOnlySpan<byte> host = portAt < 0 ? authority : authority[..portAt];
        ReadOnlySpan<byte> port = portAt < 0 ? default : authority[(portAt + 1)..];
        bool isDefault = (scheme.SequenceEqual("http"u8) && port.SequenceEqual("80"u8)) || (scheme.SequenceEqual("https"u8) && port.SequenceEqual("443"u8));
        port = isDefault ? default : port;
        int length = colon + 3 + host.Length + (port.IsEmpty ? 0 : port.Length + 1);
        return new OriginText(origin[..length], scheme, host, port);
    }
}
