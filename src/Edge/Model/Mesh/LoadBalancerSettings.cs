namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>Which endpoint a request goes to.</summary>
public sealed record LoadBalancerSettings
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>
    /// The simple algorithm; null when not written. Beside <see cref="ConsistentHash"/> it serves the requests without the key.
    /// </summary>
    public SimpleBalancing? Simple { get; init; }

    /// <summary>Hashing of a key; null when not written.</summary>
    public ConsistentHashSettings? ConsistentHash { get; init; }

    /// <summary>Localities; null takes the mesh's.</summary>
    public LocalitySettings? LocalityLb { get; init; }

    /// <summary>Slow start of new endpoints; null is none.</summary>
    public WarmupSettings? Warmup { get; init; }
}

/// <summary>Istio's simple algorithms.</summary>
public enum SimpleBalancing
{
    /// <summary>Fewest requests in flight of two drawn at random; the default, and what LEAST_CONN means.</summary>
    LeastRequest,

    /// <summary>In turn by weight.</summary>
    RoundRobin,

    /// <summary>At random.</summary>
    Random,

    /// <summary>The original destination; has no meaning here and is read as least request.</summary>
    Passthrough,
}

/// <summary>Hashing of a key: exactly one key is set.</summary>
public sealed record ConsistentHashSettings
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Header whose value is the key.</summary>
    public string? HttpHeaderName { get; init; }

    /// <summary>Cookie whose value is the key.</summary>
    public HashCookie? HttpCookie { get; init; }

    /// <summary>The client's address is the key.</summary>
    public bool UseSourceIp { get; init; }

    /// <summary>Query parameter whose value is the key.</summary>
    public string? HttpQueryParameterName { get; init; }

    /// <summary>Least entries of the ring; 1024 when not written. Null with Maglev.</summary>
    public int? MinimumRingSize { get; init; } = 1024;

    /// <summary>Size of Maglev's table, a prime; null with a ring.</summary>
    public int? MaglevTableSize { get; init; }
}

/// <summary>A cookie as key.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its path when it is made here; null writes none.</param>
/// <param name="Ttl">Its age when it is made here; null makes none, zero makes one for the session.</param>
/// <param name="Attributes">More attributes of a cookie that is made here.</param>
public sealed record HashCookie(string Name, string? Path, TimeSpan? Ttl, IReadOnlyList<KeyValuePair<string, string>> Attributes);

/// <summary>Slow start.</summary>
/// <param name="Duration">How long an endpoint counts as new.</param>
/// <param name="MinimumPercent">Share of its weight at the start, 0 to 100; 10 when not written.</param>
/// <param name="Aggression">Speed of the rise, at least 1 (linear).</param>
/// <param name="Span">Where it begins.</param>
public sealed record WarmupSettings(TimeSpan Duration, double MinimumPercent, double Aggression, SourceSpan Span);

/// <summary>Preference of endpoints by where they are.</summary>
public sealed record LocalitySettings
{
    /// <summary>Where it begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Whether localities count; null takes the mesh's.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Weights over localities.</summary>
    public IReadOnlyList<LocalityDistribution> Distribute { get; init; } = [];

    /// <summary>Which region takes over for which.</summary>
    public IReadOnlyList<LocalityFailover> Failover { get; init; } = [];

    /// <summary>Labels, <c>key</c> or <c>key=value</c>, whose agreement makes an endpoint near.</summary>
    public IReadOnlyList<string> FailoverPriority { get; init; } = [];
}

/// <summary>Where the requests of one locality go.</summary>
/// <param name="From"><c>region/zone/subzone</c>, <c>*</c> at the end is any.</param>
/// <param name="To">Percent by locality; the sum is 100.</param>
public sealed record LocalityDistribution(string From, IReadOnlyList<KeyValuePair<string, int>> To);

/// <summary>Which region takes over.</summary>
/// <param name="From">For this region.</param>
/// <param name="To">This one.</param>
public sealed record LocalityFailover(string From, string To);
