using System.Net;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Tests.Transport;

namespace VoltageSoda.Edge.Tests.Telemetry.MeshLog;

public sealed class LogFormatTests
{
    private const string Sample =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"\n";

    [Fact]
    public void Format_Sample_IsExact() => Assert.Equal(
        "[2026-11-23T05:05:44.007Z] \"GET /old?a=b HTTP/1.1\" 200 - 3 1024 17 5 \"203.0.113.9, 192.0.2.5\" \"curl/8\" \"11111111-2222-4333-8444-555555555555\" \"api.voltage-soda.com\" \"10.0.0.1:8080\"\n",
        Write(Sample));

    [Fact]
    public void Format_NothingKnown_IsDashes() => Assert.Equal(
        "[1970-01-01T00:00:00.000Z] \"- - -\" 0 DC 0 0 - - \"-\" \"-\" \"-\" \"-\" \"-\"\n",
        Write(Sample, nothing: true));

    [Fact]
    public void Format_IstioDefault_HasEveryField()
    {
        string line = Write(null);
        Assert.Equal(
            "[2026-11-23T05:05:44.007Z] \"GET /old?a=b HTTP/1.1\" 200 - via_upstream - \"-\" 3 1024 17 5 \"203.0.113.9, 192.0.2.5\" \"curl/8\" "
            + "\"11111111-2222-4333-8444-555555555555\" \"api.voltage-soda.com\" \"10.0.0.1:8080\" outbound|8080|stable|backend "
            + "10.1.0.1:40000 10.2.0.1:8443 192.0.2.5:51000 api.voltage-soda.com backend-route\n",
            line);
    }

    [Theory]
    [InlineData("100%% %RESPONSE_CODE%", "100% 200")]
    [InlineData("%REQ(:PATH):4%", "/new")]
    [InlineData("%REQ(X-MISSING?USER-AGENT)%", "curl/8")]
    [InlineData("%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH)%", "/old")]
    [InlineData("%START_TIME(%Y/%m/%d %H:%M:%S.%3f)%", "2026/11/23 05:05:44.007")]
    [InlineData("%START_TIME(%s)%|%START_TIME(%FT%T.%6fZ)%", "1795410344|2026-11-23T05:05:44.007000Z")]
    [InlineData("%UPSTREAM_CLUSTER% %UPSTREAM_CLUSTER_RAW%", "outbound|8080|stable|backend outbound|8080|stable|backend")]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS%", "192.0.2.5 192.0.2.5:51000")]
    [InlineData("%UPSTREAM_REQUEST_ATTEMPT_COUNT% %RESPONSE_DURATION% %REQUEST_DURATION% %RESPONSE_TX_DURATION%", "2 9 1 8")]
    [InlineData("%TRAILER(GRPC-STATUS)% %GRPC_STATUS% %GRPC_STATUS_NUMBER%", "5 NotFound 5")]
    [InlineData("%GRPC_STATUS(SNAKE_STRING)%", "NOT_FOUND")]
    [InlineData("%DYNAMIC_METADATA(a:b)% %FILTER_STATE(x:PLAIN):3%", "- -")]
    [InlineData("%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_LOCAL_PORT%", "TLSv1.3 8443")]
    [InlineData("%REQ(AUTHORIZATION)%", "***")]
    [InlineData("%RESP(:STATUS)% %TRAILER(X-GONE?GRPC-STATUS)%", "200 5")]
    [InlineData("%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT%", "10.0.0.1 8080")]
    [InlineData("%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %UPSTREAM_LOCAL_PORT%", "10.1.0.1 40000")]
    [InlineData("%DOWNSTREAM_REMOTE_PORT% %DOWNSTREAM_DIRECT_REMOTE_PORT%", "51000 51000")]
    [InlineData("%ACCESS_LOG_TYPE% %LOCAL_REPLY_BODY% %TRACE_ID%", "DownstreamEnd - -")]
    [InlineData("%START_TIME(%e %I %p %R %D)%", "23 05 AM 05:05 11/23/26")]
    public void Format_Operator_IsWritten(string format, string expected) => Assert.Equal(expected, Write(format));

