namespace VoltageSoda.Edge.Model;

/// <summary>Configuration of <c>request-transformer</c> (<c>kong/plugins/request-transformer/schema.lua</c>). Immutable.</summary>
public sealed record RequestTransformerConfig : KongPluginConfig
{
    /// <summary>New method, upper case; null keeps it.</summary>
    public string? HttpMethod { get; init; }

    /// <summary>New upstream path; null keeps it.</summary>
    public ValueTemplate? ReplaceUri { get; init; }

    /// <summary>Edits of request fields.</summary>
    public TransformEdits Headers { get; init; } = TransformEdits.Empty;

    /// <summary>Edits of query arguments.</summary>
    public TransformEdits Querystring { get; init; } = TransformEdits.Empty;

    /// <summary>Edits of body members.</summary>
    public TransformEdits Body { get; init; } = TransformEdits.Empty;
}

/// <summary>Configuration of <c>response-transformer</c> (<c>kong/plugins/response-transformer/schema.lua</c>). Immutable.</summary>
public sealed record ResponseTransformerConfig : KongPluginConfig
{
    /// <summary>Edits of response fields.</summary>
    public TransformEdits Headers { get; init; } = TransformEdits.Empty;

    /// <summary>Edits of members of a JSON body.</summary>
    public TransformEdits Json { get; init; } = TransformEdits.Empty;
}

/// <summary>The five lists of a transformer, each in the order written. Applied remove, rename, replace, add, append.</summary>
public sealed record TransformEdits
{
    /// <summary>No edit.</summary>
    public static readonly TransformEdits Empty = new();

    /// <summary>Names to remove.</summary>
    public IReadOnlyList<TransformEntry> Remove { get; init; } = [];

    /// <summary>Old name and (as value) new name.</summary>
    public IReadOnlyList<TransformEntry> Rename { get; init; } = [];

    /// <summary>Set where present.</summary>
    public IReadOnlyList<TransformEntry> Replace { get; init; } = [];

    /// <summary>Set where absent.</summary>
    public IReadOnlyList<TransformEntry> Add { get; init; } = [];

    /// <summary>Add one more.</summary>
    public IReadOnlyList<TransformEntry> Append { get; init; } = [];

    /// <summary>True when there is nothing to do.</summary>
    public bool IsEmpty => Remove.Count + Rename.Count + Replace.Count + Add.Count + Append.Count == 0;
}

/// <summary>Type of a JSON value that a transformer writes.</summary>
public enum JsonValueType
{
    /// <summary>A string.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,
}

/// <summary>One line of a transformer list.</summary>
/// <param name="Name">Before the first colon.</param>
/// <param name="Value">After it; null when nothing follows (or for remove).</param>
/// <param name="JsonType">Type of the value in a JSON body.</param>
/// <param name="Span">Where it stands.</param>
public sealed record TransformEntry(string Name, ValueTemplate? Value, JsonValueType JsonType, SourceSpan Span);
