using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Tests.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Tests.Transformation;

public sealed class EnvoyCorsPolicyTests
{
    private static readonly EnvoyCorsOptions Options = new()
    {
        AllowOrigins = [TextMatch.Exact("https://a.com"), TextMatch.Prefix("https://b."), FastMesh.Regex("https://[a-z]+\\.c\\.com")],
        AllowMethods = ["GET", "POST"],
        AllowHeaders = ["Authorization", "Content-Type"],
        ExposeHeaders = ["X-One", "X-Two"],
        MaxAge = TimeSpan.FromSeconds(3600.9),
        AllowCredentials = true,
    };

    [Theory]
    [InlineData("GET", null, EnvoyCorsVerdict.None)]
    [InlineData("GET", "", EnvoyCorsVerdict.None)]
    [InlineData("GET", "https://a.com", EnvoyCorsVerdict.Allowed)]
    [InlineData("GET", "https://A.com", EnvoyCorsVerdict.Refused)] // With regard to case.
    [InlineData("GET", "https://b.org", EnvoyCorsVerdict.Allowed)]
    [InlineData("GET", "https://x.c.com", EnvoyCorsVerdict.Allowed)]
    [InlineData("GET", "https://x.c.com.evil", EnvoyCorsVerdict.Refused)]
    [InlineData("OPTIONS", "https://a.com", EnvoyCorsVerdict.Preflight)]
    [InlineData("OPTIONS", "https://evil", EnvoyCorsVerdict.Refused)] // Forwarded.
    public void Decide_Origin_IsComparedAsEnvoyDoes(string method, string? origin, EnvoyCorsVerdict expected)
    {
        HeaderList request = origin is null
            ? HeaderList.Of("access-control-request-method: GET")
            : HeaderList.Of($"Origin: {origin}", "Access-Control-Request-Method: GET");

        Assert.Equal(expected, Decide(Options, method, request));
    }

    [Fact]
    public void Decide_OptionsWithoutRequestedMethod_IsNoPreflight()
    {
        Assert.Equal(EnvoyCorsVerdict.Allowed, Decide(Options, "OPTIONS", HeaderList.Of("origin: https://a.com")));
        Assert.Equal(
            EnvoyCorsVerdict.Allowed, Decide(Options, "OPTIONS", HeaderList.Of("origin: https://a.com", "access-control-request-method: ")));
    }

    [Theory]
    [InlineData("*")]
    public void Decide_Star_AllowsEveryOrigin(string star)
    {
        EnvoyCorsOptions open = new() { AllowOrigins = [TextMatch.Exact(star)] };

        Assert.Equal(EnvoyCorsVerdict.Allowed, Decide(open, "GET", HeaderList.Of("origin: https://anyone")));
    }

    [Fact]
    public void Preflight_Allowed_IsAnsweredInFull()
    {
        Assert.Equal(
            [
                "access-control-allow-origin: https://a.com",
                "access-control-allow-credentials: true",
                "access-control-allow-methods: GET,POST",
                "access-control-allow-headers: Authorization,Content-Type",
                "access-control-max-age: 3600",
            ],
            Preflight(Options, "https://a.com").Lines);
    }

    [Fact]
    public void Preflight_Stars_EchoWhatWasAskedFor()
    {
        EnvoyCorsOptions open = new() { AllowOrigins = [TextMatch.Exact("*")], AllowMethods = ["*"], AllowHeaders = ["*"] };

        Assert.Equal(
            [
                "access-control-allow-origin: https://z",
                "access-control-allow-methods: PATCH",
                "access-control-allow-headers: x-1, x-2",
            ],
            Preflight(open, "https://z").Lines);
    }

    [Fact]
    public void Preflight_OfAnotherOriginIgnored_GivesNoOrigin()
    {
        HeaderList response = Preflight(Options with { IgnoreUnmatchedPreflights = true }, "https://evil");

        Assert.Null(response.Get("access-control-allow-origin"));
        Assert.Equal("GET,POST", response.Get("access-control-allow-methods"));
    }

    [Fact]
    public void Response_Allowed_OverwritesTheUpstreams()
    {
        HeaderList response = HeaderList.Of("Access-Control-Allow-Origin: *", "x: y");
        new EnvoyCorsPolicy(Options).ApplyResponse(EnvoyCorsVerdict.Allowed, "https://a.com"u8, ref response);

        Assert.Equal(["https://a.com"], response.GetAll("access-control-allow-origin"));
        Assert.Equal("true", response.Get("access-control-allow-credentials"));
        Assert.Equal("X-One,X-Two", response.Get("access-control-expose-headers"));
        Assert.Null(response.Get("vary"));
    }

    [Theory]
    [InlineData(EnvoyCorsVerdict.Refused)]
    [InlineData(EnvoyCorsVerdict.None)]
    public void Response_NotAllowed_IsLeftAlone(EnvoyCorsVerdict verdict)
    {
        HeaderList response = HeaderList.Of("access-control-allow-origin: *");
        new EnvoyCorsPolicy(Options).ApplyResponse(verdict, "https://evil"u8, ref response);

        Assert.Equal(["access-control-allow-origin: *"], response.Lines);
    }

    private static EnvoyCorsVerdict Decide(EnvoyCorsOptions options, string method, HeaderList request) =>
        new EnvoyCorsPolicy(options).Decide(System.Text.Encoding.ASCII.GetBytes(method), ref request);

    private static HeaderList Preflight(EnvoyCorsOptions options, string origin)
    {
        HeaderList request = HeaderList.Of($"origin: {origin}", "access-control-request-method: PATCH", "access-control-request-headers: x-1, x-2");
        HeaderList response = new();
        EnvoyCorsPolicy policy = new(options);
        policy.ApplyPreflight(policy.Decide("OPTIONS"u8, ref request), ref request, ref response);
        return response;
    }
}
