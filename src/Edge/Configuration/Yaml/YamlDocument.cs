using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Yaml;

/// <summary>What can be wrong with the text of a document.</summary>
public enum YamlProblemKind
{
    /// <summary>It is not YAML or JSON.</summary>
    Syntax,

    /// <summary>A key stands twice in one mapping.</summary>
    DuplicateKey,

    /// <summary>A key stands twice in one mapping with the same scalar.</summary>
    EqualKey,

    /// <summary>A key stands twice in one mapping; both hold mappings, which were merged.</summary>
    MergedKey,

    /// <summary>A key stands twice in one mapping, and the first held a list or mapping that the last does not continue.</summary>
    DroppedBlock,

    /// <summary>One document of several is not YAML; the path says its kind.</summary>
    BrokenDocument,

    /// <summary>It is deeper or larger than the reader takes.</summary>
    Limit,

    /// <summary>Lenient mode repaired the text.</summary>
    Repaired,
}

/// <summary>One thing wrong with the text.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Span">Where.</param>
/// <param name="Message">For people; never contains a value of the document.</param>
/// <param name="Path">Path of the node, for duplicate keys.</param>
/// <param name="Hint">What to write instead, or how it was repaired.</param>
public sealed record YamlProblem(YamlProblemKind Kind, SourceSpan Span, string Message, string Path = "", string? Hint = null);

/// <summary>The documents of one text, and what is wrong with it. Immutable.</summary>
/// <param name="File">Name for people.</param>
/// <param name="Documents">Roots; those before a syntax error are there too. Empty documents are left out.</param>
/// <param name="Problems">In the order of the text.</param>
public sealed record YamlStream(string File, IReadOnlyList<YamlNode> Documents, IReadOnlyList<YamlProblem> Problems)
{
    /// <summary>True when the whole text could be read.</summary>
    public bool IsComplete => !Problems.Any(problem => problem.Kind is YamlProblemKind.Syntax or YamlProblemKind.Limit);
}
