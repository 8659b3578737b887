using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

public sealed class SearchListTests
{
    [Theory]
    [InlineData("web", 1, "web.a.example web.b.example web")]
    [InlineData("web.shop", 1, "web.shop web.shop.a.example web.shop.b.example")]
    [InlineData("web.shop", 5, "web.shop.a.example web.shop.b.example web.shop")]
    [InlineData("web.", 5, "web")]
    [InlineData("_http._tcp.web", 2, "_http._tcp.web _http._tcp.web.a.example _http._tcp.web.b.example")]
    [InlineData("web", 0, "web web.a.example web.b.example")]
    public void Candidates_FollowNdots(string host, int ndots, string expected)
    {
        ResolvConf conf = new() { Search = ["a.example", "b.example"], Ndots = ndots };

        Assert.Equal(expected.Split(' '), SearchList.Candidates(host, conf));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    public void Candidates_EmptyLabel_HasNone(string host) => Assert.Empty(SearchList.Candidates(host, new ResolvConf()));

    [Fact]
    public void Candidates_LabelOrNameTooLong_IsLeftOut()
    {
        ResolvConf conf = new() { Search = [string.Join('.', Enumerable.Repeat("abcdefg", 31))] };

        Assert.Empty(SearchList.Candidates(new string('a', 64), conf));
        Assert.Equal(["abcdef"], SearchList.Candidates("abcdef", conf));
    }
}
