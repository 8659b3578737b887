using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Turns a Rust or PCRE pattern into .NET's non-backtracking engine, whose matching time is linear in the input: a peer
/// cannot make a pattern slow. Capturing groups keep their left-to-right numbers. Load time only, stateless.
/// </summary>
public static class RegexTranslation
{
    /// <summary>Compiles the pattern, unanchored; on failure <paramref name="error"/> says which construct has no equivalent.</summary>
    public static bool TryTranslate(
        string pattern,
        bool ignoreCase,
        [NotNullWhen(true)] out Regex? regex,
        [NotNullWhen(false)] out string? error)
    {
        bool translated = TryCompile(pattern, ignoreCase, RegexAnchors.None, out CompiledPattern? compiled, out error);
        regex = compiled?.Regex;
        return translated;
    }

    /// <summary>The reason why a pattern is not RE2 or has no equivalent, or null when it can be used.</summary>
    public static string? ValidateRe2(string pattern) => TryCompileRe2(pattern, RegexAnchors.Both, out _, out string? error) ? null : error;

    /// <summary>Compiles a pattern of RE2 (<c>google/re2: doc/syntax.txt</c>), Envoy's engine.</summary>
    internal static bool TryCompileRe2(
        string pattern,
        RegexAnchors anchors,
        [NotNullWhen(true)] out CompiledPattern? compiled,
        [NotNullWhen(false)] out string? error) =>
        TryCompile(pattern, ignoreCase: false, anchors, out compiled, out error, PatternDialect.Re2);

    internal static bool TryCompile(
        string pattern,
        bool ignoreCase,
        RegexAnchors anchors,
        [NotNullWhen(true)] out CompiledPattern? compiled,
        [NotNullWhen(false)] out string? error,
        PatternDialect dialect = PatternDialect.RustOrPcre)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        compiled = null;
        PatternTranslator translator = new(pattern, dialect);
        string? translated = translator.Run();
        if (translated is null)
        {
            error = translator.Error ?? "invalid pattern";
            return false;
        }

        // The group keeps the anchors outside of alternations: a|b is anchored as a whole.
        string anchored = anchors switch
        {
            RegexAnchors.Start => $"\\A(?:{translated})",
            RegexAnchors.Both => $"\\A(?:{translated})\\z",
            _ => translated,
        };
        try
        {
            RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            Regex regex = new(anchored, ignoreCase ? options | RegexOptions.IgnoreCase : options);
            compiled = new CompiledPattern(regex, translator.GroupCount, [.. translator.Names]);
            error = null;
            return true;
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            error = failure.Message;
            return false;
        }
    }
}

/// <summary>Which ends of the input a pattern is tied to.</summary>
internal enum RegexAnchors
{
    None,
    Start,
    Both,
}

/// <summary>Whose syntax a pattern is written in.</summary>
internal enum PatternDialect
{
    /// <summary>Kong's: what Rust's and PCRE's engines share.</summary>
    RustOrPcre,

    /// <summary>Envoy's: classes such as <c>\d</c> and <c>\w</c> are ASCII, an opening bracket in a class is a letter like any other.</summary>
    Re2,
}
