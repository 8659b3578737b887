using System.Globalization;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>The fields of the sample's answers: name, and a pattern that the whole value has to match.</summary>
internal static class SeedFields
{
    private const string Number = "[0-9]+";
    private const string Date = "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT";
    private const string Product = "voltagesoda-edge/[0-9.]+";

    /// <summary>What an answer carries that no upstream gave.</summary>
    public static readonly (string Name, string Pattern)[] Gateway =
    [
        ("Server", Product), ("X-Kong-Response-Latency", Number), ("X-Kong-Request-Id", "[0-9a-f]{32}"), ("Content-Length", Number),
        ("Date", Date),
    ];

    /// <summary>A body of the gateway's, in the type that is taken unless the client asks for another.</summary>
    public static readonly (string Name, string Pattern)[] Json = [("Content-Type", "application/json; charset=utf-8")];

    /// <summary>What the gateway adds to a proxied answer, and what the test's upstreams say.</summary>
    public static readonly (string Name, string Pattern)[] Proxied =
    [
        ("Via", Product), ("X-Kong-Upstream-Latency", Number), ("X-Kong-Proxy-Latency", Number), ("X-Kong-Request-Id", "[0-9a-f]{32}"),
        ("Content-Length", Number), ("Date", Date), ("X-From", "[a-z]+"),
    ];

    /// <summary>The upstreams' Server, where nothing removes it.</summary>
    public static readonly (string Name, string Pattern)[] Origin = [("Server", "origin")];

    /// <summary>The global response-transformer.</summary>
    public static readonly (string Name, string Pattern)[] Global =
    [
        ("X-Frame-Options", "SAMEORIGIN"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-XSS-Protection", "1; mode=block"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Permissions-Policy", Regex.Escape("camera=(), microphone=(), geolocation=()")),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
    ];

    /// <summary>The frontend's response-transformer.</summary>
    public static readonly (string Name, string Pattern)[] Frontend = [("X-Powered-By", "Voltage-Soda"), ("Cache-Control", "public, max-age=3600")];

    /// <summary>The frontend's cors, on what is no preflight and comes from no other origin.</summary>
    public static readonly (string Name, string Pattern)[] Cors =
        [("Vary", "Origin"), ("Access-Control-Allow-Credentials", "true"), ("Access-Control-Expose-Headers", "X-Auth-Token")];

    /// <summary>The flavors' response-transformer.</summary>
    public static readonly (string Name, string Pattern)[] Flavors = [("X-API-Version", "v1")];

    /// <summary>Any answer of rate-limiting with limits by minute and hour.</summary>
    public static readonly (string Name, string Pattern)[] AnyQuota =
    [
        .. Quota(Number, Number, Number, Number), ("RateLimit-Limit", Number), ("RateLimit-Remaining", Number), ("RateLimit-Reset", Number),
    ];

    /// <summary>Limit and what is left, by minute and hour.</summary>
    public static (string Name, string Pattern)[] Quota(string minute, string leftOfMinute, string hour, string leftOfHour) =>
    [
        ("X-RateLimit-Limit-Minute", minute), ("X-RateLimit-Remaining-Minute", leftOfMinute),
        ("X-RateLimit-Limit-Hour", hour), ("X-RateLimit-Remaining-Hour", leftOfHour),
    ];

    /// <summary>The answer has these fields, each once, and no other.</summary>
    public static void Are(RawResponse response, params (string Name, string Pattern)[][] groups)
    {
        (string Name, string Pattern)[] expected = [.. groups.SelectMany(static group => group)];
        Assert.Equal(
            expected.Select(static field => field.Name.ToLowerInvariant()).Order(StringComparer.Ordinal),
            response.Fields.Select(static field => field.Name.ToLowerInvariant()).Order(StringComparer.Ordinal));
        Assert.All(expected, field => Assert.Matches($"^{field.Pattern}$", response.Header(field.Name)));
    }

    /// <summary>Kong's templated body in JSON, to the byte.</summary>
    public static void HasTemplatedBody(RawResponse response, string message)
    {
        Assert.Equal($"{{\n  \"message\":\"{message}\",\n  \"request_id\":\"{response.Header("X-Kong-Request-Id")}\"\n}}", response.Body);
        Assert.Equal(response.Body.Length.ToString(CultureInfo.InvariantCulture), response.Header("Content-Length"));
    }
}
