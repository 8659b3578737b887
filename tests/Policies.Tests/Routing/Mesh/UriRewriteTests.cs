using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Routing.Mesh;

[Collection("alone")]
public sealed class UriRewriteTests
{
    [Theory]
    [InlineData("/api/v1", "/new", "/api/v1/x?q=/api/v1", "/new/x?q=/api/v1")]
    [InlineData("/api/", "/", "/api/x", "/x")]
    [InlineData("/api", "/", "/api/x", "//x")] // Bytes, not segments: as Envoy.
    [InlineData("/api", "/new", "/api", "/new")]
    public void Replace_Prefix_ReplacesWhatMatched(string prefix, string uri, string target, string expected) =>
        Assert.Equal(expected, Write(UriRewrite.Replace(TextMatch.Prefix(prefix), uri), target));

    [Fact]
    public void Replace_ExactOrRegex_ReplacesTheWholePath()
    {
        Assert.Equal("/new?x=1", Write(UriRewrite.Replace(TextMatch.Exact("/old"), "/new"), "/old?x=1"));
        Assert.Equal("/new?x=1", Write(UriRewrite.Replace(FastMesh.Regex("/o.*"), "/new"), "/old/more?x=1"));
    }

    [Theory]
    [InlineData("^/service/([^/]+)(/.*)$", "\\2/instance/\\1", "/service/foo/v1/api?q=1", "/v1/api/instance/foo?q=1")]
    [InlineData("one", "two", "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz")]
    [InlineData("^(.*?)one(.*)$", "\\1two\\2", "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/one/zzz")]
    [InlineData("(?i)/xxx/", "/yyy/", "/aaa/XxX/bbb", "/aaa/yyy/bbb")]
    [InlineData("b*", "x", "/abc", "x/xaxcx")] // An empty match right behind a match is none.
    [InlineData("a", "[\\0]\\\\", "/a", "/[a]\\")]
    [InlineData("é", "e", "/é", "/e")]
    public void Substitute_Pattern_ReplacesEveryMatch(string pattern, string substitution, string target, string expected)
    {
        UriRewrite? rewrite = UriRewrite.Substitute(pattern, substitution, out string? error);

        Assert.Null(error);
        Assert.Equal(expected, Write(rewrite!, target));
    }

    [Fact]
    public void Substitute_NoMatch_KeepsThePath() => Assert.Null(Write(UriRewrite.Substitute("nothing", "x", out _)!, "/a?nothing"));

    [Theory]
    [InlineData("(a)", "\\2", "1 groups")]
    [InlineData("a", "\\x", "backslash")]
    [InlineData("a", "b\\", "backslash")]
    [InlineData("(?=a)", "b", "look-around")]
    public void Substitute_Invalid_SaysWhy(string pattern, string substitution, string part)
    {
        Assert.Null(UriRewrite.Substitute(pattern, substitution, out string? error));
        Assert.Contains(part, error);
    }

    [Fact]
    public void Write_WithoutGroups_AllocatesNothing()
    {
        UriRewrite[] rewrites = [UriRewrite.Replace(TextMatch.Prefix("/api"), "/v2"), UriRewrite.Substitute("users/", "u/", out _)!];
        ArrayBufferWriter<byte> output = new(4_096);
        byte[] target = "/api/v1/users/42?x"u8.ToArray();

        Assert.Equal(0, Allocations.Measure(() =>
        {
            foreach (UriRewrite rewrite in rewrites)
            {
                output.ResetWrittenCount();
                rewrite.TryWrite(target, output);
            }
        }));
        Assert.Equal("/api/v1/u/42?x", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static string? Write(UriRewrite rewrite, string target)
    {
        ArrayBufferWriter<byte> output = new();
        return rewrite.TryWrite(Encoding.UTF8.GetBytes(target), output) ? Encoding.UTF8.GetString(output.WrittenSpan) : null;
    }
}
