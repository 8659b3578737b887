using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http1;

/// <summary>Header section.</summary>
public sealed partial class RequestHeadReaderTests
{
    [Theory]

    // Names.
    [InlineData(": x", WireError.BadHeaderName)]
    [InlineData("A B: x", WireError.BadHeaderName)]
    [InlineData("A(: x", WireError.BadHeaderName)]
    [InlineData("A\": x", WireError.BadHeaderName)]
    [InlineData("A\u00e9: x", WireError.BadHeaderName)]
    [InlineData("A\x7f: x", WireError.BadHeaderName)]
    [InlineData("A\x01: x", WireError.BadHeaderName)]
    [InlineData("A/: x", WireError.BadHeaderName)]
    [InlineData("Content\u000dLength: 1", WireError.BadLineEnd)]
    [InlineData("Content\u000bLength: 1", WireError.BadHeaderName)]

    // Space before the colon, no colon.
    [InlineData("A : x", WireError.SpaceBeforeColon)]
    [InlineData("A\t: x", WireError.SpaceBeforeColon)]
    [InlineData("Transfer-Encoding : chunked", WireError.SpaceBeforeColon)]
    [InlineData("A", WireError.BadHeaderName)]
    [InlineData("A value without colon", WireError.BadHeaderName)]

    // Folding.
    [InlineData(" folded", WireError.ObsFold)]
    [InlineData("\tfolded", WireError.ObsFold)]
    [InlineData(" A: x", WireError.ObsFold)]
    [InlineData(" ", WireError.ObsFold)]
    [InlineData("A: x\r\n y", WireError.ObsFold)]

