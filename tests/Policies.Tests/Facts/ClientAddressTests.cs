using System.Net;
using System.Text;
using CsCheck;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Facts;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("::FFFF:0a01:0203", "10.1.2.3")]
    [InlineData("64:ff9b::1.2.3.4", "64:ff9b::102:304")]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    public void Parse_Address_PrintsCanonically(string text, string canonical)
    {
        Assert.True(ClientAddress.TryParse(Encoding.UTF8.GetBytes(text), out ClientAddress address));
        Assert.Equal(canonical, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("1..3.4")]
    [InlineData("a.b.c.d")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("::1::2")]
    [InlineData("12345::")]
    [InlineData("1:2:3:4:5:6:7:")]
    [InlineData(":1:2:3:4:5:6:7")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::1.2.3")]
    [InlineData("unknown")]
    public void Parse_Malformed_IsRefused(string text) => Assert.False(ClientAddress.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Parse_AnyAddress_EqualsIPAddress() => Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[16], Gen.Bool).Sample((bytes, mask, isIPv6) =>
    {
        // Zeros are frequent, so that runs of them get compressed.
        byte[] bits = [.. bytes.Select((b, i) => mask[i] < 128 ? (byte)0 : b)];
        IPAddress expected = new(isIPv6 ? bits : bits[..4]);
        Assert.True(ClientAddress.TryParse(Encoding.UTF8.GetBytes(expected.ToString()), out ClientAddress parsed));
        Assert.Equal(ClientAddress.From(expected), parsed);
        IPAddress plain = expected.IsIPv4MappedToIPv6 ? expected.MapToIPv4() : expected;
        Assert.Equal(plain, parsed.ToIPAddress());
        Assert.True(ClientAddress.TryParse(Encoding.UTF8.GetBytes(parsed.ToString()), out ClientAddress again));
        Assert.Equal(parsed, again);
    });

    [Fact]
    public void Default_HasNoText() => Assert.Equal("", default(ClientAddress).ToString());
}
