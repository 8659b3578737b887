namespace VoltageSoda.Edge.Model;

/// <summary>
/// Where something was written: file (as the operator named it), line and column, both counted from 1. Immutable value.
/// </summary>
/// <param name="File">Path as given, or a pseudo name such as <c>KONG_DECLARATIVE_CONFIG_STRING</c> or <c>environment</c>.</param>
/// <param name="Line">Line from 1; 0 when the source has no lines.</param>
/// <param name="Column">Column from 1; 0 when the source has no columns.</param>
public readonly record struct SourceSpan(string File, int Line, int Column)
{
    /// <summary>The place of things that were not written anywhere, such as defaults.</summary>
    public static readonly SourceSpan None = new("", 0, 0);

    /// <summary>True when this names no place.</summary>
    public bool IsNone => string.IsNullOrEmpty(File);

    /// <summary>This place as told from another: <c>line 12</c> in the same file, else <c>file:line:col</c>.</summary>
    public string From(SourceSpan other) => Line > 0 && File == other.File ? $"line {Line}" : ToString();

    /// <summary><c>file:line:col</c>, or the file alone when there is no line.</summary>
    public override string ToString() => IsNone ? "-" : Line == 0 ? File : $"{File}:{Line}:{Column}";
}
