using System.Text;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Tests.Wire;

public sealed class RequestBytesTests
{
    [Theory]
    [InlineData("", "/a", "/a")]
    [InlineData("/base", "/a?b=c", "/base/a?b=c")]
    [InlineData("/base/", "/a", "/base/a")]
    [InlineData("/base?q=1", "", "/base?q=1")]
    [InlineData("", "", "/")]
    public void Of_PathAndBase_AreJoined(string basePath, string path, string expected)
    {
        byte[] bytes = RequestBytes.Of(new Step("s", path), "host:1", basePath, close: false);

        Assert.Equal($"GET {expected} HTTP/1.1\r\nHost: host:1\r\n\r\n", Encoding.ASCII.GetString(bytes));
    }

    [Fact]
    public void Of_Post_CarriesLengthFieldsAndBody()
    {
        var step = new Step("s", "/") { Method = "POST", Headers = [("Host", "other"), ("X", "y")], Body = "body"u8.ToArray() };

        Assert.Equal("POST / HTTP/1.1\r\nHost: other\r\nX: y\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
            Encoding.ASCII.GetString(RequestBytes.Of(step, "host", "", close: true)));
    }
}
