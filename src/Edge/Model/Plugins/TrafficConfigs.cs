namespace VoltageSoda.Edge.Model;

/// <summary>Configuration of <c>request-size-limiting</c> (<c>kong/plugins/request-size-limiting/schema.lua</c>). Immutable.</summary>
public sealed record RequestSizeLimitingConfig : KongPluginConfig
{
    /// <summary>Largest body in bytes (allowed_payload_size times size_unit); default 128 MiB.</summary>
    public long MaxBytes { get; init; } = 128L << 20;

    /// <summary>Refuse bodies of unknown length that are not chunked with 411.</summary>
    public bool RequireContentLength { get; init; }

    /// <summary>Status of the refusal (an extension of ours; Kong's is 413, and 417 with Expect stays).</summary>
    public int RejectStatus { get; init; } = 413;
}

/// <summary>What a quota counts by.</summary>
public enum RateLimitBy
{
    /// <summary>Consumer, else credential, else client address.</summary>
    Consumer,

    /// <summary>Credential, else client address.</summary>
    Credential,

    /// <summary>Client address.</summary>
    Ip,

    /// <summary>Service.</summary>
    Service,

    /// <summary>A request field, else client address.</summary>
    Header,

    /// <summary>One path, else client address.</summary>
    Path,
}

/// <summary>Where counters live.</summary>
public enum RateLimitPolicy
{
    /// <summary>In this process.</summary>
    Local,

    /// <summary>In Redis.</summary>
    Redis,
}

/// <summary>Configuration of <c>rate-limiting</c> (<c>kong/plugins/rate-limiting/schema.lua</c>). Limits are requests per window; null is no limit. Immutable.</summary>
public sealed record RateLimitingConfig : KongPluginConfig
{
    /// <summary>Per second.</summary>
    public long? Second { get; init; }

    /// <summary>Per minute.</summary>
    public long? Minute { get; init; }

    /// <summary>Per hour.</summary>
    public long? Hour { get; init; }

    /// <summary>Per day.</summary>
    public long? Day { get; init; }

    /// <summary>Per month.</summary>
    public long? Month { get; init; }

    /// <summary>Per year.</summary>
    public long? Year { get; init; }

    /// <summary>What is counted.</summary>
    public RateLimitBy LimitBy { get; init; } = RateLimitBy.Consumer;

    /// <summary>Field for <see cref="RateLimitBy.Header"/>.</summary>
    public string? HeaderName { get; init; }

    /// <summary>Path for <see cref="RateLimitBy.Path"/>.</summary>
    public string? Path { get; init; }

    /// <summary>Where counters live.</summary>
    public RateLimitPolicy Policy { get; init; } = RateLimitPolicy.Local;

    /// <summary>Let requests through when the store fails.</summary>
    public bool FaultTolerant { get; init; } = true;

    /// <summary>Send no limit fields.</summary>
    public bool HideClientHeaders { get; init; }

    /// <summary>Status of a refusal.</summary>
    public int ErrorCode { get; init; } = 429;

    /// <summary>Message of a refusal.</summary>
    public string ErrorMessage { get; init; } = "API rate limit exceeded";

    /// <summary>Seconds between synchronisations with Redis; -1 is at every request.</summary>
    public double SyncRate { get; init; } = -1;

    /// <summary>Redis connection; meaningful with <see cref="RateLimitPolicy.Redis"/>.</summary>
    public RedisConfig Redis { get; init; } = new();
}

/// <summary>What a token bucket is kept for.</summary>
public enum BucketBy
{
    /// <summary>Consumer, else credential, else client address.</summary>
    Consumer,

    /// <summary>Client address.</summary>
    Ip,

    /// <summary>The value of a request field, else client address.</summary>
    Header,

    /// <summary>Each path.</summary>
    Path,

    /// <summary>The value of a claim of the verified token, else client address.</summary>
    Claim,
}

/// <summary>Configuration of <c>token-bucket</c>, a plugin of our own. Immutable.</summary>
public sealed record TokenBucketConfig : KongPluginConfig
{
    /// <summary>Tokens per second, 0.001..1 000 000.</summary>
    public required double Rate { get; init; }

    /// <summary>Most tokens held, 1..1 000 000.</summary>
    public required int Burst { get; init; }

    /// <summary>What has a bucket.</summary>
    public BucketBy LimitBy { get; init; } = BucketBy.Consumer;

    /// <summary>Field for <see cref="BucketBy.Header"/>.</summary>
    public string? HeaderName { get; init; }

    /// <summary>Claim for <see cref="BucketBy.Claim"/>.</summary>
    public string? ClaimName { get; init; }

    /// <summary>Where buckets live.</summary>
    public RateLimitPolicy Policy { get; init; } = RateLimitPolicy.Local;

    /// <summary>Let requests through when the store fails.</summary>
    public bool FaultTolerant { get; init; } = true;

    /// <summary>Send no limit fields.</summary>
    public bool HideClientHeaders { get; init; }

    /// <summary>Status of a refusal.</summary>
    public int ErrorCode { get; init; } = 429;

    /// <summary>Message of a refusal.</summary>
    public string ErrorMessage { get; init; } = "API rate limit exceeded";

    /// <summary>Redis connection; meaningful with <see cref="RateLimitPolicy.Redis"/>.</summary>
    public RedisConfig Redis { get; init; } = new();
}

/// <summary>Connection to Redis. Immutable.</summary>
public sealed record RedisConfig
{
    /// <summary>Host name or address.</summary>
    public string? Host { get; init; }

    /// <summary>Port.</summary>
    public int Port { get; init; } = 6379;

    /// <summary>ACL user.</summary>
    public string? Username { get; init; }

    /// <summary>Password.</summary>
    public Secret? Password { get; init; }

    /// <summary>Use TLS.</summary>
    public bool Ssl { get; init; }

    /// <summary>Verify the certificate.</summary>
    public bool SslVerify { get; init; }

    /// <summary>Name expected in the certificate.</summary>
    public string? ServerName { get; init; }

    /// <summary>Time for one command.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(2000);

    /// <summary>Database number.</summary>
    public int Database { get; init; }

    /// <summary>Why Redis must be treated as unreachable whatever the network says; null when it may be tried.</summary>
    public string? UnreachableReason { get; init; }
}
