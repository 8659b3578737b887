namespace VoltageSoda.Edge.Model;

/// <summary>
/// One configured plugin: its scope, its typed configuration and whether it acts (<c>kong/runloop/plugins_iterator.lua</c>). Immutable.
/// </summary>
public sealed record KongPlugin : KongEntity
{
    /// <summary><c>cors</c>, <c>jwt</c>, …</summary>
    public required string Name { get; init; }

    /// <summary>Name of this instance.</summary>
    public string? InstanceName { get; init; }

    /// <summary>Position in the order of declaration over all files, from 0.</summary>
    public int Order { get; init; }

    /// <summary>Service scope; all three null is global.</summary>
    public EntityRef? Service { get; init; }

    /// <summary>Route scope.</summary>
    public EntityRef? Route { get; init; }

    /// <summary>Consumer scope.</summary>
    public EntityRef? Consumer { get; init; }

    /// <summary>As written; a disabled plugin does not act and hides nothing.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Schemes for which it acts.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>Typed configuration.</summary>
    public required KongPluginConfig Config { get; init; }

    /// <summary>
    /// The configuration as written, references expanded, as the text of a JSON object; null when none was written. Any of it may be secret.
    /// </summary>
    public Secret? Written { get; init; }

    /// <summary>Why it is loaded but does nothing (not built yet); null when it acts.</summary>
    public string? InactiveReason { get; init; }

    /// <summary>True when it acts: enabled and built.</summary>
    public bool Active => Enabled && InactiveReason is null;

    /// <summary>True when no scope is given.</summary>
    public bool IsGlobal => Service is null && Route is null && Consumer is null;

    /// <inheritdoc/>
    public override string Label => InstanceName ?? Name;
}

/// <summary>Base of the configuration records, one per plugin.</summary>
public abstract record KongPluginConfig;

/// <summary>A plugin without a record of its own: known to Kong, not built here.</summary>
public sealed record UnbuiltPluginConfig : KongPluginConfig;
