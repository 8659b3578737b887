namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>Size limits of one head. Lines are counted without CR LF, the total with it and without the final empty line.</summary>
public readonly record struct HeadLimits
{
    /// <summary>Longest request or status line, bytes.</summary>
    public required int StartLine { get; init; }

    /// <summary>Longest field line, bytes.</summary>
    public required int HeaderLine { get; init; }

    /// <summary>All field lines together, bytes.</summary>
    public required int HeadersTotal { get; init; }

    /// <summary>Most field lines.</summary>
    public required int HeaderCount { get; init; }

    /// <summary>True when the start line counts towards <see cref="HeadersTotal"/> (Envoy's max_request_headers_kb).</summary>
    public bool TotalIncludesStartLine { get; init; }

    /// <summary>EDGE_LIMIT_* defaults of a Kong listener.</summary>
    public static HeadLimits Kong => new() { StartLine = 8192, HeaderLine = 8192, HeadersTotal = 32768, HeaderCount = 100 };

    /// <summary>Defaults of an Istio listener.</summary>
    public static HeadLimits Istio => new() { StartLine = 61440, HeaderLine = 61440, HeadersTotal = 61440, HeaderCount = 100, TotalIncludesStartLine = true };

    /// <summary>EDGE_LIMIT_RESPONSE_HEAD defaults.</summary>
    public static HeadLimits Response => new() { StartLine = 65536, HeaderLine = 65536, HeadersTotal = 65536, HeaderCount = 200, TotalIncludesStartLine = true };
}
