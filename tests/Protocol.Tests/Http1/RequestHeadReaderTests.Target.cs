using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http1;

/// <summary>Request target.</summary>
public sealed partial class RequestHeadReaderTests
{
    [Theory]

    // Forms.
    [InlineData("GET * HTTP/1.1")]
    [InlineData("OPTIONS */x HTTP/1.1")]
    [InlineData("OPTIONS ** HTTP/1.1")]
    [InlineData("GET example.com:80 HTTP/1.1")]
    [InlineData("GET relative/path HTTP/1.1")]
    [InlineData("GET ?x HTTP/1.1")]
    [InlineData("GET */x HTTP/1.1")]

    // Absolute form.
    [InlineData("GET http:///x HTTP/1.1")]
    [InlineData("GET http:// HTTP/1.1")]
    [InlineData("GET http:/a HTTP/1.1")]
    [InlineData("GET http:a HTTP/1.1")]
    [InlineData("GET http://:80/ HTTP/1.1")]
    [InlineData("GET http://u@a/ HTTP/1.1")]
    [InlineData("GET http://u:p@a/ HTTP/1.1")]
    [InlineData("GET http://a:0/ HTTP/1.1")]
    [InlineData("GET http://a:65536/ HTTP/1.1")]
    [InlineData("GET http://a:99999999999/ HTTP/1.1")]
    [InlineData("GET http://a:x/ HTTP/1.1")]
    [InlineData("GET http://a:/ HTTP/1.1")]
    [InlineData("GET http://[::1/ HTTP/1.1")]
    [InlineData("GET http://[::1]x/ HTTP/1.1")]
    [InlineData("GET http://[1.2.3.4]/ HTTP/1.1")]
    [InlineData("GET ftp://a/ HTTP/1.1")]
    [InlineData("GET ws://a/ HTTP/1.1")]
    [InlineData("GET http://a\\b/ HTTP/1.1")]

    // Bytes.
    [InlineData("GET /a\x01 HTTP/1.1")]
    [InlineData("GET /a\x1f HTTP/1.1")]
    [InlineData("GET /a\x7f HTTP/1.1")]
    [InlineData("GET /a#b HTTP/1.1")]
    [InlineData("GET /?#b HTTP/1.1")]
    [InlineData("GET /a% HTTP/1.1")]
    [InlineData("GET /a%4 HTTP/1.1")]
    [InlineData("GET /a%zz HTTP/1.1")]
    [InlineData("GET /a%4g HTTP/1.1")]
    [InlineData("GET /a%%41 HTTP/1.1")]
    [InlineData("GET /a%u0041 HTTP/1.1")]
    [InlineData("GET /?q=100% HTTP/1.1")]
    [InlineData("GET /a%00b HTTP/1.1")]
    [InlineData("GET /?a=%00 HTTP/1.1")]
    public void Read_BadTarget_Is400(string line)
    {
        RequestReading reading = RequestReading.Whole(line + "\r\nHost: a\r\n\r\n");

        Assert.Equal((ParseResult.Refused, 400), (reading.Result, reading.Status));
        Assert.Equal("bad_target", reading.Error.Reason());
    }

