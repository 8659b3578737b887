using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http;

public sealed class FieldSyntaxTests
{
    [Fact]
    public void IsToken_EveryByte_FollowsTheGrammar()
    {
        for (int value = 0; value < 256; value++)
        {
            bool expected = char.IsAsciiLetterOrDigit((char)value) || "!#$%&'*+-.^_`|~".Contains((char)value);
            Assert.Equal(expected, FieldSyntax.IsToken([(byte)value]));
            Assert.Equal(expected, FieldSyntax.IsToken([(byte)'a', (byte)value, (byte)'b']));
        }

        Assert.False(FieldSyntax.IsToken(default));
    }

    [Fact]
    public void IsFieldValue_EveryByte_FollowsTheGrammar()
    {
        for (int value = 0; value < 256; value++)
        {
            bool expected = value is 0x09 or (>= 0x20 and not 0x7f);
            Assert.Equal(expected, FieldSyntax.IsFieldValue([(byte)value]));
            byte[] line = [.. Octets.Of(new string('a', 50)), (byte)value, .. Octets.Of(new string('b', 50))];
            Assert.Equal(expected, FieldSyntax.IsFieldValue(line));
        }

        Assert.True(FieldSyntax.IsFieldValue(default));
    }

    [Theory]
    [InlineData("a", "a", -1)]
    [InlineData("a:80", "a", 80)]
    [InlineData("[::1]", "[::1]", -1)]
    [InlineData("[::1]:65535", "[::1]", 65535)]
    public void SplitAuthority_Valid_GivesHostAndPort(string authority, string host, int port)
    {
        Assert.True(FieldSyntax.IsAuthority(Octets.Of(authority)));
        FieldSyntax.SplitAuthority(Octets.Of(authority), out ReadOnlySpan<byte> actual, out int actualPort);

        Assert.Equal((host, port), (Octets.Text(actual), actualPort));
    }

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("x, A ,y", "a", true)]
    [InlineData("xa", "a", false)]
    [InlineData("", "a", false)]
    [InlineData(",,\ta", "a", true)]
    public void ListContains_ComparesWholeElements(string list, string element, bool expected) =>
        Assert.Equal(expected, FieldSyntax.ListContains(Octets.Of(list), Octets.Of(element)));
}
