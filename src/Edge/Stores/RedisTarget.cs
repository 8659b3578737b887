using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Stores;

/// <summary>
/// Everything that decides what a Redis connection connects to and as whom: equal targets share one connection. Immutable.
/// </summary>
internal sealed record RedisTarget
{
    public RedisTopology Topology { get; init; }

    /// <summary>Host and port of each server, separated by commas: a text, so that equality covers it.</summary>
    public required string Servers { get; init; }

    public string? ServiceName { get; init; }

    public string? User { get; init; }

    public Secret? Password { get; init; }

    public string? SentinelUser { get; init; }

    public Secret? SentinelPassword { get; init; }

    public bool Ssl { get; init; }

    public bool SslVerify { get; init; }

    /// <summary>Name expected in the certificate; null takes the host.</summary>
    public string? ServerName { get; init; }

    public int Database { get; init; }

    /// <summary>Longest time for one command, milliseconds.</summary>
    public int Timeout { get; init; } = 2000;

    /// <summary>The target of a plugin's settings; <paramref name="servers"/> replaces its host and port.</summary>
    public static RedisTarget Of(RedisConfig config, RedisServers? servers) => new()
    {
        Topology = servers?.Topology ?? RedisTopology.Single,
        Servers = servers is null ? $"{config.Host}:{config.Port}" : string.Join(',', servers.Servers),
        ServiceName = servers?.ServiceName,
        User = string.IsNullOrEmpty(config.Username) ? null : config.Username,
        Password = config.Password is { } password && password.Reveal().Length != 0 ? password : null,
        SentinelUser = servers?.SentinelUser,
        SentinelPassword = servers?.SentinelPassword,
        Ssl = config.Ssl,
        SslVerify = config.SslVerify,
        ServerName = config.ServerName,
        Database = config.Database,
        Timeout = (int)Math.Clamp(config.Timeout.TotalMilliseconds, 1, int.MaxValue),
    };

    /// <summary>For logs and labels: no user, no password.</summary>
    public override string ToString() =>
        (ServiceName is null ? Servers : $"{ServiceName}@{Servers}") + (Database == 0 ? "" : $"/{Database}");
}
