using System.Net;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

public sealed class HostsFileTests
{
    private const string Text = """
        127.0.0.1   localhost
        ::1         localhost ip6-localhost
        10.0.0.5    db db.internal   # the one on the left
        10.0.0.6    db
        # 10.0.0.7  ghost
        nonsense    broken
        """;

    [Theory]
    [InlineData("db", "10.0.0.5 10.0.0.6")]
    [InlineData("DB.Internal.", "10.0.0.5")]
    [InlineData("localhost", "127.0.0.1 ::1")]
    public void Find_ListedName_GivesEveryAddress(string host, string expected) =>
        Assert.Equal(expected.Split(' ').Select(IPAddress.Parse), HostsFile.Parse(Text).Find(host));

    [Theory]
    [InlineData("ghost")]
    [InlineData("broken")]
    [InlineData("internal")]
    public void Find_OtherName_GivesNull(string host) => Assert.Null(HostsFile.Parse(Text).Find(host));

    [Theory]
    [InlineData("localhost")]
    [InlineData("api.LOCALHOST.")]
    public void Find_LocalhostWithoutFile_GivesLoopback(string host) =>
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], HostsFile.Empty.Find(host));
}
