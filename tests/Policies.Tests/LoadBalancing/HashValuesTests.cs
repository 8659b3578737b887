using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

public sealed class HashValuesTests
{
    [Theory]
    [InlineData("u=1", "1")]
    [InlineData("a=0&u=1", "1")]
    [InlineData("u=b&u=a&x=1&u=B", "B,a,b")]
    [InlineData("u=%41+b", "A b")]
    [InlineData("%75=1", "1")]
    [InlineData("u", "true")]
    [InlineData("u=&u", ",true")]
    [InlineData("u=", "")]
    [InlineData("U=1", null)]
    [InlineData("", null)]
    public void QueryArgument_Values_AreSortedAndJoined(string query, string? expected)
    {
        KeyBuffer key = new(stackalloc byte[4]);
        bool found = HashValues.TryQueryArgument("u"u8, Encoding.ASCII.GetBytes(query), ref key);
        Assert.Equal(expected, found ? Encoding.ASCII.GetString(key.Written) : null);
        key.Dispose();
    }

    [Fact]
    public void QueryArgument_BeyondAHundred_IsNotSeen()
    {
        string many = string.Join('&', Enumerable.Range(0, 100).Select(static i => $"a{i}=1"));
        KeyBuffer key = new(stackalloc byte[4]);
        Assert.False(HashValues.TryQueryArgument("u"u8, Encoding.ASCII.GetBytes(many + "&u=1"), ref key));
        Assert.True(HashValues.TryQueryArgument("a99"u8, Encoding.ASCII.GetBytes(many + "&u=1"), ref key));
        key.Dispose();
    }

    [Fact]
    public void Header_SeveralLines_AreConcatenated()
    {
        HeaderList headers = HeaderList.Of("X-A: one", "x-b: no", "x-a: two");
        KeyBuffer key = new(stackalloc byte[2]);
        Assert.True(HashValues.TryHeader("x-a"u8, ref headers, ref key));
        Assert.Equal("onetwo", Encoding.ASCII.GetString(key.Written));
        Assert.False(HashValues.TryHeader("x-c"u8, ref headers, ref key));
        key.Dispose();
    }

    [Fact]
    public void Cookie_EmptyValue_IsAValue()
    {
        HeaderList headers = HeaderList.Of("Cookie: a=1; SID=x", "cookie: e=");
        KeyBuffer key = new(stackalloc byte[8]);
        Assert.True(HashValues.TryCookie("sid"u8, ref headers, ref key));
        Assert.True(HashValues.TryCookie("e"u8, ref headers, ref key));
        Assert.False(HashValues.TryCookie("none"u8, ref headers, ref key));
        Assert.Equal("x", Encoding.ASCII.GetString(key.Written));
        key.Dispose();
    }

    [Fact]
    public void AppendDecoded_BrokenTriplets_Stay()
    {
        KeyBuffer key = new(stackalloc byte[1]);
        key.AppendDecoded("/a%2fb%2%zz+%"u8, plusIsSpace: false);
        Assert.Equal("/a/b%2%zz+%", Encoding.ASCII.GetString(key.Written));
        key.Dispose();
    }
}
