namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>What routing looks at besides header fields. Spans are borrowed for the call.</summary>
public readonly ref struct MeshRequest
{
    public required ReadOnlySpan<byte> Method { get; init; }

    /// <summary>The authority as received: host with optional port.</summary>
    public required ReadOnlySpan<byte> Authority { get; init; }

    /// <summary>Path and query as they are routed, after normalisation.</summary>
    public required ReadOnlySpan<byte> PathAndQuery { get; init; }

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public required ReadOnlySpan<byte> Scheme { get; init; }

    /// <summary>The path alone.</summary>
    public ReadOnlySpan<byte> Path
    {
        get
        {
            int query = PathAndQuery.IndexOf((byte)'?');
            return query < 0 ? PathAndQuery : PathAndQuery[..query];
        }
    }

    /// <summary>The query without question mark; empty when there is none.</summary>
    public ReadOnlySpan<byte> Query
    {
        get
        {
            int query = PathAndQuery.IndexOf((byte)'?');
            return query < 0 ? default : PathAndQuery[(query + 1)..];
        }
    }
}
