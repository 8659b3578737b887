using System.Text;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

public sealed class RequestKeyHashTests
{
    [Fact]
    public void Header_OneValue_IsItsHash()
    {
        HeaderList headers = HeaderList.Of("x-user-id: foo", "x-empty:");
        Assert.True(RequestKeyHash.TryHeader("x-user-id"u8, ref headers, out ulong hash));
        Assert.Equal(3728699739546630719UL, hash);
        Assert.True(RequestKeyHash.TryHeader("x-empty"u8, ref headers, out hash));
        Assert.Equal(17241709254077376921UL, hash);
        Assert.False(RequestKeyHash.TryHeader("x-other"u8, ref headers, out _));
    }

    // envoy: hash_test.cc, xxHashWithVector is of foo and bar in that order; a header's values are sorted first.
    [Fact]
    public void Header_SeveralValues_AreSortedAndChained()
    {
        HeaderList one = HeaderList.Of("x-a: foo", "x-b: no", "x-a: bar");
        HeaderList other = HeaderList.Of("x-a: bar", "x-a: foo");
        Assert.True(RequestKeyHash.TryHeader("x-a"u8, ref one, out ulong first));
        Assert.True(RequestKeyHash.TryHeader("x-a"u8, ref other, out ulong second));
        Assert.Equal(first, second);
        Assert.Equal(XxHash64.Compute("foo"u8, XxHash64.Compute("bar"u8)), first);
        Assert.Equal(17745830980996999794UL, XxHash64.Compute("bar"u8, XxHash64.Compute("foo"u8)));
    }

    [Theory]
    [InlineData("user=foo", true)]
    [InlineData("a=1; user=foo; b=2", true)]
    [InlineData("user=\"foo\"", true)]
    [InlineData("User=foo", false)]
    [InlineData("user=", false)]
    [InlineData("user", false)]
    [InlineData("xuser=foo", false)]
    public void Cookie_IsLookedUpByItsExactName(string cookie, bool found)
    {
        HeaderList headers = HeaderList.Of("cookie: " + cookie);
        Assert.Equal(found, RequestKeyHash.TryCookie("user"u8, ref headers, out ulong hash));
        Assert.True(!found || hash == 3728699739546630719UL);
    }

    [Theory]
    [InlineData("u=foo&u=bar", "foo")]
    [InlineData("a=1&u=%66oo", "%66oo")]
    [InlineData("u", "")]
    [InlineData("U=foo", null)]
    [InlineData("", null)]
    public void QueryParameter_IsTheFirstValueAsItCame(string query, string? value)
    {
        Assert.Equal(value is not null, RequestKeyHash.TryQueryParameter("u"u8, Encoding.ASCII.GetBytes(query), out ulong hash));
        Assert.True(value is null || hash == XxHash64.Compute(Encoding.ASCII.GetBytes(value)));
    }

    [Fact]
    public void Cookie_Made_IsTheHashOfBothAddresses()
    {
        byte[] value = new byte[RequestKeyHash.MaxCookieLength];
        int length = RequestKeyHash.MakeCookie("192.0.2.5:1234"u8, "10.0.0.1:443"u8, value, out ulong hash);
        Assert.Equal(16, length);
        string digits = Encoding.ASCII.GetString(value);
        Assert.Equal(XxHash64.Compute("192.0.2.5:123410.0.0.1:443"u8).ToString("x16", System.Globalization.CultureInfo.InvariantCulture), digits);
        Assert.Equal(XxHash64.Compute(value), hash);
    }

    [Theory]
    [InlineData(3600, "/", "", "user=\"ab\"; Max-Age=3600; Path=/; HttpOnly")]
    [InlineData(0, "", "", "user=\"ab\"; HttpOnly")]
    [InlineData(60, "/a", "SameSite=Strict;Secure=", "user=\"ab\"; Max-Age=60; Path=/a; SameSite=Strict; Secure; HttpOnly")]
    public void Cookie_Field_IsWrittenAsEnvoyDoes(int seconds, string path, string attributes, string expected)
    {
        RequestKey key = new(RequestKeyKind.Cookie, "user")
        {
            CookieTtl = TimeSpan.FromSeconds(seconds),
            CookiePath = path,
            CookieAttributes = [.. attributes.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(static pair => new KeyValuePair<string, string>(pair.Split('=')[0], pair.Split('=')[1]))],
        };
        KeyBuffer field = new(stackalloc byte[8]);
        RequestKeyHash.WriteSetCookie(key, "ab"u8, ref field);
        Assert.Equal(expected, Encoding.ASCII.GetString(field.Written));
        field.Dispose();
    }
}
