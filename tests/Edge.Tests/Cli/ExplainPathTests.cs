using VoltageSoda.Edge.Cli.Explain;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>Route paths that are not in normal form: they match what their normal form matches, and explain shows that form.</summary>
public sealed class ExplainPathTests
{
    [Theory]
    [InlineData("/x/../admin", "/admin/a", "/admin", "/base/a")]
    [InlineData("/./admin", "/admin/a", "/admin", "/base/a")]
    [InlineData("/../admin", "/admin/a", "/admin", "/base/a")]
    [InlineData("/%61dmin", "/admin/a", "/admin", "/base/a")]
    [InlineData("/%7Euser", "/~user/a", "/~user", "/base/a")]
    [InlineData("/%7Euser", "/%7euser/a", "/~user", "/base/a")]
    [InlineData("/a%2fb", "/a%2fb/a", "/a%2Fb", "/base/a")]
    [InlineData("/a%2fb", "/a%2Fb/a", "/a%2Fb", "/base/a")]
    [InlineData("/a%20b", "/a%20b/a", "/a b", "/base/a")]
    [InlineData("/caf%C3%A9", "/caf%C3%A9/a", "/café", "/base/a")]
    [InlineData("/caf%c3%a9", "/caf%C3%A9/a", "/café", "/base/a")]
    [InlineData("/café", "/caf%c3%a9/a", "/café", "/base/a")]
    [InlineData("/caf%E9", "/caf%e9/a", "/caf%E9", "/base/a")]
    [InlineData("/a%5cb", "/a%5Cb/a", "/a%5Cb", "/base/a")]
    [InlineData("/a%01", "/a%01/a", "/a%01", "/base/a")]
    public async Task Path_NotInNormalForm_MatchesAndIsStripped(string written, string requested, string shown, string upstream)
    {
        await using ExplainProbe probe = ExplainProbe.Of($"""
            services:
            - name: open
              url: http://127.0.0.1:3000
              routes:
              - name: all
                paths: ["/"]
            - name: guarded
              url: http://127.0.0.1:3001/base
              routes:
              - name: narrow
                paths: ['{written}']
            """);

        Explanation explanation = await probe.ExplainAsync("GET", "http://shop.test" + requested);

        Assert.Equal("narrow", explanation.Route!.Name);
        Assert.Contains($"path begins with {shown}", explanation.Route.Matched);
        Assert.Equal(upstream, explanation.Upstream!.Target);
    }

    [Fact]
    public async Task Path_NotInNormalForm_IsShownAsItIsCompared()
    {
        await using ExplainProbe probe = ExplainProbe.Of("""
            services:
            - name: open
              url: http://127.0.0.1:3000
              routes:
              - name: cafe
                hosts: [shop.test]
                paths: ['/x/../caf%C3%A9']
            """);

        Explanation explanation = await probe.ExplainAsync("GET", "http://shop.test/caf%C3%A8");

        Assert.Equal("/cafè", explanation.Request.CanonicalPath);
        Assert.Equal("path /cafè does not begin with /café", Assert.Single(Assert.Single(explanation.Lost).Reasons));
    }
}
