using System.Diagnostics.CodeAnalysis;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>What a template may refer to besides headers. Borrowed for the call.</summary>
public readonly ref struct TemplateFacts
{
    /// <summary>Raw query string without the question mark.</summary>
    public ReadOnlySpan<byte> Query { get; init; }

    public UriCaptures? Captures { get; init; }
}

/// <summary>
/// A value with <c>$(...)</c> parts, parsed at load: headers, query_params, uri_captures, joined with <c>or</c> and literals.
/// Immutable, thread-safe.
/// </summary>
public sealed class TemplateText
{
    private TemplateText()
    {
    }

    /// <summary>Parses; <paramref name="error"/> names the construct that is not supported.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TemplateText? template, [NotNullWhen(false)] out string? error) =>
        throw new NotImplementedException();

    /// <summary>True when the text has no <c>$(...)</c> part.</summary>
    public bool IsLiteral => throw new NotImplementedException();
}
