using System.Text;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Policies.Routing;

namespace VoltageSoda.Edge.Policies.Tests.Routing;

public sealed class RegexTranslationTests
{
    [Theory]
    [InlineData("/users/(?P<id>\\d+)/profile", "/users/42/profile", true)]
    [InlineData("(?<id>\\d+)", "x1", true)]
    [InlineData("^/a$", "/a", true)]
    [InlineData("^/a$", "/a\n", false)] // Rust's $ is the very end.
    [InlineData("(?m)^a$", "a\nb", true)]
    [InlineData("[[:digit:]]+x", "12x", true)]
    [InlineData("[[:alpha:]_]+$", "ab_c", true)]
    [InlineData("[]a]", "]", true)]
    [InlineData("[^]a]", "]", false)]
    [InlineData("\\x41\\x{42}\\u0043", "ABC", true)]
    [InlineData("\\pL+$", "\u00e9t\u00e9", true)]
    [InlineData("\\p{^L}", "a", false)]
    [InlineData("\\Qa.b\\E", "axb", false)]
    [InlineData("\\Qa.b\\E", "a.b", true)]
    [InlineData("a{2}", "aa", true)]
    [InlineData("a{x}", "a{x}", true)] // Not a repetition: text.
    [InlineData("\\h+", " \t", true)]
    [InlineData("(?i)ABC", "abc", true)]
    [InlineData("(?u)a", "a", true)]
    [InlineData("(?i:A)b", "ab", true)]
    [InlineData("\\/a\\-b\\.c", "/a-b.c", true)]
    [InlineData("a+?b", "aab", true)]
    public void Translate_Dialect_KeepsMeaning(string pattern, string input, bool matches)
    {
        Assert.True(RegexTranslation.TryTranslate(pattern, false, out Regex? regex, out string? error), error);
        Assert.Equal(matches, regex.IsMatch(input));
        Assert.True(regex.Options.HasFlag(RegexOptions.NonBacktracking));
    }

    [Theory]
    [InlineData("(?=a)", "look-around")]
    [InlineData("(?<!a)b", "look-around")]
    [InlineData("(?>a)", "atomic")]
    [InlineData("a++", "possessive")]
    [InlineData("(a)\\1", "back references")]
    [InlineData("(?P=name)", "back references")]
    [InlineData("[a[b]]", "nested classes")]
    [InlineData("[a&&b]", "nested classes")]
    [InlineData("(?x) a", "flag 'x'")]
    [InlineData("\\K", "\\K")]
    [InlineData("(", "missing )")]
    [InlineData(")", "unmatched )")]
    [InlineData("[a", "missing ]")]
    [InlineData("a\\", "backslash")]
    [InlineData("(?P<1a>x)", "group name")]
    [InlineData("(?#c)a", "comments")]
    [InlineData("*a", "")]
    [InlineData("\\p{NoSuchScript}", "")]
    public void Translate_NoEquivalent_SaysWhich(string pattern, string part)
    {
        Assert.False(RegexTranslation.TryTranslate(pattern, false, out _, out string? error));
        Assert.Contains(part, error);
    }

    [Fact]
    public void Capture_MixedGroups_AreNumberedFromLeftToRight()
    {
        Assert.True(RegexTranslation.TryCompile("/(?P<first>[a-z]+)/([0-9]+)/(?<third>x)?", false, RegexAnchors.Start, out CompiledPattern? pattern, out _));
        UriCaptures captures = pattern.Capture("/ab/12/"u8)!;
        Assert.Equal("ab", Text(captures, 1));
        Assert.Equal("12", Text(captures, 2));
        Assert.Null(Text(captures, 3));
        Assert.True(captures.TryGet("first", out ReadOnlySpan<byte> named));
        Assert.Equal("ab", Encoding.UTF8.GetString(named));
        Assert.False(captures.TryGet("third", out _));
        Assert.False(captures.TryGet("none", out _));
        Assert.False(captures.TryGet(0, out _));
        Assert.False(captures.TryGet(4, out _));
    }

