using System.Text;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Tests.Transformation;

public sealed class CorsPolicyTests
{
    private static readonly CorsOptions Sample = new()
    {
        Origins = ["https://voltage-soda.com", "https://www.voltage-soda.com", "https://*.voltage-soda.com"],
        Methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        Headers = ["Accept", "Authorization", "Content-Type", "X-Requested-With"],
        ExposedHeaders = ["X-Auth-Token"],
        Credentials = true,
        MaxAge = 3600,
    };

    [Fact]
    public void Preflight_SampleConfiguration_AnswersEverything()
    {
        CorsPolicy policy = new(Sample);
        HeaderList request = HeaderList.Of("Origin: https://www.voltage-soda.com", "Access-Control-Request-Method: PUT");
        HeaderList response = HeaderList.Of();
        Assert.True(policy.AnswersPreflight("OPTIONS"u8, ref request));
        policy.ApplyPreflight(ref request, ref response);
        Assert.Equal(
            [
                "Vary: Origin", "Access-Control-Allow-Origin: https://www.voltage-soda.com", "Access-Control-Allow-Credentials: true",
                "Access-Control-Allow-Headers: Accept,Authorization,Content-Type,X-Requested-With",
                "Access-Control-Allow-Methods: GET,POST,PUT,DELETE,OPTIONS", "Access-Control-Max-Age: 3600",
            ],
            response.Lines);
    }

    [Theory]
    [InlineData("GET", "Origin: https://a", "Access-Control-Request-Method: PUT")]
    [InlineData("OPTIONS", "Origin: https://a", "X: y")]
    [InlineData("OPTIONS", "X: y", "Access-Control-Request-Method: PUT")]
    public void Preflight_MissingPart_IsNone(string method, string first, string second)
    {
        HeaderList request = HeaderList.Of(first, second);
        Assert.False(new CorsPolicy(Sample).AnswersPreflight(Encoding.UTF8.GetBytes(method), ref request));
    }

    [Fact]
    public void Preflight_Continue_TouchesNothing()
    {
        CorsPolicy policy = new(Sample with { PreflightContinue = true });
        HeaderList request = HeaderList.Of("Origin: https://www.voltage-soda.com", "Access-Control-Request-Method: PUT");
        HeaderList response = HeaderList.Of("Access-Control-Allow-Origin: upstream");
        Assert.False(policy.AnswersPreflight("OPTIONS"u8, ref request));
        policy.ApplyResponse("OPTIONS"u8, ref request, ref response);
        Assert.Equal(["Access-Control-Allow-Origin: upstream"], response.Lines);
    }

