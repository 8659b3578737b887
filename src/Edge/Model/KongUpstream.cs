namespace VoltageSoda.Edge.Model;

/// <summary>A named set of targets (<c>kong/db/schema/entities/upstreams.lua</c>). Immutable.</summary>
public sealed record KongUpstream : KongEntity
{
    /// <summary>Name that a service's host refers to.</summary>
    public required string Name { get; init; }

    /// <summary>How a target is chosen.</summary>
    public KongBalancing Algorithm { get; init; } = KongBalancing.RoundRobin;

    /// <summary>What is hashed: none, consumer, ip, header, cookie, path, query_arg, uri_capture.</summary>
    public KongHashInput HashOn { get; init; } = new("none", null);

    /// <summary>What is hashed when the first input is absent.</summary>
    public KongHashInput HashFallback { get; init; } = new("none", null);

    /// <summary>Path of a generated hash cookie.</summary>
    public string HashOnCookiePath { get; init; } = "/";

    /// <summary>10 to 65536.</summary>
    public int Slots { get; init; } = 10000;

    /// <summary>Host sent to the targets instead of theirs.</summary>
    public string? HostHeader { get; init; }

    /// <summary>Certificate shown to the targets.</summary>
    public EntityRef? ClientCertificate { get; init; }

    /// <summary>Use the SRV name as the host name.</summary>
    public bool UseSrvName { get; init; }

    /// <summary>Active and passive checks.</summary>
    public KongHealthchecks Healthchecks { get; init; } = new();

    /// <summary>Targets in the order of declaration.</summary>
    public IReadOnlyList<KongTarget> Targets { get; init; } = [];

    /// <inheritdoc/>
    public override string Label => Name;
}

/// <summary>Kong's balancing algorithms.</summary>
public enum KongBalancing
{
    /// <summary>Weighted round robin.</summary>
    RoundRobin,

    /// <summary>Ketama-like ring.</summary>
    ConsistentHashing,

    /// <summary>Fewest connections by weight.</summary>
    LeastConnections,

    /// <summary>Peak EWMA.</summary>
    Latency,
}

/// <summary>An input of consistent hashing.</summary>
/// <param name="Kind">none, consumer, ip, header, cookie, path, query_arg, uri_capture.</param>
/// <param name="Name">Name of the header, cookie, argument or capture.</param>
public sealed record KongHashInput(string Kind, string? Name);

/// <summary>One target of an upstream. Immutable.</summary>
public sealed record KongTarget : KongEntity
{
    /// <summary>As written, with the port filled in.</summary>
    public required string Target { get; init; }

    /// <summary>Name or address (IPv6 without brackets).</summary>
    public required string Host { get; init; }

    /// <summary>Port, 8000 when none was written.</summary>
    public int Port { get; init; } = 8000;

    /// <summary>0 to 65535; 0 takes it out of rotation.</summary>
    public int Weight { get; init; } = 100;

    /// <inheritdoc/>
    public override string Label => Target;
}

/// <summary>Health checks of an upstream.</summary>
public sealed record KongHealthchecks
{
    /// <summary>Probes sent by us.</summary>
    public KongActiveCheck Active { get; init; } = new();

    /// <summary>Judging real traffic.</summary>
    public KongPassiveCheck Passive { get; init; } = new();

    /// <summary>Percentage of weight that must be available (strictly more), 0 to 100.</summary>
    public double Threshold { get; init; }
}

/// <summary>Active probing.</summary>
public sealed record KongActiveCheck
{
    /// <summary>tcp, http, https, grpc, grpcs.</summary>
    public string Type { get; init; } = "http";

    /// <summary>Time for one probe.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Probes at a time.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Path of the probe.</summary>
    public string HttpPath { get; init; } = "/";

    /// <summary>SNI of the probe.</summary>
    public string? HttpsSni { get; init; }

    /// <summary>Verify the certificate.</summary>
    public bool HttpsVerifyCertificate { get; init; } = true;

    /// <summary>Extra fields of the probe.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Headers { get; init; } = [];

    /// <summary>Time between probes of healthy targets; zero switches them off.</summary>
    public TimeSpan HealthyInterval { get; init; }

    /// <summary>Statuses that count as success.</summary>
    public IReadOnlyList<int> HealthyStatuses { get; init; } = [200, 302];

    /// <summary>Successes that heal; 0 is off.</summary>
    public int Successes { get; init; }

    /// <summary>Time between probes of unhealthy targets; zero switches them off.</summary>
    public TimeSpan UnhealthyInterval { get; init; }

    /// <summary>Statuses that count as failure.</summary>
    public IReadOnlyList<int> UnhealthyStatuses { get; init; } = [429, 404, 500, 501, 502, 503, 504, 505];

    /// <summary>Connection failures that make unhealthy; 0 is off.</summary>
    public int TcpFailures { get; init; }

    /// <summary>Timeouts that make unhealthy; 0 is off.</summary>
    public int Timeouts { get; init; }

    /// <summary>Bad statuses that make unhealthy; 0 is off.</summary>
    public int HttpFailures { get; init; }
}

/// <summary>Passive checking.</summary>
public sealed record KongPassiveCheck
{
    /// <summary>tcp, http, https, grpc, grpcs.</summary>
    public string Type { get; init; } = "http";

    /// <summary>Statuses that count as success.</summary>
    public IReadOnlyList<int> HealthyStatuses { get; init; } =
        [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308];

    /// <summary>Successes that heal; 0 is off.</summary>
    public int Successes { get; init; }

    /// <summary>Statuses that count as failure.</summary>
    public IReadOnlyList<int> UnhealthyStatuses { get; init; } = [429, 500, 503];

    /// <summary>Connection failures that make unhealthy; 0 is off.</summary>
    public int TcpFailures { get; init; }

    /// <summary>Timeouts that make unhealthy; 0 is off.</summary>
    public int Timeouts { get; init; }

    /// <summary>Bad statuses that make unhealthy; 0 is off.</summary>
    public int HttpFailures { get; init; }
}
