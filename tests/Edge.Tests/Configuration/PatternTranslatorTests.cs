using System.Text.RegularExpressions;
using CsCheck;
using VoltageSoda.Edge.Configuration;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class PatternTranslatorTests
{
    [Theory]
    [InlineData("/a(?P<id>[0-9]+)", "/a(?<id>[0-9]+)", "id")]
    [InlineData("(a)(?<b>c)(d)", "(?<1>a)(?<b>c)(?<3>d)", "1,b,3")]
    [InlineData("(a)(?:b)(c)", "(a)(?:b)(c)", "1,2")]
    [InlineData("a$", "a\\z", "")]
    [InlineData("(?m)a$", "(?m)a$", "")]
    [InlineData("[$]", "[$]", "")]
    [InlineData(@"\d\D[\d]\w[^\w]\s", @"[0-9][^0-9][0-9][0-9A-Za-z_][^0-9A-Za-z_][\t\n\v\f\r ]", "")]
    [InlineData("[[:alpha:]_]+", "[A-Za-z_]+", "")]
    [InlineData(@"\/a\-b", "/a-b", "")]
    [InlineData(@"\x{41}\u{42}", @"\u0041\u0042", "")]
    [InlineData(@"\Qa.b\E+", @"a\.b+", "")]
    [InlineData(@"\pL\PN", @"\p{L}\P{N}", "")]
    [InlineData(@"/p/\p{L}+$", @"/p/\p{L}+\z", "")]
    [InlineData(@"\P{Nd}+\p{L}*", @"\P{Nd}+\p{L}*", "")]
    [InlineData(@"\x{41}+\u{42}+\U{43}+", @"\u0041+\u0042+\u0043+", "")]
    [InlineData(@"\{a}+[}]+", @"\{a}+[}]+", "")]
    [InlineData("a{2}?b{1,}c{1,2}", "a{2}?b{1,}c{1,2}", "")]
    [InlineData("(?i)abc", "(?i)abc", "")]
    [InlineData("[]a]", "[\\]a]", "")]
    public void TryTranslate_Supported_GivesDotNet(string source, string pattern, string groups)
    {
        Assert.True(PatternTranslator.TryTranslate(source, out TranslatedPattern translated, out string error), error);
        Assert.Equal(pattern, translated.Pattern);
        Assert.Equal(groups, string.Join(',', translated.Groups));
    }

    [Theory]
    [InlineData("a(?=b)")]
    [InlineData("a(?!b)")]
    [InlineData("(?<=a)b")]
    [InlineData("(?<!a)b")]
    [InlineData(@"(a)\1")]
    [InlineData(@"(?P<x>a)(?P=x)")]
    [InlineData("(?>a)b")]
    [InlineData("a++")]
    [InlineData("a{1,2}+")]
    [InlineData("a{2}+")]
    [InlineData("a{2,}+")]
    [InlineData(@"\p{L}{2}+")]
    [InlineData("a?+")]
    [InlineData("a*+")]
    [InlineData("[a-z&&[^b]]")]
    [InlineData("[a[b]]")]
    [InlineData("[[:]")]
    [InlineData("[a")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("*a")]
    [InlineData("a\\")]
    [InlineData("(?<x")]
    [InlineData(@"\x{1F600}")]
    [InlineData("(*UTF8)a")]
    [InlineData("[z-a]")]
    public void TryTranslate_Unsupported_SaysWhy(string source)
    {
        Assert.False(PatternTranslator.TryTranslate(source, out _, out string error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void Groups_NamedAndNumbered_KeepTheOrderOfTheSource()
    {
        Assert.True(PatternTranslator.TryTranslate("/(a)/(?<n>b)/(c)", out TranslatedPattern translated, out _));
        Match match = Regex.Match("/a/b/c", translated.Pattern, PatternTranslator.Options);
        Assert.Equal(["a", "b", "c"], translated.Groups.Select(group => match.Groups[group].Value));
    }

    [Fact]
    public void TryTranslate_Dollar_DoesNotMatchBeforeALineFeed()
    {
        Assert.True(PatternTranslator.TryTranslate("a$", out TranslatedPattern translated, out _));
        Assert.DoesNotMatch(new Regex(translated.Pattern, PatternTranslator.Options), "a\n");
    }

    [Fact]
    public void TryTranslate_AnyText_NeverThrowsAndWhatItGivesCompiles()
    {
        Gen<string> soup = Gen.Char["()[]{}?*+|^$\\.:<>=!&-,PdwsxQEu'1a5"].Array[0, 16].Select(characters => new string(characters));
        soup.Sample(
            source =>
            {
                if (PatternTranslator.TryTranslate(source, out TranslatedPattern translated, out _))
                {
                    _ = new Regex(translated.Pattern, PatternTranslator.Options);
                }
            },
            iter: 2_000);
    }
}
