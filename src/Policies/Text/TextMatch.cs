using System.Diagnostics.CodeAnalysis;
using System.Text;
using VoltageSoda.Edge.Policies.Routing;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>How a <see cref="TextMatch"/> compares.</summary>
public enum TextMatchKind
{
    /// <summary>Any value, as long as there is one.</summary>
    Present,

    Exact,

    Prefix,

    /// <summary>RE2 over the whole value.</summary>
    Regex,
}

/// <summary>Istio's <c>StringMatch</c>, compiled: compares bytes, with regard to case. Immutable, thread-safe, no allocation.</summary>
public sealed class TextMatch
{
    private readonly byte[] _text;
    private readonly CompiledPattern? _regex;

    private TextMatch(TextMatchKind kind, string text, CompiledPattern? regex = null)
    {
        Kind = kind;
        Text = text;
        _text = Encoding.UTF8.GetBytes(text);
        _regex = regex;
    }

    /// <summary>Matches every value; only an absent one fails.</summary>
    public static TextMatch Present { get; } = new(TextMatchKind.Present, "");

    public TextMatchKind Kind { get; }

    /// <summary>As configured; empty for <see cref="TextMatchKind.Present"/>.</summary>
    public string Text { get; }

    /// <summary>Bytes that every text it takes begins with.</summary>
    public int LiteralLength => Kind == TextMatchKind.Regex ? PatternLiteral.Of(Text).Length : _text.Length;

    /// <summary>The bytes of <see cref="Text"/>.</summary>
    internal ReadOnlySpan<byte> Utf8 => _text;

    public static TextMatch Exact(string text) => new(TextMatchKind.Exact, text);

    public static TextMatch Prefix(string text) => new(TextMatchKind.Prefix, text);

    /// <summary>Compiles a regular expression; <paramref name="error"/> names what it cannot contain.</summary>
    public static bool TryRegex(string pattern, [NotNullWhen(true)] out TextMatch? match, [NotNullWhen(false)] out string? error)
    {
        match = RegexTranslation.TryCompileRe2(pattern, RegexAnchors.Both, out CompiledPattern? regex, out error)
            ? new TextMatch(TextMatchKind.Regex, pattern, regex)
            : null;
        return match is not null;
    }

    public bool Matches(ReadOnlySpan<byte> value) => Kind switch
    {
        TextMatchKind.Exact => value.SequenceEqual(_text),
        TextMatchKind.Prefix => value.StartsWith(_text),
        TextMatchKind.Regex => _regex!.IsMatch(value),
        _ => true,
    };

    public override string ToString() => Kind switch
    {
        TextMatchKind.Present => "present",
        TextMatchKind.Exact => $"exact {Text}",
        TextMatchKind.Prefix => $"prefix {Text}",
        _ => $"regex {Text}",
    };
}
