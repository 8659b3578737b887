using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Turns a Rust or PCRE pattern into .NET's non-backtracking engine, whose matching time is linear in the input: a peer
/// cannot make a pattern slow. Load time only.
/// </summary>
public static class RegexTranslation
{
    /// <summary>Compiles the pattern; on failure <paramref name="error"/> says which construct has no equivalent.</summary>
    public static bool TryTranslate(
        string pattern,
        bool ignoreCase,
        [NotNullWhen(true)] out Regex? regex,
        [NotNullWhen(false)] out string? error) => throw new NotImplementedException();
}
