using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>A Kong route compiled: what happens to a request that matches it. Immutable.</summary>
internal sealed class RoutePlan
{
    public required KongRoute Source { get; init; }

    /// <summary>Name for people and labels: the name, or the id.</summary>
    public required string Name { get; init; }

    public required ReadOnlyMemory<byte> NameUtf8 { get; init; }

    public required ReadOnlyMemory<byte> IdUtf8 { get; init; }

    /// <summary>Null answers 503 "no Service found with those values".</summary>
    public required ServicePlan? Service { get; init; }

    public required PathRewrite Rewrite { get; init; }

    public required bool PreserveHost { get; init; }

    /// <summary>Whether only https may use it; plain requests get <see cref="HttpsRedirectStatus"/>.</summary>
    public required bool HttpsOnly { get; init; }

    public required int HttpsRedirectStatus { get; init; }

    public required PluginSet Plugins { get; init; }

    /// <summary>The entity as log entries show it; empty when nothing logs entries.</summary>
    public ReadOnlyMemory<byte> LogJson { get; init; }
}

/// <summary>A Kong service compiled: where requests go, how often and how long. Immutable.</summary>
internal sealed class ServicePlan
{
    public required KongService Source { get; init; }

    public required string Name { get; init; }

    public required ReadOnlyMemory<byte> NameUtf8 { get; init; }

    /// <summary>Id of the service as text, for rate limits by service.</summary>
    public required ReadOnlyMemory<byte> IdUtf8 { get; init; }

    public required Cluster Cluster { get; init; }

    /// <summary>A document of the mesh that guards the destination and is not enforced: every request is answered 403. Null as a rule.</summary>
    public DeniedWorkload? Guard { get; init; }

    /// <summary>The entity as log entries show it; empty when nothing logs entries.</summary>
    public ReadOnlyMemory<byte> LogJson { get; init; }

    /// <summary>Extra attempts after the first.</summary>
    public required int Retries { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int ConnectTimeout { get; init; }

    /// <summary>Longest silence between two writes, milliseconds.</summary>
    public required int WriteTimeout { get; init; }

    /// <summary>Longest silence between two reads, milliseconds.</summary>
    public required int ReadTimeout { get; init; }
}
