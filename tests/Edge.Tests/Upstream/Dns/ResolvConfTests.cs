using System.Net;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

public sealed class ResolvConfTests
{
    [Fact]
    public void Parse_PodFile_TakesServersSearchAndOptions()
    {
        ResolvConf conf = ResolvConf.Parse("""
            # written by the kubelet
            search shop.svc.cluster.local svc.cluster.local cluster.local.
            nameserver 10.96.0.10
            nameserver fd00::a
            options ndots:5 timeout:2 attempts:3 rotate edns0
            """);

        Assert.Equal([new IPEndPoint(IPAddress.Parse("10.96.0.10"), 53), new IPEndPoint(IPAddress.Parse("fd00::a"), 53)], conf.Servers);
        Assert.Equal(["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"], conf.Search);
        Assert.Equal(5, conf.Ndots);
        Assert.Equal(TimeSpan.FromSeconds(2), conf.Timeout);
        Assert.Equal(3, conf.Attempts);
        Assert.True(conf.Rotate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("; nothing here\nnameserver\nnameserver not-an-address\noptions ndots:x\nunknown line\n")]
    public void Parse_NothingUsable_KeepsDefaults(string text)
    {
        ResolvConf conf = ResolvConf.Parse(text);

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 53)], conf.Servers);
        Assert.Empty(conf.Search);
        Assert.Equal(1, conf.Ndots);
        Assert.Equal(TimeSpan.FromSeconds(5), conf.Timeout);
        Assert.Equal(2, conf.Attempts);
        Assert.False(conf.Rotate);
    }

    [Fact]
    public void Parse_SeveralSearchLines_LastOneCounts()
    {
        ResolvConf conf = ResolvConf.Parse("domain one.example\nsearch two.example three.example\r\n");

        Assert.Equal(["two.example", "three.example"], conf.Search);
    }

    [Fact]
    public void Parse_ValuesOutOfRange_AreBounded()
    {
        ResolvConf conf = ResolvConf.Parse("options ndots:99 timeout:0 attempts:50");

        Assert.Equal(15, conf.Ndots);
        Assert.Equal(TimeSpan.FromSeconds(1), conf.Timeout);
        Assert.Equal(5, conf.Attempts);
    }
}