    [Theory]
    [InlineData("/caf\u00e9/[a-z]+", "/caf\u00e9/abc/1", 10)]
    [InlineData("/..", "/\u20ac\u20ac", 7)]
    [InlineData("/a", "/a", 2)]
    [InlineData("x", "/a", -1)]
    public void MatchLength_Utf8_CountsBytes(string pattern, string input, int expected)
    {
        Assert.True(RegexTranslation.TryCompile(pattern, false, RegexAnchors.Start, out CompiledPattern? compiled, out _));
        Assert.Equal(expected, compiled.MatchLength(Encoding.UTF8.GetBytes(input)));
    }

    [Fact]
    public void MatchLength_InvalidUtf8_CountsTheBytesTaken()
    {
        Assert.True(RegexTranslation.TryCompile("/.b", false, RegexAnchors.Start, out CompiledPattern? compiled, out _));
        Assert.Equal(3, compiled.MatchLength([(byte)'/', 0xFF, (byte)'b', (byte)'c']));
    }

    [Fact]
    public void MatchLength_LongInput_UsesThePool()
    {
        Assert.True(RegexTranslation.TryCompile("/a+", false, RegexAnchors.Start, out CompiledPattern? compiled, out _));
        Assert.Equal(5001, compiled.MatchLength(Encoding.UTF8.GetBytes("/" + new string('a', 5000) + "b")));
    }

    [Theory]
    [InlineData("/users/[0-9]+", "/users/")]
    [InlineData("/a\\.b/.*", "/a.b/")]
    [InlineData("/ab?c", "/a")]
    [InlineData("/ab+c", "/ab")]
    [InlineData("/ab{0}c", "/a")]
    [InlineData("/a|/b", "")]
    [InlineData("/(a|b)", "/")]
    [InlineData("/[|]x", "/")]
    [InlineData("(?i)/a", "")]
    [InlineData("^/a$", "/a")]
    [InlineData("/\\Qa|b\\E", "")]
    [InlineData("/caf\u00e9", "/caf")]
    public void Literal_Pattern_IsWhatEveryMatchBeginsWith(string pattern, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(PatternLiteral.Of(pattern)));

    private static string? Text(UriCaptures captures, int number) =>
        captures.TryGet(number, out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : null;

    [Theory]
    [InlineData("/v\\d", "/v1", true)]
    [InlineData("/v\\d", "/v\u0661", false)] // Classes are ASCII.
    [InlineData("\\w+", "\u00e9", false)]
    [InlineData("[\\w-]+", "a-b", true)]
    [InlineData("[^\\D]", "5", true)]
    [InlineData("[\\D]", "5", false)]
    [InlineData("[\\W]", "a", false)]
    [InlineData("[\\S]", " ", false)]
    [InlineData("[a[b]", "[", true)]
    [InlineData("[a-z-[b]", "[", true)] // No subtraction.
    [InlineData("[a&&b]", "&", true)]
    [InlineData("\\101", "A", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData(".*", "anything", true)]
    [InlineData("a|b", "ab", false)] // The whole text.
    [InlineData("(?P<n>a)(?i)B", "ab", true)]
    [InlineData("\\Qa.b\\E", "a.b", true)]
    public void Re2_Pattern_MatchesTheWholeText(string pattern, string input, bool matches)
    {
        Assert.True(RegexTranslation.TryCompileRe2(pattern, RegexAnchors.Both, out CompiledPattern? compiled, out string? error), error);
        Assert.Equal(matches, compiled.IsMatch(Encoding.UTF8.GetBytes(input)));
    }

    [Theory]
    [InlineData("a**", "quantifier")]
    [InlineData("a{2}{3}", "quantifier")]
    [InlineData("a{1001}", "1000")]
    [InlineData("(a)\\1", "back references")]
    [InlineData("\\h", "\\h")]
    [InlineData("\\Z", "\\Z")]
    [InlineData("(?u)a", "flag 'u'")]
    [InlineData("*", "")]
    public void Re2_Invalid_SaysWhy(string pattern, string part) => Assert.Contains(part, RegexTranslation.ValidateRe2(pattern)!);
}
