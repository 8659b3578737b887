using System.Net;
using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Authorization;

public sealed class IpRestrictionTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "", "10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "", "11.1.2.3", false)]
    [InlineData("10.0.0.1,192.168.0.0/16", "", "192.168.9.9", true)]
    [InlineData("", "10.0.0.0/8", "10.1.2.3", false)]
    [InlineData("", "10.0.0.0/8", "11.1.2.3", true)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", false)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.2.2.3", true)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "11.2.2.3", false)]
    [InlineData("2001:db8::/32", "", "2001:db8:1::1", true)]
    [InlineData("2001:db8::/32", "", "2001:db9::1", false)]
    [InlineData("0.0.0.0/0", "", "2001:db9::1", false)]
    [InlineData("127.0.0.1", "", "::ffff:127.0.0.1", true)]
    public void Admits_DenyFirstThenAllow(string allow, string deny, string client, bool admitted)
    {
        IpRestriction restriction = new(List(allow), List(deny));

        Assert.Equal(admitted, restriction.Admits(ClientAddress.From(IPAddress.Parse(client)), out int status, out KongErrorBody? body));
        Assert.Equal(admitted ? 0 : 403, status);
        Assert.Equal(admitted ? null : "Your IP address is not allowed", body?.Message);
    }

    [Fact]
    public void Admits_StatusAndMessage_AreTheConfiguredOnes()
    {
        IpRestriction restriction = new([], ["10.0.0.0/8"], 404, "nothing here");

        Assert.False(restriction.Admits(ClientAddress.FromIPv4(0x0A000001), out int status, out KongErrorBody? body));
        Assert.Equal((404, "nothing here"), (status, body!.Message));
    }

    [Fact]
    public void Admits_ClientWithoutAddress_IsRefusedAlsoByADenyList()
    {
        Assert.False(new IpRestriction([], ["10.0.0.0/8"], 404).Admits(default, out int status, out KongErrorBody? body));
        Assert.Equal((403, "Cannot identify the client IP address, unix domain sockets are not supported."), (status, body!.Message));
    }

    [Fact]
    public void Create_WithoutLists_Throws() => Assert.Throws<ArgumentException>(() => new IpRestriction([], []));

    private static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
