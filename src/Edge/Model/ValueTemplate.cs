namespace VoltageSoda.Edge.Model;

/// <summary>
/// A value that may contain <c>$(headers["x"])</c>, <c>$(query_params.x)</c>, <c>$(uri_captures.x)</c> or <c>$(uri_captures[1])</c>, with
/// <c>or</c> alternatives. Parsed at load. Immutable.
/// </summary>
/// <param name="Text">As written.</param>
/// <param name="Parts">Pieces to join.</param>
public sealed record ValueTemplate(string Text, IReadOnlyList<TemplatePart> Parts)
{
    /// <summary>True when there is nothing to look up: <see cref="Text"/> is the value.</summary>
    public bool IsLiteral => Parts is [{ Alternatives: [{ Source: TemplateSource.Literal }] }];

    /// <summary>A value without templates.</summary>
    public static ValueTemplate Literal(string text) => new(text, [new TemplatePart([new TemplateOperand(TemplateSource.Literal, text, 0)])]);
}

/// <summary>One piece: the first alternative that has a value is used.</summary>
/// <param name="Alternatives">In the order of <c>or</c>.</param>
public sealed record TemplatePart(IReadOnlyList<TemplateOperand> Alternatives);

/// <summary>Where a template value comes from.</summary>
public enum TemplateSource
{
    /// <summary>The name is the text itself.</summary>
    Literal,

    /// <summary>A request field.</summary>
    Header,

    /// <summary>A query argument.</summary>
    QueryParam,

    /// <summary>A named capture of the matched path.</summary>
    UriCapture,

    /// <summary>A numbered capture of the matched path.</summary>
    UriCaptureIndex,
}

/// <summary>One operand.</summary>
/// <param name="Source">Where from.</param>
/// <param name="Name">Field, argument or capture name; the text for a literal.</param>
/// <param name="Index">Number of the capture.</param>
public sealed record TemplateOperand(TemplateSource Source, string Name, int Index);