    [Fact]
    public void Format_QuotesAndControls_AreEscaped() =>
        Assert.Equal("a\\x22b\\x09c", Write("%REQ(X-ODD)%"));

    [Theory]
    [InlineData("%NO_SUCH%", "%NO_SUCH%")]
    [InlineData("%REQ%", "%REQ%")]
    [InlineData("%RESPONSE_CODE", "%RESPONSE_CODE")]
    public void Compile_Unknown_IsTold(string format, string told)
    {
        List<string> unknown = [];
        LogFormat.Compile(format, json: false, unknown.Add);
        Assert.Equal([told], unknown);
    }

    [Fact]
    public void Format_Json_IsTyped()
    {
        string line = Write("""{"code":"%RESPONSE_CODE%","path":"%REQ(:PATH)%","gone":"%REQ(X-GONE)%","text":"a %REQ(X-GONE)% \"b\"","deep":{"n":1,"list":["%DURATION%"]}}""", json: true);
        Assert.Equal("{\"code\":200,\"path\":\"/new?a=b\",\"gone\":null,\"text\":\"a - \\u0022b\\u0022\",\"deep\":{\"n\":1,\"list\":[17]}}\n", line);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("foo")]
    [InlineData("[]")]
    public void Compile_JsonThatIsNoObject_IsIstiosDefault(string? format)
    {
        using JsonDocument document = JsonDocument.Parse(Write(format, json: true));
        Assert.Equal("outbound|8080|stable|backend", document.RootElement.GetProperty("upstream_cluster").GetString());
        Assert.Equal(200, document.RootElement.GetProperty("response_code").GetInt32());
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("connection_termination_details").ValueKind);
    }

    [Theory]
    [InlineData("%REQ(X-WORDS)%", 3000)]
    [InlineData("%REQ(X-WORDS):2000%", 2000)]
    [InlineData("%REQ(:PATH)%", 3000)]
    public void Format_LongValue_IsWhole(string format, int length)
    {
        HeaderBlock request = new();
        string words = "/" + string.Concat(Enumerable.Repeat("word=", 600))[..2999];
        request.Add("X-Words"u8, Encoding.ASCII.GetBytes(words));
        MeshLogLine line = new() { RequestFields = request, Path = Encoding.ASCII.GetBytes(words) };
        byte[] room = new byte[LineRing.MaxLine];
        int written = new MeshLogFormatter(new QueryMask(["token"])).Format(room, LogFormat.Compile(format, json: false, static _ => { }), in line);
        Assert.Equal(words[..length], Encoding.ASCII.GetString(room, 0, written));
    }

    [Theory]
    [InlineData('x')]
    [InlineData('"')]
    [InlineData('=')]
    [InlineData('&')]
    public void Format_ValuesBeyondTheLine_AreCut(char letter)
    {
        HeaderBlock request = new();
        byte[] words = Encoding.ASCII.GetBytes("/?" + string.Concat(Enumerable.Repeat($"token={letter}&%{letter}", 5000)));
        request.Add("X-Words"u8, words.AsSpan(0, 20_000));
        MeshLogLine line = new() { RequestFields = request, Path = words };
        byte[] room = new byte[LineRing.MaxLine];
        LogFormat format = LogFormat.Compile("%REQ(:PATH)% %REQ(X-WORDS)% %REQ(:PATH)% %REQ(X-WORDS)%\n", json: false, static _ => { });
        int written = new MeshLogFormatter(new QueryMask(["token"])).Format(room, format, in line);
        Assert.InRange(written, 4096, LineRing.MaxLine);
        Assert.Equal((byte)'\n', room[written - 1]);
    }

    [Fact]
    public void Format_ManyLongValues_StaysInItsRoom()
    {
        string line = Write(string.Concat(Enumerable.Repeat("%REQ(X-LONG)%", 200)));
        Assert.InRange(line.Length, 1, LineRing.MaxLine);
        Assert.EndsWith("\n", line);
    }

    [Theory]
    [InlineData(ResponseFlags.None, "-")]
    [InlineData(ResponseFlags.DelayInjected | ResponseFlags.FaultInjected, "DI,FI")]
    [InlineData(ResponseFlags.RetryLimitExceeded | ResponseFlags.UpstreamConnectionFailure, "UF,URX")]
    public void Text_Flags_AreEnvoys(ResponseFlags flags, string expected) => Assert.Equal(expected, ResponseFlagNames.Text(flags));

    [Fact]
    public void Format_Again_AllocatesNothing()
    {
        LogFormat format = LogFormat.Compile(null, json: false, static _ => { });
        MeshLogFormatter formatter = new(new QueryMask(["token"]));
        byte[] room = new byte[LineRing.MaxLine];
        Assert.Equal(0, Allocations.Least(() =>
        {
            MeshLogLine line = Line();
            formatter.Format(room, format, in line);
            long before = GC.GetAllocatedBytesForCurrentThread();
            formatter.Format(room, format, in line);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }

    private static string Write(string? format, bool json = false, bool nothing = false)
    {
        byte[] room = new byte[LineRing.MaxLine];
        MeshLogLine line = nothing ? new MeshLogLine { Flags = ResponseFlags.DownstreamTermination } : Line();
        int length = new MeshLogFormatter(new QueryMask(["token"])).Format(room, LogFormat.Compile(format, json, static _ => { }), in line);
        return Encoding.Latin1.GetString(room, 0, length);
    }

    private static MeshLogLine Line()
    {
        HeaderBlock request = new();
        request.Add("X-Forwarded-For"u8, "203.0.113.9, 192.0.2.5"u8);
        request.Add("User-Agent"u8, "curl/8"u8);
        request.Add("X-Request-Id"u8, "11111111-2222-4333-8444-555555555555"u8);
        request.Add("X-Envoy-Original-Path"u8, "/old?a=b"u8);
        request.Add("X-Odd"u8, "a\"b\tc"u8);
        request.Add("Authorization"u8, "Bearer x"u8);
        request.Add("X-Long"u8, new byte[256]);
        HeaderBlock response = new();
        response.Add("X-Envoy-Upstream-Service-Time"u8, "5"u8);
        HeaderBlock trailers = new();
        trailers.Add("grpc-status"u8, "5"u8);
        return new MeshLogLine
        {
            StartUnixMilliseconds = 1795410344007,
            Method = "GET"u8,
            Path = "/new?a=b"u8,
            Authority = "api.voltage-soda.com"u8,
            RequestFields = request,
            ResponseFields = response,
            ResponseTrailers = trailers,
            HttpVersion = 11,
            Status = 200,
            Details = "via_upstream"u8,
            BytesReceived = 3,
            BytesSent = 1024,
            Duration = 17,
            RequestDuration = 1,
            ResponseDuration = 9,
            UpstreamHost = "10.0.0.1:8080"u8,
            UpstreamCluster = "outbound|8080|stable|backend"u8,
            UpstreamLocal = IPEndPoint.Parse("10.1.0.1:40000"),
            Attempts = 2,
            Local = IPEndPoint.Parse("10.2.0.1:8443"),
            Remote = ClientAddress.From(IPAddress.Parse("192.0.2.5")),
            RemotePort = 51000,
            Peer = ClientAddress.From(IPAddress.Parse("192.0.2.5")),
            PeerPort = 51000,
            Tls = new TlsSession { Version = "TLSv1.3"u8.ToArray(), Cipher = "x"u8.ToArray(), ServerName = "api.voltage-soda.com"u8.ToArray() },
            RouteName = "backend-route"u8,
        };
    }
}
