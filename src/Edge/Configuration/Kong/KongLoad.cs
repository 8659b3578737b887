using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>What the readers of one load share: findings, variables, enabled plugins, names seen. Used by one thread.</summary>
internal sealed class KongLoad(FindingList findings, VariableExpander expander, IReadOnlySet<string> enabledPlugins, bool posted = false)
{
    /// <summary>Findings.</summary>
    public FindingList Findings => findings;

    /// <summary>Variables.</summary>
    public VariableExpander Expander => expander;

    /// <summary>Plugins that may be configured.</summary>
    public IReadOnlySet<string> EnabledPlugins => enabledPlugins;

    /// <summary>True in strict mode.</summary>
    public bool Strict => findings.Mode == ConfigMode.Strict;

    /// <summary>True for a document of the Admin API: it replaces everything at once, so that nothing is read into it that it does not say.</summary>
    public bool Posted => posted;

    /// <summary>Names and ids of the entities read so far.</summary>
    public EntityIndex Index { get; } = new(findings);
}

/// <summary>An entity as it stands in a document, with the parent it is nested in.</summary>
/// <param name="Node">The mapping.</param>
/// <param name="Path">Path in its document.</param>
/// <param name="Document">Number of the document, for the order of declaration.</param>
/// <param name="ParentCollection">Collection of the parent, or null at top level.</param>
/// <param name="Parent">The parent, or null at top level.</param>
internal sealed record RawEntity(YamlMapping Node, string Path, int Document, string? ParentCollection, EntityRef? Parent);

/// <summary>A scalar taken from a document.</summary>
/// <param name="Text">Text after expansion.</param>
/// <param name="Span">Where.</param>
/// <param name="Path">Path in the document.</param>
internal readonly record struct LocatedText(string Text, SourceSpan Span, string Path);

/// <summary>A secret taken from a document.</summary>
/// <param name="Value">The secret; null when there is none.</param>
/// <param name="Missing">Why there is none although the field is there; null otherwise.</param>
/// <param name="Reported">True when a finding says so already.</param>
internal readonly record struct SecretField(Secret? Value, string? Missing, bool Reported);
