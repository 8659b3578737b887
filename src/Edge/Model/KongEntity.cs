namespace VoltageSoda.Edge.Model;

/// <summary>What every entity of a Kong document carries. Immutable.</summary>
public abstract record KongEntity
{
    /// <summary>Kong's id: the one given, else the UUIDv5 that Kong's declarative loader derives, so that Redis counters and metrics join.</summary>
    public required Guid Id { get; init; }

    /// <summary>Where the entity begins.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Where its fields are.</summary>
    public FieldSpans Fields { get; init; } = FieldSpans.Empty;

    /// <summary>Free labels.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The name people use for it: name, username, host or id.</summary>
    public abstract string Label { get; }

    /// <summary>The place of a field, or of the entity when the field was not written.</summary>
    public SourceSpan SpanOf(string field) => Fields.Has(field) ? Fields[field] : Span;
}

/// <summary>A resolved reference to another entity.</summary>
/// <param name="Id">Id of the entity referred to.</param>
/// <param name="Label">Its name for people.</param>
/// <param name="Span">Where the reference (or the nesting) stands.</param>
public sealed record EntityRef(Guid Id, string Label, SourceSpan Span);
