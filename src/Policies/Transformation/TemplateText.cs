using System.Diagnostics.CodeAnalysis;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>What a template may refer to besides headers. Borrowed for the call.</summary>
public readonly ref struct TemplateFacts
{
    /// <summary>Raw query string without the question mark.</summary>
    public ReadOnlySpan<byte> Query { get; init; }

    public UriCaptures? Captures { get; init; }
}

/// <summary>
/// A value with <c>$(...)</c> parts, parsed at load: headers, query_params, uri_captures, joined with <c>or</c> and literals (kong.md 8.2).
/// What is absent renders as nothing, as in Kong. Immutable, thread-safe.
/// </summary>
public sealed class TemplateText
{
    private readonly TemplatePart[] _parts;
    private readonly byte[]? _literal;

    private TemplateText(TemplatePart[] parts)
    {
        _parts = parts;
        _literal = parts.Length == 0 ? [] : parts is [{ Literal: { } only }] ? only : null;
    }

    /// <summary>True when the text has no <c>$(...)</c> part.</summary>
    public bool IsLiteral => _literal is not null;

    /// <summary>The text of a literal template; empty for any other.</summary>
    internal ReadOnlySpan<byte> LiteralUtf8 => _literal;

    /// <summary>Parses; <paramref name="error"/> names the construct that is not supported.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TemplateText? template, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<TemplatePart>? parts = TemplateReader.Read(text, out error);
        template = parts is null ? null : new TemplateText([.. parts]);
        error = parts is null ? error ?? "invalid template" : null;
        return template is not null;
    }

    internal static TemplateText Parse(string text) =>
        TryParse(text, out TemplateText? template, out string? error) ? template : throw new ArgumentException($"'{text}': {error}", nameof(text));

    /// <summary>A template that stands for its text, dollar signs and all.</summary>
    internal static TemplateText Literal(string text) => new([TemplatePart.OfLiteral(text)]);

    /// <summary>Appends the rendered text. Variables are escaped for a path when asked to.</summary>
    internal void Render<THeaders>(scoped in TemplateFacts facts, ref THeaders headers, ref ScratchBuffer output, bool escapeForPath = false)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        foreach (TemplatePart part in _parts)
        {
            if (part.Literal is not null)
            {
                output.Append(part.Literal);
                continue;
            }

            foreach (TemplateTerm term in part.Terms)
            {
                if (term.TryRender(facts, ref headers, ref output, escapeForPath))
                {
                    break;
                }
            }
        }
    }
}

/// <summary>A piece of a template: literal bytes, or terms of which the first that has a value is rendered.</summary>
internal sealed record TemplatePart(byte[]? Literal, TemplateTerm[] Terms)
{
    public static TemplatePart OfLiteral(string text) => new(Encoding.UTF8.GetBytes(text), []);
}

/// <summary>Where a term takes its value from.</summary>
internal enum TemplateSource
{
    Constant,
    Header,
    Query,
    Capture,
}

/// <summary>One operand of an <c>or</c>.</summary>
internal sealed record TemplateTerm(TemplateSource Source, string Name, byte[] NameUtf8, int Number)
{
    /// <summary>Appends the value; false when there is none.</summary>
    public bool TryRender<THeaders>(scoped in TemplateFacts facts, ref THeaders headers, ref ScratchBuffer output, bool escapeForPath)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ReadOnlySpan<byte> value;
        bool found;
        switch (Source)
        {
            case TemplateSource.Header:
                found = headers.TryGet(NameUtf8, out value);
                break;
            case TemplateSource.Query:
                return TryRenderQuery(facts.Query, ref output, escapeForPath);
            case TemplateSource.Capture:
                value = default;
                found = facts.Captures is { } captures && (Number > 0 ? captures.TryGet(Number, out value) : captures.TryGet(Name, out value));
                break;
            default:
                value = NameUtf8;
                found = true;
                break;
        }

        if (found)
        {
            Append(value, ref output, escapeForPath && Source != TemplateSource.Constant);
        }

        return found;
    }

    private bool TryRenderQuery(ReadOnlySpan<byte> query, ref ScratchBuffer output, bool escapeForPath)
    {
        QueryArgs arguments = new(query);
        while (arguments.MoveNext())
        {
            if (!PercentCoding.DecodedEquals(arguments.Name, NameUtf8))
            {
                continue;
            }

            if (!PercentCoding.IsEncoded(arguments.Value))
            {
                Append(arguments.Value, ref output, escapeForPath);
                return true;
            }

            byte[] decoded = System.Buffers.ArrayPool<byte>.Shared.Rent(arguments.Value.Length);
            Append(decoded.AsSpan(0, PercentCoding.Decode(arguments.Value, decoded)), ref output, escapeForPath);
            System.Buffers.ArrayPool<byte>.Shared.Return(decoded);
            return true;
        }

        return false;
    }

    // In a path a variable must not open a query or a fragment.
    private static void Append(ReadOnlySpan<byte> value, ref ScratchBuffer output, bool escapeForPath)
    {
        while (escapeForPath && value.IndexOfAny((byte)'?', (byte)'#') is >= 0 and int at)
        {
            output.Append(value[..at]);
            output.Append(value[at] == '?' ? "%3F"u8 : "%23"u8);
            value = value[(at + 1)..];
        }

        output.Append(value);
    }
}
