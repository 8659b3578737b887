using System.Collections.Immutable;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>One <c>name:value</c> entry; a null value means the entry has none. For rename the value is the new name.</summary>
public sealed record NameValue(string Name, string? Value);

/// <summary>The five edit lists of one place (headers, query string, body).</summary>
public sealed record EditLists
{
    public static EditLists Empty { get; } = new();

    public ImmutableArray<string> Remove { get; init; } = [];

    public ImmutableArray<NameValue> Rename { get; init; } = [];

    public ImmutableArray<NameValue> Replace { get; init; } = [];

    public ImmutableArray<NameValue> Add { get; init; } = [];

    public ImmutableArray<NameValue> Append { get; init; } = [];

    public bool IsEmpty => Remove.IsEmpty && Rename.IsEmpty && Replace.IsEmpty && Add.IsEmpty && Append.IsEmpty;
}

/// <summary>Configuration of one request-transformer instance, validated (templates by <see cref="TemplateText.TryParse"/>).</summary>
public sealed record RequestTransformOptions
{
    public string? HttpMethod { get; init; }

    public string? ReplaceUri { get; init; }

    public EditLists Headers { get; init; } = EditLists.Empty;

    public EditLists QueryString { get; init; } = EditLists.Empty;

    public EditLists Body { get; init; } = EditLists.Empty;
}

/// <summary>Type a JSON value is given (json_types).</summary>
public enum JsonValueKindHint
{
    Text,
    Number,
    Boolean,
}

/// <summary>One JSON edit of response-transformer.</summary>
public sealed record JsonEdit(string Name, string? Value, JsonValueKindHint Kind = JsonValueKindHint.Text);

/// <summary>Configuration of one response-transformer instance, validated.</summary>
public sealed record ResponseTransformOptions
{
    public EditLists Headers { get; init; } = EditLists.Empty;

    public ImmutableArray<string> RemoveJson { get; init; } = [];

    public ImmutableArray<NameValue> RenameJson { get; init; } = [];

    public ImmutableArray<JsonEdit> ReplaceJson { get; init; } = [];

    public ImmutableArray<JsonEdit> AddJson { get; init; } = [];

    public ImmutableArray<JsonEdit> AppendJson { get; init; } = [];
}
