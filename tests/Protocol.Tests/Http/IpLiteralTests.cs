using System.Buffers.Binary;
using System.Net;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http;

public sealed class IpLiteralTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("192.0.2.10")]
    public void TryParseIPv4_Good_MatchesThePlatform(string text)
    {
        Assert.True(IpLiteral.TryParseIPv4(Octets.Of(text), out uint address));
        Assert.Equal(BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(text).GetAddressBytes()), address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.04")]
    [InlineData("1.2.3.")]
    [InlineData(".1.2.3")]
    [InlineData("1..2.3")]
    [InlineData("1.2.3.4 ")]
    [InlineData("0x1.2.3.4")]
    [InlineData("16909060")]
    public void TryParseIPv4_Bad_IsRefused(string text) => Assert.False(IpLiteral.TryParseIPv4(Octets.Of(text), out _));

    [Theory]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("1::")]
    [InlineData("2001:db8::8a2e:370:7334")]
    [InlineData("1:2:3:4:5:6:7:8")]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData("1:2:3:4:5:6:1.2.3.4")]
    [InlineData("1:2:3:4:5:6:7::")]
    [InlineData("::2:3:4:5:6:7:8")]
    [InlineData("FE80::ABCD")]
    public void TryParseIPv6_Good_MatchesThePlatform(string text)
    {
        Assert.True(IpLiteral.TryParseIPv6(Octets.Of(text), out UInt128 address));
        Assert.Equal(BinaryPrimitives.ReadUInt128BigEndian(IPAddress.Parse(text).GetAddressBytes()), address);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("1::2::3")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("::1.2.3")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("1.2.3.4")]
    [InlineData("1:2:3:4::5:6:7:8")]
    public void TryParseIPv6_Bad_IsRefused(string text) => Assert.False(IpLiteral.TryParseIPv6(Octets.Of(text), out _));
}