    // Values.
    [InlineData("A: x\x01y", WireError.BadHeaderValue)]
    [InlineData("A: x\x08y", WireError.BadHeaderValue)]
    [InlineData("A: x\x0by", WireError.BadHeaderValue)]
    [InlineData("A: x\x0cy", WireError.BadHeaderValue)]
    [InlineData("A: x\x0ey", WireError.BadHeaderValue)]
    [InlineData("A: x\x1fy", WireError.BadHeaderValue)]
    [InlineData("A: x\x1by", WireError.BadHeaderValue)]
    [InlineData("A: x\x7fy", WireError.BadHeaderValue)]
    [InlineData("A: x\0", WireError.BadHeaderValue)]
    [InlineData("A: \vx", WireError.BadHeaderValue)]
    [InlineData("A: x\f", WireError.BadHeaderValue)]
    public void Read_BrokenFieldLine_IsRefused(string line, WireError expected)
    {
        // First, in the middle, last; and with so much behind it that no vector step is cut short.
        Assert.Equal(expected, RequestReading.Whole($"GET / HTTP/1.1\r\n{line}\r\nHost: a\r\n\r\n").Error);
        Assert.Equal(expected, RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\n{line}\r\nB: c\r\n\r\n").Error);
        Assert.Equal(expected, RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n").Error);
        Assert.Equal(expected, RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\n{line}\r\nB: {new string('c', 100)}\r\n\r\n").Error);
        Assert.Equal(400, expected.Status());
    }

    [Theory]
    [InlineData("A:x", "A", "x")]
    [InlineData("A: x", "A", "x")]
    [InlineData("A:  \t x \t ", "A", "x")]
    [InlineData("A:", "A", "")]
    [InlineData("A: ", "A", "")]
    [InlineData("A:\t\t", "A", "")]
    [InlineData("A: x y\tz", "A", "x y\tz")]
    [InlineData("A: x: y", "A", "x: y")]
    [InlineData("A: \u0085x\u00a0", "A", "\u0085x\u00a0")]
    [InlineData("A: \u00e9\u00ff\u0080", "A", "\u00e9\u00ff\u0080")]
    [InlineData("!#$%&'*+-.^_`|~09Az: x", "!#$%&'*+-.^_`|~09Az", "x")]
    [InlineData("a-name-that-is-longer-than-thirty-two-bytes-altogether: x", "a-name-that-is-longer-than-thirty-two-bytes-altogether", "x")]
    public void Read_GoodFieldLine_IsSplitAndTrimmed(string line, string name, string value)
    {
        foreach (string text in new[]
        {
            $"GET / HTTP/1.1\r\n{line}\r\nHost: a\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: a\r\n{line}\r\nB: {new string('c', 100)}\r\n\r\n",
        })
        {
            RequestReading reading = RequestReading.Whole(text);
            int index = reading.Head.Headers.IndexOf(Octets.Of(name));

            Assert.Equal(ParseResult.Complete, reading.Result);
            Assert.Equal((name, value), (Octets.Text(reading.Head.Headers.Name(index)), Octets.Text(reading.Head.Headers.Value(index))));
        }
    }

    [Theory]
    [InlineData("Content_Length: 5")]
    [InlineData("content_length: 5")]
    [InlineData("Transfer_Encoding: chunked")]
    [InlineData("X_Forwarded_For: 1.2.3.4")]
    [InlineData("X-Forwarded_For: 1.2.3.4")]
    [InlineData("X_Forwarded-Anything: 1")]
    [InlineData("x_real_ip: 1.2.3.4")]
    [InlineData("X_Consumer_Id: admin")]
    [InlineData("X_Kong_Request_Id: 1")]
    [InlineData("My_Token: 1")]
    [InlineData("X_Auth_User: 1")]
    [InlineData("X_B3_TraceId: 1")]
    [InlineData("x_authenticated_groups: admin")]
    [InlineData("x_credential_identifier: admin")]
    [InlineData("Uber_Trace_Id: 1")]
    [InlineData("x_datadog_trace_id: 1")]
    [InlineData("RateLimit_Remaining: 9")]
    [InlineData("Own-Field_Name: 1")]
    public void Read_UnderscoreLookalike_IsDroppedAndCounted(string line)
    {
        RequestRules rules = RequestRules.Kong with { GuardedNames = ["my-token", "X-Auth-*", "own_field_name"] };

        RequestReading reading = RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\n{line}\r\nB: c\r\n\r\n", rules);

        Assert.Equal((ParseResult.Complete, 1), (reading.Result, reading.Head.DroppedLookalikes));
        Assert.Equal("Host: a\nB: c", RequestReading.Fields(reading.Head.Headers));
        Assert.Equal(BodyFraming.None, reading.Head.Framing);
    }

    [Fact]
    public void Read_NameConfiguredWithUnderscore_IsNoImitationOfItself()
    {
        RequestRules rules = RequestRules.Kong with { GuardedNames = ["own_name", "own-name", "x_real_ip"] };

        RequestReading reading = RequestReading.Whole("GET / HTTP/1.1\r\nHost: a\r\nOwn_Name: c\r\nX_Real_IP: 1.2.3.4\r\n\r\n", rules);

        Assert.Equal("Host: a\nOwn_Name: c", RequestReading.Fields(reading.Head.Headers));
    }

    [Fact]
    public void Read_UnderscoreNamesDropped_AreCounted()
    {
        RequestRules rules = RequestRules.Kong with { Underscores = UnderscorePolicy.Drop };

        RequestReading reading = RequestReading.Whole("GET / HTTP/1.1\r\nHost: a\r\nA_B: c\r\nX-Y: z\r\n_: d\r\n\r\n", rules);

        Assert.Equal("Host: a\nX-Y: z", RequestReading.Fields(reading.Head.Headers));
        Assert.Equal(2, reading.Head.DroppedLookalikes);
    }

    [Fact]
    public void Read_OtherUnderscoreName_FollowsTheListener()
    {
        const string Text = "GET / HTTP/1.1\r\nHost: a\r\nMy_Name: c\r\n\r\n";

        Assert.Equal("Host: a\nMy_Name: c", RequestReading.Fields(RequestReading.Whole(Text, RequestRules.Kong).Head.Headers));
        Assert.Equal((400, WireError.UnderscoreName), (RequestReading.Whole(Text, RequestRules.Istio).Status, RequestReading.Whole(Text, RequestRules.Istio).Error));
        Assert.Equal(1, RequestReading.Whole(Text.Replace("My_Name", "X_Real_IP"), RequestRules.Istio).Head.DroppedLookalikes);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", WireError.HostMissing, 400)]
    [InlineData("GET / HTTP/1.1\r\nX: y\r\n\r\n", WireError.HostMissing, 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", WireError.HostDuplicate, 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: b\r\n\r\n", WireError.HostDuplicate, 400)]
    [InlineData("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", WireError.HostDuplicate, 400)]
    public void Read_HostCount_IsOne(string text, WireError expected, int status)
    {
        RequestReading reading = RequestReading.Whole(text);

        Assert.Equal((expected, status), (reading.Error, reading.Status));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("u@a")]
    [InlineData("a/b")]
    [InlineData("a,b")]
    [InlineData("a b")]
    [InlineData("\"a\"")]
    [InlineData("'a'")]
    [InlineData("a\u00e9")]
    [InlineData("a:")]
    [InlineData("a:0")]
    [InlineData("a:65536")]
    [InlineData("a:080000")]
    [InlineData("a:-1")]
    [InlineData("a:8x")]
    [InlineData("a:80:80")]
    [InlineData(":80")]
    [InlineData("[::1")]
    [InlineData("[::g]")]
    [InlineData("[::1]80")]
    [InlineData("[::1]:")]
    [InlineData("[]")]
    [InlineData("[fe80::1%25eth0]")]
    [InlineData("[1:2:3:4:5:6:7:8:9]")]
    [InlineData("::1")]
    [InlineData("a%00")]
    [InlineData("a%0d%0a")]
    [InlineData("a%2Fb")]
    [InlineData("a%4")]
    [InlineData("a\\b")]
    [InlineData("a?b")]
    [InlineData("a#b")]
    [InlineData("a<b>")]
    [InlineData("a|b")]
    [InlineData("http://a")]
    public void Read_BadHost_Is400(string host)
    {
        RequestReading reading = RequestReading.Whole($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Equal((WireError.HostInvalid, 400), (reading.Error, reading.Status));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a.example:80")]
    [InlineData("A.EXAMPLE:65535")]
    [InlineData("127.0.0.1:8000")]
    [InlineData("[::1]")]
    [InlineData("[2001:db8::1]:8080")]
    [InlineData("[::ffff:1.2.3.4]")]
    [InlineData("a_b.example")]
    [InlineData("xn--caf-dma.example")]
    [InlineData("caf%C3%A9.example")]
    public void Read_GoodHost_IsTheAuthority(string host)
    {
        RequestReading reading = RequestReading.Whole($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Equal(ParseResult.Complete, reading.Result);
        Assert.Equal(host, Octets.Text(reading.Head.Authority));
    }

    [Fact]
    public void Read_OldVersionWithoutHost_FollowsTheListener()
    {
        const string Text = "GET / HTTP/1.0\r\n\r\n";

        Assert.Equal(ParseResult.Complete, RequestReading.Whole(Text, RequestRules.Kong).Result);
        Assert.Equal("", Octets.Text(RequestReading.Whole(Text, RequestRules.Kong).Head.Authority));
        Assert.Equal(426, RequestReading.Whole(Text, RequestRules.Istio).Status);
    }

    [Theory]
    [InlineData("Authorization: a\r\nAuthorization: a")]
    [InlineData("Content-Type: a\r\nContent-Type: b")]
    [InlineData("Upgrade: websocket\r\nUpgrade: websocket")]
    [InlineData("Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: b")]
    [InlineData("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13")]
    [InlineData("HTTP2-Settings: a\r\nHTTP2-Settings: a")]
    public void Read_RepeatedSingleton_Is400(string lines)
    {
        RequestReading reading = RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n");

        Assert.Equal((WireError.DuplicateSingleton, 400), (reading.Error, reading.Status));
    }

    [Fact]
    public void Read_RepeatedListField_StaysAsReceived()
    {
        RequestReading reading = RequestReading.Whole("GET / HTTP/1.1\r\nX: 1\r\nHost: a\r\nAccept: b\r\nx: 2\r\naccept: c\r\n\r\n");

        Assert.Equal("X: 1\nHost: a\nAccept: b\nx: 2\naccept: c", RequestReading.Fields(reading.Head.Headers));
    }

    [Theory]
    [InlineData(0, WireError.None)]
    [InlineData(1, WireError.TooManyHeaders)]
    public void Read_FieldCountLimit_Is431(int over, WireError expected)
    {
        string fields = string.Concat(Enumerable.Range(0, 99 + over).Select(i => $"X-{i}: y\r\n"));

        RequestReading reading = RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");

        Assert.Equal(expected, reading.Error);
        Assert.Equal(over == 0 ? 0 : 431, reading.Status);
    }

    [Fact]
    public void Read_DroppedField_CountsTowardsTheLimit()
    {
        RequestRules rules = RequestRules.Kong with { Limits = HeadLimits.Kong with { HeaderCount = 2 } };

        Assert.Equal(WireError.TooManyHeaders, RequestReading.Whole("GET / HTTP/1.1\r\nHost: a\r\nX_Real_IP: 1\r\nB: c\r\n\r\n", rules).Error);
    }

    [Theory]
    [InlineData(0, WireError.None)]
    [InlineData(1, WireError.HeaderLineTooLong)]
    public void Read_FieldLineLimit_Is431(int over, WireError expected)
    {
        RequestRules rules = RequestRules.Kong with { Limits = HeadLimits.Kong with { HeaderLine = 200 } };

        RequestReading reading = RequestReading.Whole($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('y', 197 + over)}\r\n\r\n", rules);

        Assert.Equal(expected, reading.Error);
        Assert.Equal(over == 0 ? 0 : 431, reading.Status);
    }

    [Theory]
    [InlineData(0, WireError.None)]
    [InlineData(1, WireError.HeadersTooLarge)]
    public void Read_TotalLimit_Is431(int over, WireError expected)
    {
        RequestRules rules = RequestRules.Kong with { Limits = HeadLimits.Kong with { HeadersTotal = 400 } };
        string fields = $"Host: a\r\nX: {new string('y', 190)}\r\n";
        fields += $"Z: {new string('z', 400 - fields.Length - 5 + over)}\r\n";

        Assert.Equal(expected, RequestReading.Whole($"GET / HTTP/1.1\r\n{fields}\r\n", rules).Error);
        Assert.Equal(400 + over, fields.Length);
    }

    [Fact]
    public void Read_TotalLimitWithStartLine_CountsIt()
    {
        HeadLimits limits = HeadLimits.Kong with { HeadersTotal = 40 };
        const string Text = "GET /0123456789 HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";

        Assert.Equal(WireError.None, RequestReading.Whole(Text, RequestRules.Kong with { Limits = limits }).Error);
        Assert.Equal(
            WireError.HeadersTooLarge,
            RequestReading.Whole(Text, RequestRules.Kong with { Limits = limits with { TotalIncludesStartLine = true } }).Error);
    }

    [Fact]
    public void Read_EndlessFieldLine_IsRefusedWithoutItsEnd()
    {
        Assert.Equal(WireError.HeaderLineTooLong, RequestReading.Whole("GET / HTTP/1.1\r\nX: " + new string('y', 9000)).Error);
        Assert.Equal(
            WireError.HeadersTooLarge,
            RequestReading.Whole("GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat($"X: {new string('y', 8000)}\r\n", 4)) + new string('z', 800)).Error);
    }

    [Fact]
    public void Read_KnownNames_AreClassifiedInAnyCase()
    {
        RequestReading reading = RequestReading.Whole("GET / HTTP/1.1\r\nhOsT: a\r\nACCEPT: b\r\naccess-control-request-private-network: true\r\nX-Nope: c\r\n\r\n");
        HeaderBlock headers = reading.Head.Headers;

        Assert.Equal(
            [KnownHeader.Host, KnownHeader.Accept, KnownHeader.AccessControlRequestPrivateNetwork, KnownHeader.None],
            Enumerable.Range(0, 4).Select(headers.Known));
    }
}
