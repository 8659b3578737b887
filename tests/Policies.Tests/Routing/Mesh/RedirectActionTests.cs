using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Routing.Mesh;

public sealed class RedirectActionTests
{
    public static TheoryData<RedirectTarget, string, string, string, string> Cases => new()
    {
        { new RedirectTarget { Path = "/new" }, "http", "a.com", "/old?q=1", "http://a.com/new?q=1" },
        { new RedirectTarget { Path = "/new?x" }, "http", "a.com", "/old?q=1", "http://a.com/new?x" },
        { new RedirectTarget { Authority = "b.com" }, "https", "a.com:8443", "/old?q=1", "https://b.com/old?q=1" },
        { new RedirectTarget { Scheme = "https" }, "http", "a.com:80", "/", "https://a.com/" },
        { new RedirectTarget { Scheme = "https" }, "http", "a.com:8080", "/", "https://a.com:8080/" },
        { new RedirectTarget { Scheme = "http" }, "https", "a.com:443", "/", "http://a.com/" },
        { new RedirectTarget { Path = "/x" }, "http", "a.com:80", "/", "http://a.com:80/x" }, // The scheme stays: so does the port.
        { new RedirectTarget { Port = 8443 }, "http", "a.com:80", "/", "http://a.com:8443/" },
        { new RedirectTarget { Port = 8443 }, "http", "[::1]:80", "/", "http://[::1]:8443/" },
        { new RedirectTarget { Port = 8443 }, "http", "[::1]", "/", "http://[::1]:8443/" },
        { new RedirectTarget { Authority = "b.com", Port = 8443 }, "https", "a.com", "/", "https://b.com:8443/" },
        { new RedirectTarget { PrefixRewrite = "/v2" }, "http", "a.com", "/old/x?q", "http://a.com/v2/x?q" },
        { new RedirectTarget(), "http", "a.com", "/old", "http://a.com/old" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Location_Target_IsEnvoys(RedirectTarget target, string scheme, string authority, string path, string expected)
    {
        ArrayBufferWriter<byte> output = new();
        new RedirectAction(target, TextMatch.Prefix("/old")).WriteLocation(Request(scheme, authority, path), output);

        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void HttpsLocation_Port_IsKept()
    {
        ArrayBufferWriter<byte> output = new();
        RedirectAction.WriteHttpsLocation(Request("http", "a.com:8080", "/x?y"), output);

        Assert.Equal("https://a.com:8080/x?y", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static MeshRequest Request(string scheme, string authority, string target) => new()
    {
        Method = "GET"u8,
        Scheme = Encoding.ASCII.GetBytes(scheme),
        Authority = Encoding.ASCII.GetBytes(authority),
        PathAndQuery = Encoding.ASCII.GetBytes(target),
    };
}
