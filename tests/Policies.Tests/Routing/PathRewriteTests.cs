using System.Text;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Routing;

public sealed class PathRewriteTests
{
    // Facts of Kong's router path table for path_handling v0: service path, route path ("" is a route without one), strip ("*" is both),
    // request path, upstream path.
    [Theory]
    [InlineData("/", "/", "*", "/", "/")]
    [InlineData("/", "/", "*", "/route", "/route")]
    [InlineData("/", "/", "*", "/route/", "/route/")]
    [InlineData("/", "/", "*", "/route/req", "/route/req")]
    [InlineData("/", "/route", "no", "/route", "/route")]
    [InlineData("/", "/route", "no", "/route/", "/route/")]
    [InlineData("/", "/route", "no", "/routereq", "/routereq")]
    [InlineData("/", "/route", "yes", "/route", "/")]
    [InlineData("/", "/route", "yes", "/route/", "/")]
    [InlineData("/", "/route", "yes", "/routereq", "/req")]
    [InlineData("/", "/route/", "no", "/route/", "/route/")]
    [InlineData("/", "/route/", "yes", "/route/", "/")]
    [InlineData("/", "/route/", "yes", "/route/req", "/req")]
    [InlineData("/srv", "/rou", "no", "/roureq", "/srv/roureq")]
    [InlineData("/srv", "/rou", "yes", "/roureq", "/srv/req")]
    [InlineData("/srv/", "/rou", "no", "/rou", "/srv/rou")]
    [InlineData("/srv/", "/rou", "yes", "/rou", "/srv")]
    [InlineData("/service", "/", "*", "/", "/service")]
    [InlineData("/service", "/", "*", "/route", "/service/route")]
    [InlineData("/service", "/", "*", "/route/", "/service/route/")]
    [InlineData("/service", "/route", "no", "/route", "/service/route")]
    [InlineData("/service", "/route", "no", "/route/", "/service/route/")]
    [InlineData("/service", "/route", "no", "/routereq", "/service/routereq")]
    [InlineData("/service", "/route", "yes", "/route", "/service")]
    [InlineData("/service", "/route", "yes", "/route/", "/service/")]
    [InlineData("/service", "/route", "yes", "/routereq", "/service/req")]
    [InlineData("/service", "/route/", "no", "/route/req", "/service/route/req")]
    [InlineData("/service", "/route/", "yes", "/route/", "/service/")]
    [InlineData("/service", "/route/", "yes", "/route/req", "/service/req")]
    [InlineData("/service/", "/", "*", "/", "/service/")]
    [InlineData("/service/", "/", "*", "/route", "/service/route")]
    [InlineData("/service/", "/", "*", "/route/", "/service/route/")]
    [InlineData("/service/", "/route", "no", "/route", "/service/route")]
    [InlineData("/service/", "/route", "no", "/route/", "/service/route/")]
    [InlineData("/service/", "/route", "yes", "/route", "/service")]
    [InlineData("/service/", "/route", "yes", "/route/", "/service/")]
    [InlineData("/service/", "/route", "yes", "/routereq", "/service/req")]
    [InlineData("/service/", "/route/", "yes", "/route/", "/service/")]
    [InlineData("/service/", "/route/", "yes", "/route/req", "/service/req")]
    [InlineData("/", "", "*", "/", "/")]
    [InlineData("/", "", "*", "/route", "/route")]
    [InlineData("/", "", "*", "/route/", "/route/")]
    [InlineData("/service", "", "*", "/", "/service")]
    [InlineData("/service", "", "*", "/route", "/service/route")]
    [InlineData("/service", "", "*", "/route/", "/service/route/")]
    [InlineData("/service/", "", "*", "/", "/service/")]
    [InlineData("/service/", "", "*", "/route", "/service/route")]
    [InlineData("/service/", "", "*", "/route/", "/service/route/")]
    public void Write_KongsTable_IsByteExact(string service, string route, string strip, string request, string expected)
    {
        foreach (bool stripPath in strip switch { "yes" => [true], "no" => [false], _ => new[] { false, true } })
        {
            Assert.Equal(expected, Write(service, stripPath, request, route.Length));
        }
    }

    // What a prefix cut inside a segment leaves behind does not climb.
    [Theory]
    [InlineData("/a.", "/a", "/srv")]
    [InlineData("/a..", "/a", "/srv")]
    [InlineData("/a./x", "/a", "/srv/x")]
    [InlineData("/a../x", "/a", "/srv/x")]
    [InlineData("/a.b", "/a", "/srv/.b")]
    [InlineData("/a...", "/a", "/srv/...")]
    public void Write_RestOfDots_IsDropped(string request, string route, string expected) =>
        Assert.Equal(expected, Write("/srv", true, request, route.Length));

    [Theory]
    [InlineData("/a b", "/a%20b")]
    [InlineData("/caf\u00e9", "/caf%C3%A9")]
    [InlineData("/a\"<>\\^`{|}", "/a%22%3C%3E%5C%5E%60%7B%7C%7D")]
    [InlineData("/a!#$&'()*+,:;=?@[]-_.~%2F", "/a!#$&'()*+,:;=?@[]-_.~%2F")]
    [InlineData("/\u0001\u007f", "/%01%7F")]
    public void Write_UnsafeBytes_AreEscaped(string request, string expected) => Assert.Equal(expected, Write("/", false, request, 1));

    [Fact]
    public void Write_SmallDestination_Fails()
    {
        PathRewrite rewrite = new("/service", true);
        Assert.True(rewrite.TryWrite("/a/b"u8, 2, new byte[10], out int written));
        Assert.Equal(10, written);
        for (int size = 0; size < 10; size++)
        {
            Assert.False(rewrite.TryWrite("/a/b"u8, 2, new byte[size], out _));
        }

        Assert.False(new PathRewrite("/", false).TryWrite("/a b"u8, 1, new byte[4], out _));
    }

    [Theory]
    [InlineData(true, "/api/v1/x", 7, "/api/v1")]
    [InlineData(true, "/x", 1, "")]
    [InlineData(true, "/x", 0, "")]
    [InlineData(false, "/api/v1/x", 7, "")]
    public void ForwardedPrefix_Stripped_IsTheMatchedPart(bool strip, string path, int matched, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(new PathRewrite("/", strip).ForwardedPrefix(Encoding.UTF8.GetBytes(path), matched)));

    [Fact]
    public void Write_Steady_AllocatesNothing()
    {
        PathRewrite rewrite = new("/service", true);
        byte[] destination = new byte[256];
        Assert.Equal(0, Allocations.Measure(() => Assert.True(rewrite.TryWrite("/api/v1/some thing"u8, 7, destination, out _))));
    }

    private static string Write(string service, bool strip, string request, int matched)
    {
        PathRewrite rewrite = new(service, strip);
        byte[] path = Encoding.UTF8.GetBytes(request);
        byte[] destination = new byte[rewrite.GetMaxLength(path.Length)];
        Assert.True(rewrite.TryWrite(path, matched, destination, out int written));
        return Encoding.UTF8.GetString(destination, 0, written);
    }
}
