using System.Net;
using System.Text;
using VoltageSoda.Edge.Cli.Explain;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class RequestLineTests
{
    [Theory]
    [InlineData("/a?b", null, "/a?b", null, false)]
    [InlineData("http://x.test", "x.test", "/", null, false)]
    [InlineData("http://x.test:8000/a/../b?c#d", "x.test:8000", "/a/../b?c", 8000, false)]
    [InlineData("HTTPS://x.test?q", "x.test", "/?q", null, true)]
    [InlineData("http://[::1]:81/a", "[::1]:81", "/a", 81, false)]
    [InlineData("http://[::1]/a", "[::1]", "/a", null, false)]
    [InlineData("*", null, "*", null, false)]
    [InlineData("/a#b", null, "/a#b", null, false)]
    public void Parse_Url_IsTakenApartAndNotChanged(string url, string? authority, string target, int? port, bool https)
    {
        RequestLine request = RequestLine.Parse("GET", url, [], IPAddress.Loopback);

        Assert.Equal((authority, target, port, https), (request.Authority, request.Target, request.Port, request.IsHttps));
    }

    [Fact]
    public void ToHead_Fields_AreTheBytesGiven()
    {
        RequestLine request = RequestLine.Parse("GET", "http://x.test/ä", ["X-A:1", "broken"], IPAddress.Loopback);

        Assert.Equal("GET /ä HTTP/1.1\r\nHost: x.test\r\nX-A:1\r\nbroken\r\n\r\n", Encoding.UTF8.GetString(request.ToHead("default")));
    }

    [Fact]
    public void ToHead_HostGiven_IsNotAddedAgain()
    {
        RequestLine request = RequestLine.Parse("GET", "/", ["HOST: y.test"], IPAddress.Loopback);

        Assert.Equal("GET / HTTP/1.1\r\nHOST: y.test\r\n\r\n", Encoding.UTF8.GetString(request.ToHead("default")));
        Assert.StartsWith("GET / HTTP/1.1\r\nHost: default\r\n", Encoding.UTF8.GetString((request with { Fields = [] }).ToHead("default")), StringComparison.Ordinal);
    }
}