    [Theory]
    [InlineData("/", "/", "", false)]
    [InlineData("/a/b", "/a/b", "", false)]
    [InlineData("/a?", "/a", "?", true)]
    [InlineData("/a?b=c?d", "/a", "?b=c?d", true)]
    [InlineData("/?", "/", "?", true)]
    [InlineData("//a/b", "//a/b", "", false)]
    [InlineData("/a%2Fb%0d%0a", "/a%2Fb%0d%0a", "", false)]
    [InlineData("/\"<>\\^`{|}", "/\"<>\\^`{|}", "", false)]
    [InlineData("/%41?%41", "/%41", "?%41", true)]
    [InlineData("/a:b@c;d=e,f", "/a:b@c;d=e,f", "", false)]
    public void Read_OriginForm_IsSplitAndKept(string target, string path, string query, bool hasQuery)
    {
        RequestReading reading = RequestReading.Whole($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal(ParseResult.Complete, reading.Result);
        Assert.Equal(target, Octets.Text(reading.Head.Target));
        Assert.Equal(path, Octets.Text(reading.Head.Path));
        Assert.Equal(query, Octets.Text(reading.Head.Query));
        Assert.Equal(hasQuery, reading.Head.HasQuery);
        Assert.Equal(("a", false, false), (Octets.Text(reading.Head.Authority), reading.Head.IsAbsoluteForm, reading.Head.IsAsterisk));
    }

    [Theory]
    [InlineData("/caf\u00e9", "/caf%E9")]
    [InlineData("/\u0080\u00ff?\u00a0=\u0085", "/%80%FF?%A0=%85")]
    public void Read_EightBitTarget_LeavesEncoded(string target, string expected)
    {
        RequestReading reading = RequestReading.Whole($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal(expected, Octets.Text(reading.Head.Target));
        Assert.Equal(expected, Octets.Text(reading.Head.Path) + Octets.Text(reading.Head.Query));
    }

    [Theory]
    [InlineData("GET http://b.example/x?y HTTP/1.1", "b.example", "/x?y", "/x")]
    [InlineData("GET HTTP://b.example:8080/x HTTP/1.1", "b.example:8080", "/x", "/x")]
    [InlineData("GET http://b HTTP/1.1", "b", "/", "/")]
    [InlineData("GET http://b?y HTTP/1.1", "b", "/?y", "/")]
    [InlineData("GET http://[2001:db8::1]:80/ HTTP/1.1", "[2001:db8::1]:80", "/", "/")]
    [InlineData("GET http://b/\u00e9 HTTP/1.1", "b", "/%E9", "/%E9")]
    [InlineData("OPTIONS http://b HTTP/1.1", "b", "*", "*")]
    [InlineData("OPTIONS http://b/ HTTP/1.1", "b", "/", "/")]
    public void Read_AbsoluteForm_BecomesOriginFormAndReplacesHost(string line, string authority, string target, string path)
    {
        RequestReading reading = RequestReading.Whole(line + "\r\nX: 1\r\nHost: a\r\nY: 2\r\n\r\n");

        Assert.Equal(ParseResult.Complete, reading.Result);
        Assert.Equal(authority, Octets.Text(reading.Head.Authority));
        Assert.Equal($"X: 1\nHost: {authority}\nY: 2", RequestReading.Fields(reading.Head.Headers));
        Assert.Equal(target, Octets.Text(reading.Head.Target));
        Assert.Equal(path, Octets.Text(reading.Head.Path));
        Assert.True(reading.Head.IsAbsoluteForm);
        Assert.Equal(target == "*", reading.Head.IsAsterisk);
    }

    [Theory]
    [InlineData("GET http://b/ HTTP/1.1\r\n\r\n", WireError.HostMissing)]
    [InlineData("GET http://b/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", WireError.HostDuplicate)]
    [InlineData("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n", WireError.HostInvalid)]
    public void Read_AbsoluteForm_StillNeedsOneGoodHost(string text, WireError expected) =>
        Assert.Equal(expected, RequestReading.Whole(text).Error);

    [Fact]
    public void Read_AbsoluteFormInOldVersion_AddsHost()
    {
        RequestReading reading = RequestReading.Whole("GET http://b/ HTTP/1.0\r\nX: 1\r\n\r\n");

        Assert.Equal("X: 1\nHost: b", RequestReading.Fields(reading.Head.Headers));
    }

    [Theory]
    [InlineData(UriScheme.Http, "http", true)]
    [InlineData(UriScheme.Http, "https", false)]
    [InlineData(UriScheme.Https, "https", true)]
    [InlineData(UriScheme.Https, "http", false)]
    [InlineData(UriScheme.None, "https", true)]
    [InlineData(UriScheme.None, "http", true)]
    public void Read_AbsoluteFormOfOtherScheme_NeedsATrustedPeer(UriScheme listener, string scheme, bool accepted)
    {
        RequestReading reading = RequestReading.Whole($"GET {scheme}://b/ HTTP/1.1\r\nHost: a\r\n\r\n", RequestRules.Kong with { Scheme = listener });

        Assert.Equal(accepted ? (ParseResult.Complete, WireError.None) : (ParseResult.Refused, WireError.SchemeMismatch), (reading.Result, reading.Error));
    }

    [Fact]
    public void Read_AsteriskForm_IsForOptions()
    {
        RequestReading reading = RequestReading.Whole("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.True(reading.Head.IsAsterisk);
        Assert.Equal(("*", "*", ""), (Octets.Text(reading.Head.Target), Octets.Text(reading.Head.Path), Octets.Text(reading.Head.Query)));
    }
}
