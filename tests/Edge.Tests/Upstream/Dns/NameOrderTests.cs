using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

public sealed class NameOrderTests
{
    [Theory]
    [InlineData("LAST,SRV,A,CNAME", true, "Srv A Aaaa")]
    [InlineData("A,SRV", false, "A Srv Aaaa")]
    [InlineData("aaaa,a,last,A", true, "Aaaa A")]
    [InlineData("CNAME", false, "Aaaa")]
    [InlineData("", true, "Srv A Aaaa")]
    public void WithOrder_KongsWords_AreRead(string words, bool lastFirst, string expected)
    {
        NameResolverOptions options = new NameResolverOptions().WithOrder(words.Split(',', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(lastFirst, options.LastKindFirst);
        Assert.Equal(expected, string.Join(' ', options.Order));
    }
}
