using System.Net;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>Settings of <see cref="NameResolver"/>. Immutable; the defaults are those of the product.</summary>
public sealed record NameResolverOptions
{
    /// <summary>
    /// Record types in the order they are tried; the first with records wins. Kong's default is SRV, A; AAAA is added, so that a
    /// name with IPv6 addresses only is reachable. SRV is left out for watches that do not allow it.
    /// </summary>
    public IReadOnlyList<RecordKind> Order { get; init; } = [RecordKind.Srv, RecordKind.A, RecordKind.Aaaa];

    /// <summary>The type that answered last time is tried first (Kong's LAST).</summary>
    public bool LastKindFirst { get; init; } = true;

    /// <summary>Lower bound of a record's life: a server answering with TTL 0 is asked once per second.</summary>
    public TimeSpan MinimumTtl { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Upper bound of a record's life.</summary>
    public TimeSpan MaximumTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>When set, replaces every record's life (Kong's <c>dns_valid_ttl</c>).</summary>
    public TimeSpan? ValidTtl { get; init; }

    /// <summary>
    /// Time until a name that does not exist is asked for again (Kong's <c>dns_not_found_ttl</c>), and how long the servers must keep
    /// denying a name that had addresses before these are given up: a name server that restarts denies everything for a moment.
    /// </summary>
    public TimeSpan NotFoundTtl { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>First pause after a failure (Kong's <c>dns_error_ttl</c>); doubles with each further failure.</summary>
    public TimeSpan ErrorTtl { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause between lookups that keep failing.</summary>
    public TimeSpan MaximumErrorTtl { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Each pause is lengthened by a random share of itself, up to this, so that names do not fall due together. 0 to 1.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>Shortest time between two lookups of a name, whatever asks for them.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A whole lookup, with all its questions, counts as failed after this.</summary>
    public TimeSpan LookupTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer is kept after its last watch went, for a reload that brings the name back.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Addresses kept of one name: what a server sends has an end. In the order of <see cref="NameAnswer.Addresses"/>.</summary>
    public int MaximumAddresses { get; init; } = 1024;

    /// <summary>Lookups in flight at once, over all names; each asks one question at a time.</summary>
    public int MaximumParallelLookups { get; init; } = 64;

    /// <summary>Time between two looks at the hosts file and resolv.conf; a change re-resolves every name at once.</summary>
    public TimeSpan FileCheckInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The hosts file (Kong's <c>dns_hostsfile</c>); null uses none.</summary>
    public string? HostsPath { get; init; } = "/etc/hosts";

    /// <summary>The system's resolver configuration; null uses the defaults of <see cref="ResolvConf"/>.</summary>
    public string? ResolvConfPath { get; init; } = "/etc/resolv.conf";

    /// <summary>When not empty, these servers are asked instead of those of the file (Kong's <c>dns_resolver</c>).</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    /// <summary>Source of jitter.</summary>
    public Random Random { get; init; } = new();
}