    [Fact]
    public void Preflight_NoHeadersConfigured_EchoesTheAsked()
    {
        CorsPolicy policy = new(new CorsOptions { PrivateNetwork = true });
        HeaderList request = HeaderList.Of(
            "Origin: https://a", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: x-a, x-b", "Access-Control-Request-Private-Network: true");
        HeaderList response = HeaderList.Of();
        policy.ApplyPreflight(ref request, ref response);
        Assert.Equal(
            [
                "Access-Control-Allow-Origin: *", "Access-Control-Allow-Headers: x-a, x-b",
                "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT", "Access-Control-Allow-Private-Network: true",
            ],
            response.Lines);
        request = HeaderList.Of("Origin: https://a", "Access-Control-Request-Method: PUT");
        response = HeaderList.Of("Access-Control-Allow-Headers: x");
        policy.ApplyPreflight(ref request, ref response);
        Assert.Null(response.Get("Access-Control-Allow-Headers"));
    }

    [Fact]
    public void Response_Actual_HasOriginCredentialsAndExposed()
    {
        CorsPolicy policy = new(Sample);
        HeaderList request = HeaderList.Of("Origin: https://voltage-soda.com");
        HeaderList response = HeaderList.Of("Vary: Accept", "Access-Control-Allow-Origin: upstream");
        policy.ApplyResponse("GET"u8, ref request, ref response);
        Assert.Equal(
            [
                "Vary: Accept", "Access-Control-Allow-Origin: https://voltage-soda.com", "Vary: Origin", "Access-Control-Allow-Credentials: true",
                "Access-Control-Expose-Headers: X-Auth-Token",
            ],
            response.Lines);
    }

    // Allowed origins against one request origin: what Access-Control-Allow-Origin says (null: removed).
    [Theory]
    [InlineData("", "https://a.com", "*")]
    [InlineData("*", "https://a.com", "*")]
    [InlineData("*", null, "*")]
    [InlineData("https://a.com", "https://b.com", "https://a.com")] // One plain entry is sent whatever was asked.
    [InlineData("https://a.com", null, "https://a.com")]
    [InlineData("https://a.com https://b.com", "https://b.com", "https://b.com")]
    [InlineData("https://a.com https://b.com", "https://c.com", null)]
    [InlineData("https://a.com https://b.com", null, null)]
    [InlineData("https://a.com https://b.com", "https://a.com:443", "https://a.com")]
    [InlineData("https://a.com:443 http://b.com:80", "https://a.com", "https://a.com")]
    [InlineData("https://a.com http://b.com:80", "http://b.com", "http://b.com")]
    [InlineData("https://a.com https://b.com", "http://a.com", null)]
    [InlineData("https://a.com https://b.com", "https://a.com:8443", null)]
    [InlineData("https://a.com:8443 https://b.com", "https://a.com:8443", "https://a.com:8443")]
    [InlineData("a.com b.com", "https://a.com", null)] // A plain entry without scheme equals only an origin without one.
    [InlineData("a.com b.com", "a.com", "a.com")]
    [InlineData("null a.com", "null", "null")]
    [InlineData("(.*[.])?a[.]com", "https://x.a.com", "https://x.a.com")] // Without a colon: matched against the host.
    [InlineData("(.*[.])?a[.]com", "https://xa.com", null)]
    [InlineData("(.*[.])?a[.]com", "https://a.com.evil.com", null)]
    [InlineData("https://[a-z]+\\.a\\.com", "https://x.a.com", "https://x.a.com")]
    [InlineData("https://[a-z]+\\.a\\.com", "https://x.a.com:444", null)]
    [InlineData("^https://[a-z]+\\.a\\.com$", "https://x.a.com", "https://x.a.com")]
    [InlineData("https://*.a.com", "https://x.a.com", "https://x.a.com")]
    [InlineData("https://*.a.com", "https://x.y.a.com", "https://x.y.a.com")]
    [InlineData("https://*.a.com", "https://a.com", null)]
    [InlineData("https://*.a.com", "https://.a.com", null)]
    [InlineData("https://*.a.com", "https://x..a.com", null)]
    [InlineData("https://*.a.com", "https://evila.com", null)]
    [InlineData("https://*.a.com", "https://ea.com", null)]
    [InlineData("https://*.a.com", "http://x.a.com", null)]
    [InlineData("https://*.a.com", "https://x.a.com:8443", null)]
    [InlineData("https://*.a.com:8443", "https://x.a.com:8443", "https://x.a.com:8443")]
    [InlineData("https://*.a.com", "https://x.a.com.evil.com", null)]
    [InlineData("https://*.a.com", "https://user@x.a.com", null)]
    [InlineData("https://*.a.com", "https://x.a.com/path", "https://x.a.com")]
    [InlineData("* https://b.com", "https://c.com", "*")]
    [InlineData("* https://b.com", null, null)]
    public void Origin_Request_GetsKongsAnswer(string origins, string? origin, string? expected)
    {
        CorsPolicy policy = new(new CorsOptions { Origins = [.. origins.Split(' ', StringSplitOptions.RemoveEmptyEntries)] });
        HeaderList request = origin is null ? HeaderList.Of() : HeaderList.Of($"Origin: {origin}");
        HeaderList response = HeaderList.Of("Access-Control-Allow-Origin: upstream");
        policy.ApplyResponse("GET"u8, ref request, ref response);
        Assert.Equal(expected, response.Get("Access-Control-Allow-Origin"));
        Assert.Equal(origins is "" or "*" ? null : "Origin", response.Get("Vary"));
    }

    // Strict: the star is a quantifier and the dot any character, as in Kong.
    [Theory]
    [InlineData("https://app.voltage-soda.com", null)]
    [InlineData("https://evoltage-soda.com", "https://evoltage-soda.com")]
    public void Origin_StrictPattern_IsAPcre(string origin, string? expected)
    {
        CorsPolicy policy = new(Sample with { StrictPatterns = true });
        HeaderList request = HeaderList.Of($"Origin: {origin}");
        HeaderList response = HeaderList.Of();
        policy.ApplyResponse("GET"u8, ref request, ref response);
        Assert.Equal(expected, response.Get("Access-Control-Allow-Origin"));
    }

    [Fact]
    public void Origin_FriendlyPattern_NeverMatchesOneOddCharacter()
    {
        CorsPolicy policy = new(Sample);
        HeaderList request = HeaderList.Of("Origin: https://evoltage-soda.com");
        HeaderList response = HeaderList.Of();
        policy.ApplyResponse("GET"u8, ref request, ref response);
        Assert.Null(response.Get("Access-Control-Allow-Origin"));
        Assert.Equal("true", response.Get("Access-Control-Allow-Credentials")); // Kong says so even then.
    }

    [Theory]
    [InlineData("*", "https://a.com:443", "https://a.com:443", "true", "Origin")]
    [InlineData("*", null, "*", null, null)]
    [InlineData("https://a.com https://b.com", "https://c.com", null, "true", "Origin")]
    public void Credentials_Origins_FollowKong(string origins, string? origin, string? allowed, string? credentials, string? vary)
    {
        CorsPolicy policy = new(new CorsOptions { Origins = [.. origins.Split(' ')], Credentials = true });
        HeaderList request = origin is null ? HeaderList.Of() : HeaderList.Of($"Origin: {origin}");
        HeaderList response = HeaderList.Of();
        policy.ApplyResponse("GET"u8, ref request, ref response);
        Assert.Equal(allowed, response.Get("Access-Control-Allow-Origin"));
        Assert.Equal(credentials, response.Get("Access-Control-Allow-Credentials"));
        Assert.Equal(vary, response.Get("Vary"));
    }

    [Theory]
    [InlineData("*", false, true)]
    [InlineData("https://a.com", false, true)]
    [InlineData("https://*.a.com", false, true)]
    [InlineData("https://*.a.com", true, true)]
    [InlineData("https://(?=a)", false, false)]
    [InlineData("*.com", false, false)]
    public void Validate_Origin_SaysWhetherItCompiles(string origin, bool strict, bool valid) =>
        Assert.Equal(valid, CorsPolicy.Validate(origin, strict) is null);

    [Fact]
    public void Apply_Steady_AllocatesNothing()
    {
        CorsPolicy policy = new(Sample with { Origins = [.. Sample.Origins, "https://[a-z]+\\.soda\\.org"] });
        HeaderList request = HeaderList.Of("Origin: https://x.soda.org", "Access-Control-Request-Method: GET");
        DiscardingEdits response = new(HeaderList.Of());
        Assert.Equal(0, Allocations.Measure(() =>
        {
            policy.ApplyPreflight(ref request, ref response);
            policy.ApplyResponse("GET"u8, ref request, ref response);
        }));
    }
}
