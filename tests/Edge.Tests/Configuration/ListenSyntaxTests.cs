using System.Net;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class ListenSyntaxTests
{
    [Theory]
    [InlineData("0.0.0.0:8000", "0.0.0.0", 8000, "")]
    [InlineData("0.0.0.0:8000 reuseport backlog=16384", "0.0.0.0", 8000, "reuseport,backlog=16384")]
    [InlineData("0.0.0.0:8443 http2 ssl", "0.0.0.0", 8443, "ssl,http2")]
    [InlineData("127.0.0.1:8001 proxy_protocol deferred bind", "127.0.0.1", 8001, "proxy_protocol,deferred,bind")]
    [InlineData("[::]:8000", "::", 8000, "")]
    [InlineData("[::1]:8000 ipv6only=off", "::1", 8000, "ipv6only=off")]
    [InlineData("*:8000", "0.0.0.0", 8000, "")]
    [InlineData("localhost:8000", "127.0.0.1", 8000, "")]
    [InlineData("127.0.0.1:0", "127.0.0.1", 0, "")]
    [InlineData("0.0.0.0:8000 so_keepalive=on", "0.0.0.0", 8000, "keepalive=on::")]
    [InlineData("0.0.0.0:8000 so_keepalive=off", "0.0.0.0", 8000, "keepalive=off::")]
    [InlineData("0.0.0.0:8000 so_keepalive=30m::10", "0.0.0.0", 8000, "keepalive=on1800::10")]
    [InlineData("0.0.0.0:8000 so_keepalive=60:5:", "0.0.0.0", 8000, "keepalive=on60:5:")]
    public void TryParse_OneAddress_GivesItsParts(string text, string ip, int port, string flags)
    {
        Assert.True(ListenSyntax.TryParse(text, out IReadOnlyList<ListenAddress> addresses, out _));
        ListenAddress address = Assert.Single(addresses);
        Assert.Equal((IPAddress.Parse(ip), port), (address.Ip, address.Port));
        Assert.Equal(flags, Flags(address));
        Assert.Equal(text, address.Text);
    }

    [Fact]
    public void TryParse_List_KeepsTheOrder()
    {
        Assert.True(ListenSyntax.TryParse(" 0.0.0.0:8000 reuseport backlog=16384 , 0.0.0.0:8443 ssl http2,unix:/run/edge.sock, ", out var addresses, out _));
        Assert.Equal([8000, 8443, 0], addresses.Select(address => address.Port));
        Assert.Equal("/run/edge.sock", addresses[2].UnixPath);
        Assert.True(addresses[2].IsLocal);
    }

    [Theory]
    [InlineData("off")]
    [InlineData(" off ")]
    [InlineData("off, 0.0.0.0:8000")]
    public void TryParse_Off_GivesNothing(string text)
    {
        Assert.True(ListenSyntax.TryParse(text, out var addresses, out _));
        Assert.Empty(addresses);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("8000")]
    [InlineData("0.0.0.0")]
    [InlineData("0.0.0.0:")]
    [InlineData("0.0.0.0:65536")]
    [InlineData("0.0.0.0:-1")]
    [InlineData("0.0.0.0:+80")]
    [InlineData("0.0.0.0: 80")]
    [InlineData("1:80")]
    [InlineData("example.test:80")]
    [InlineData("256.0.0.1:80")]
    [InlineData("::1:80")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("0.0.0.0:80 tls")]
    [InlineData("0.0.0.0:80 backlog=0")]
    [InlineData("0.0.0.0:80 backlog=x")]
    [InlineData("0.0.0.0:80 so_keepalive=::")]
    [InlineData("0.0.0.0:80 so_keepalive=maybe")]
    [InlineData("0.0.0.0:80 so_keepalive=1:2:200")]
    [InlineData("unix:")]
    [InlineData("0.0.0.0:80, off")]
    public void TryParse_Invalid_SaysHowItIsWritten(string text)
    {
        Assert.False(ListenSyntax.TryParse(text, out _, out string error));
        Assert.Contains("must be of form: [off] | <ip>:<port> [ssl]", error);
    }

    [Fact]
    public void TryParse_UnixPathTooLong_IsRefused()
    {
        Assert.True(ListenSyntax.TryParse("unix:/" + new string('a', 106), out _, out _));
        Assert.False(ListenSyntax.TryParse("unix:/" + new string('a', 107), out _, out _));
    }

    [Theory]
    [InlineData("0.0.0.0:80", false)]
    [InlineData("127.0.0.1:80", true)]
    [InlineData("[::1]:80", true)]
    [InlineData("[::]:80", false)]
    public void IsLocal_Address_SaysWhetherOthersReachIt(string text, bool local)
    {
        Assert.True(ListenSyntax.TryParse(text, out var addresses, out _));
        Assert.Equal(local, addresses[0].IsLocal);
    }

    private static string Flags(ListenAddress address)
    {
        List<string> flags = [];
        void Add(bool on, string name)
        {
            if (on)
            {
                flags.Add(name);
            }
        }

        Add(address.Ssl, "ssl");
        Add(address.Http2, "http2");
        Add(address.ProxyProtocol, "proxy_protocol");
        Add(address.Deferred, "deferred");
        Add(address.Bind, "bind");
        Add(address.ReusePort, "reuseport");
        Add(address.Ipv6Only is not null, $"ipv6only={(address.Ipv6Only == true ? "on" : "off")}");
        Add(address.Backlog is not null, $"backlog={address.Backlog}");
        if (address.KeepAlive is { } keep)
        {
            flags.Add($"keepalive={(keep.On ? "on" : "off")}{keep.IdleSeconds}:{keep.IntervalSeconds}:{keep.Count}");
        }

        return string.Join(',', flags);
    }
}
