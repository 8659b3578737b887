namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>A <see cref="RouteQuery"/> prepared for matching: host and port split, method turned into a bit.</summary>
internal readonly ref struct RouteFacts
{
    public required ReadOnlySpan<byte> Method { get; init; }

    /// <summary>The bit of the method in <see cref="MethodTable"/>.</summary>
    public required int MethodBit { get; init; }

    public required ReadOnlySpan<byte> Host { get; init; }

    public required int Port { get; init; }

    public required ReadOnlySpan<byte> Path { get; init; }

    public required bool IsTls { get; init; }

    /// <summary>Server name without trailing dot.</summary>
    public required ReadOnlySpan<byte> ServerName { get; init; }

    public static RouteFacts From(scoped in RouteQuery query, MethodTable methods)
    {
        ReadOnlySpan<byte> host = query.Host;
        int port = query.DefaultPort != 0 ? query.DefaultPort : query.IsTls ? 443 : 80;
        int colon = host.LastIndexOf((byte)':');
        if (colon >= 0 && colon > host.LastIndexOf((byte)']') && TryReadPort(host[(colon + 1)..], ref port))
        {
            host = host[..colon];
        }

        ReadOnlySpan<byte> serverName = query.ServerName;
        return new RouteFacts
        {
            Method = query.Method,
            MethodBit = methods.BitOf(query.Method),
            Host = host,
            Port = port,
            Path = query.Path,
            IsTls = query.IsTls,
            ServerName = serverName is [.., (byte)'.'] ? serverName[..^1] : serverName,
        };
    }

    // An empty port ("host:") keeps the default one, as RFC 9110 4.2.1 allows it to be absent.
    private static bool TryReadPort(ReadOnlySpan<byte> text, ref int port)
    {
        int value = 0;
        foreach (byte digit in text)
        {
            if (!char.IsAsciiDigit((char)digit) || value > 65535)
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        port = text.IsEmpty ? port : value;
        return true;
    }
}
