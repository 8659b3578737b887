namespace VoltageSoda.Edge.Model;

/// <summary>A Kong service: where requests of its routes go (kong.conf 3.4, <c>kong/db/schema/entities/services.lua</c>). Immutable.</summary>
public sealed record KongService : KongEntity
{
    /// <summary>Unique name; null when none was given.</summary>
    public string? Name { get; init; }

    /// <summary><c>http</c>, <c>https</c>, or a protocol that is not served yet (then a finding exists).</summary>
    public string Protocol { get; init; } = "http";

    /// <summary>Host name, address, or the name of a <see cref="KongUpstream"/>.</summary>
    public required string Host { get; init; }

    /// <summary>Port, 0 to 65535.</summary>
    public int Port { get; init; } = 80;

    /// <summary>Path put before the request's; null when none.</summary>
    public string? Path { get; init; }

    /// <summary>Extra attempts, 0 to 32767.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Time to connect.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time between two writes.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time between two reads.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>False: the routes of this service do not exist.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Verify the upstream's certificate; null means the node default.</summary>
    public bool? TlsVerify { get; init; }

    /// <summary>Longest chain, 0 to 64.</summary>
    public int? TlsVerifyDepth { get; init; }

    /// <summary>Trusted roots by id.</summary>
    public IReadOnlyList<Guid> CaCertificates { get; init; } = [];

    /// <summary>Certificate shown to the upstream.</summary>
    public EntityRef? ClientCertificate { get; init; }

    /// <inheritdoc/>
    public override string Label => Name ?? Host;
}
