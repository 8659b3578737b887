using System.Text;
using System.Text.Json;
using CsCheck;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class AccessLogFormatterTests
{
    // 2026-11-23T05:05:44.007Z
    private const long Now = 1795410344007;

    private static readonly QueryMask Mask = new(["jwt", "apikey", "access_token"]);

    [Fact]
    public void Combined_ServedRequest_IsNginxsLine() =>
        Assert.Equal(
            "192.0.2.7 - - [23/Nov/2026:05:05:44 +0000] \"GET /api/v1/flavors?page=2 HTTP/1.1\" 200 1234 "
            + "\"https://voltage-soda.com/\" \"curl/8.5.0\"\n",
            Combined(new AccessLogLine
            {
                UnixMilliseconds = Now,
                RemoteAddress = "192.0.2.7"u8,
                Method = "GET"u8,
                Target = "/api/v1/flavors?page=2"u8,
                HttpVersion = 11,
                Status = 200,
                BodyBytesSent = 1234,
                Referer = "https://voltage-soda.com/"u8,
                UserAgent = "curl/8.5.0"u8,
            }));

    [Fact]
    public void Combined_RefusedRequest_HasDashesAndTheReason() =>
        Assert.Equal(
            "2001:db8::1 - - [23/Nov/2026:05:05:44 +0000] \"-\" 400 0 \"-\" \"-\" reason=te_and_cl\n",
            Combined(new AccessLogLine
            {
                UnixMilliseconds = Now,
                RemoteAddress = "2001:db8::1"u8,
                Status = 400,
                Reason = "te_and_cl"u8,
            }));

    [Fact]
    public void Json_ServedRequest_HasEveryMember() =>
        Assert.Equal(
            "{\"time\":\"2026-11-23T05:05:44.007Z\",\"remote_addr\":\"192.0.2.7\",\"remote_user\":\"ann\",\"method\":\"POST\","
            + "\"target\":\"/api/v1\",\"protocol\":\"HTTP/1.1\",\"host\":\"voltage-soda.com\",\"status\":201,\"body_bytes_sent\":5,"
            + "\"bytes_received\":300,\"bytes_sent\":205,\"referer\":\"r\",\"user_agent\":\"say \\\"hi\\\"\","
            + "\"request_id\":\"0123456789abcdef0123456789abcdef\",\"ssl_protocol\":\"TLSv1.3\",\"ssl_cipher\":\"TLS_AES_256_GCM_SHA384\",\"service\":\"backend\",\"route\":\"api\",\"consumer\":\"admin\","
            + "\"upstream_addr\":\"10.0.0.1:8080\",\"attempts\":2,\"kong_ms\":1,\"upstream_ms\":20,\"request_ms\":21}\n",
            Json(new AccessLogLine
            {
                UnixMilliseconds = Now,
                RemoteAddress = "192.0.2.7"u8,
                RemoteUser = "ann"u8,
                Method = "POST"u8,
                Target = "/api/v1"u8,
                HttpVersion = 11,
                Status = 201,
                BodyBytesSent = 5,
                BytesReceived = 300,
                BytesSent = 205,
                Referer = "r"u8,
                UserAgent = "say \"hi\""u8,
                Host = "voltage-soda.com"u8,
                RequestId = "0123456789abcdef0123456789abcdef"u8,
                TlsVersion = "TLSv1.3"u8,
                TlsCipher = "TLS_AES_256_GCM_SHA384"u8,
                Service = "backend"u8,
                Route = "api"u8,
                Consumer = "admin"u8,
                UpstreamAddress = "10.0.0.1:8080"u8,
                Attempts = 2,
                KongMs = 1,
                UpstreamMs = 20,
                RequestMs = 21,
            }));

    [Fact]
    public void Json_RefusedRequest_LeavesOutWhatIsNotKnown() =>
        Assert.Equal(
            "{\"time\":\"2026-11-23T05:05:44.007Z\",\"remote_addr\":\"192.0.2.7\",\"status\":400,\"body_bytes_sent\":0,"
            + "\"bytes_received\":0,\"bytes_sent\":0,\"attempts\":0,\"reason\":\"bad_method\"}\n",
            Json(new AccessLogLine
            {
                UnixMilliseconds = Now,
                RemoteAddress = "192.0.2.7"u8,
                Status = 400,
                Reason = "bad_method"u8,
                KongMs = -1,
                UpstreamMs = -1,
                RequestMs = -1,
            }));

    [Fact]
    public void Combined_HostileBytes_AreEscaped()
    {
        string line = Combined(new AccessLogLine
        {
            UnixMilliseconds = Now,
            Method = "GET"u8,
            Target = "/\"\\\n\r\t\0é\x7f"u8,
            HttpVersion = 11,
            UserAgent = "x\" 200 0 \"-\"\nforged"u8,
        });

        Assert.Contains("\"GET /\\x22\\x5C\\x0A\\x0D\\x09\\x00\\xC3\\xA9\\x7F HTTP/1.1\"", line);
        Assert.EndsWith("\"x\\x22 200 0 \\x22-\\x22\\x0Aforged\"\n", line);
        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
    }

    [Theory]
    [InlineData("/p?jwt=a.b.c", "/p?jwt=***")]
    [InlineData("/p?JWT=abc&x=1", "/p?JWT=***&x=1")]
    [InlineData("/p?x=1&apikey=k&y=2&access_token=t", "/p?x=1&apikey=***&y=2&access_token=***")]
    [InlineData("/p?x=1;jwt=abc", "/p?x=1;jwt=***")]
    [InlineData("/p?x=?jwt=1&jwt=", "/p?x=?jwt=1&jwt=***")]
    [InlineData("/p?j%77t=abc", "/p?j%77t=***")]
    [InlineData("/p?myjwt=abc&jwtx=1&jwt", "/p?myjwt=abc&jwtx=1&jwt")]
    [InlineData("/p?", "/p?")]
    [InlineData("/p?&&=", "/p?&&=")]
    [InlineData("/jwt=abc", "/jwt=abc")]
    [InlineData("https://ann:secret@a.test/x?jwt=a", "https://***@a.test/x?jwt=***")]
    [InlineData("https://ann:se@cret@a.test", "https://***@a.test")]
    [InlineData("//ann@a.test#x@y", "//***@a.test#x@y")]
    [InlineData("https://a.test/x@y?z=a@b", "https://a.test/x@y?z=a@b")]
    [InlineData("/a//ann:x@b", "/a//ann:x@b")]
    public void Target_SecretQueryParameters_AreHidden(string target, string shown)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(target);
        var line = new AccessLogLine { UnixMilliseconds = Now, Method = "GET"u8, Target = bytes, HttpVersion = 10, Referer = bytes };

        string combined = Combined(line);
        Assert.Contains($"\"GET {shown} HTTP/1.0\"", combined);
        Assert.Contains($"\"{shown}\" \"-\"", combined);
        JsonElement json = JsonDocument.Parse(Json(line)).RootElement;
        Assert.Equal(shown, json.GetProperty("target").GetString());
        Assert.Equal(shown, json.GetProperty("referer").GetString());
    }

    [Fact]
    public void Referer_UserInfoLongerThanTheCut_DoesNotShow()
    {
        byte[] referer = Encoding.ASCII.GetBytes($"https://ann:{new string('s', 300)}@a.test/");
        var line = new AccessLogLine { UnixMilliseconds = Now, Referer = referer };

        Assert.Contains("\"https://***@a.test/\"", Combined(line));
        Assert.DoesNotContain("sss", Json(line));
    }

    [Fact]
    public void Target_SecretBeyondTheCut_DoesNotShow()
    {
        byte[] target = Encoding.ASCII.GetBytes("/" + new string('a', 250) + "?jwt=abcdef");
        var line = new AccessLogLine { UnixMilliseconds = Now, Method = "GET"u8, Target = target, HttpVersion = 11 };

        Assert.Contains("aaa?jwt=*** HTTP/1.1\"", Combined(line));
    }

    [Fact]
    public void Values_LongerThanTheCut_ShowTheirFirst256Bytes()
    {
        byte[] agent = Encoding.ASCII.GetBytes(new string('u', 256) + "X");
        var line = new AccessLogLine { UnixMilliseconds = Now, UserAgent = agent, Referer = agent };

        string text = Combined(line);
        Assert.Equal(512, text.Count(static c => c == 'u'));
        Assert.DoesNotContain("X", text);
    }

    [Fact]
    public void Format_LongestPossibleLine_FitsTheRoomOfALine()
    {
        byte[] worst = new byte[5000];
        worst.AsSpan().Fill(0xff);
        var line = new AccessLogLine
        {
            UnixMilliseconds = Now,
            RemoteAddress = worst,
            RemoteUser = worst,
            Method = worst,
            Target = worst,
            HttpVersion = 11,
            Status = int.MinValue,
            BodyBytesSent = long.MinValue,
            Referer = worst,
            UserAgent = worst,
            Reason = worst,
            Host = worst,
            RequestId = worst,
            Service = worst,
            Route = worst,
            Consumer = worst,
            UpstreamAddress = worst,
            Attempts = int.MinValue,
            BytesReceived = long.MinValue,
            BytesSent = long.MinValue,
            KongMs = int.MaxValue,
            UpstreamMs = int.MaxValue,
            RequestMs = int.MaxValue,
        };

        Assert.InRange(Json(line).Length, 10_000, LineRing.MaxLine);
        Assert.InRange(Combined(line).Length, 4_000, LineRing.MaxLine);
    }

    [Fact]
    public void Json_AnyBytes_IsOneValidLineThatReadsAsTheTextFormat() =>
        Gen.Byte.Array[0, 400].Sample(bytes =>
        {
            var line = new AccessLogLine { UnixMilliseconds = Now, UserAgent = bytes, Target = bytes, Host = bytes, Consumer = bytes };
            string json = Json(line);
            string combined = Combined(line);

            Assert.Equal(json.Length - 1, json.IndexOf('\n'));
            Assert.Equal(combined.Length - 1, combined.IndexOf('\n'));
            Assert.Equal(-1, combined.AsSpan(0, combined.Length - 1).IndexOfAnyExceptInRange(' ', '~'));
            JsonElement read = JsonDocument.Parse(json).RootElement;
            if (bytes.Length > 0)
            {
                string agent = read.GetProperty("user_agent").GetString()!.Replace("\"", "\\x22", StringComparison.Ordinal);
                Assert.EndsWith($"\"{agent}\"\n", combined);
            }
        });

    [Fact]
    public void Time_EverySecondAroundAYearsEnd_MatchesTheFrameworksCalendar()
    {
        var formatter = new AccessLogFormatter(AccessLogFormat.Combined, Mask);
        byte[] room = new byte[LineRing.MaxLine];
        for (long second = 1798761598; second < 1798761602; second++)
        {
            int length = formatter.Format(room, new AccessLogLine { UnixMilliseconds = second * 1000 });
            string expected = DateTimeOffset.FromUnixTimeSeconds(second).ToString("[dd'/'MMM'/'yyyy':'HH':'mm':'ss +0000]", null);
            Assert.Contains(expected, Encoding.ASCII.GetString(room, 0, length));
        }
    }

    [Fact]
    public void FormatFolded_BothFormats_TellTheCount()
    {
        byte[] room = new byte[LineRing.MaxLine];
        int length = new AccessLogFormatter(AccessLogFormat.Combined, Mask).FormatFolded(room, "192.0.2.7"u8, "bad_method"u8, Now / 1000, 412);
        Assert.Equal(
            "192.0.2.7 - - [23/Nov/2026:05:05:44 +0000] \"-\" 0 0 \"-\" \"-\" reason=bad_method repeated=412\n",
            Encoding.ASCII.GetString(room, 0, length));

        length = new AccessLogFormatter(AccessLogFormat.Json, Mask).FormatFolded(room, "192.0.2.7"u8, "bad_method"u8, Now / 1000, 412);
        Assert.Equal(
            "{\"time\":\"2026-11-23T05:05:44.000Z\",\"remote_addr\":\"192.0.2.7\",\"reason\":\"bad_method\",\"repeated\":412}\n",
            Encoding.ASCII.GetString(room, 0, length));
    }

    private static string Combined(in AccessLogLine line) => Format(AccessLogFormat.Combined, line);

    private static string Json(in AccessLogLine line) => Format(AccessLogFormat.Json, line);

    private static string Format(AccessLogFormat format, in AccessLogLine line)
    {
        byte[] room = new byte[LineRing.MaxLine];
        return Encoding.Latin1.GetString(room, 0, new AccessLogFormatter(format, Mask).Format(room, line));
    }
}
