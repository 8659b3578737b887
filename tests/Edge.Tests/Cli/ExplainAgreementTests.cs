using System.Net;
using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>Whatever a client sends, explain ends as the listener does.</summary>
public sealed class ExplainAgreementTests(SampleEdge sample) : IClassFixture<SampleEdge>
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    public static TheoryData<string, string, string, string[]> Requests => new()
    {
        { "plain", "GET", "/", [] },
        { "a method that nothing takes", "BREW", "/", [] },
        { "percent sign without digits", "GET", "/a%zz", [] },
        { "space in the target", "GET", "/a b", [] },
        { "empty target", "GET", "", [] },
        { "method that is no token", "G@T", "/", [] },
        { "climbs above the root", "GET", "/a/../../b", [] },
        { "climbs within", "GET", "/a/../api/v1/x", [] },
        { "doubled slashes", "GET", "//api//flavors///cola", [] },
        { "escaped slash", "GET", "/recipes%2fcola", [] },
        { "encoded letter of a route's path", "GET", "/api/%76%31/x", [] },
        { "absolute form", "GET", "http://shop.test/recipes", [] },
        { "absolute form of another host", "GET", "http://other.test/recipes", [] },
        { "asterisk", "OPTIONS", "*", [] },
        { "asterisk of another method", "GET", "*", [] },
        { "trace", "TRACE", "/", [] },
        { "connect", "CONNECT", "shop.test:443", [] },
        { "second Host", "GET", "/", ["Host: other.test"] },
        { "Content-Length of no number", "POST", "/", ["Content-Length: one"] },
        { "two lengths", "POST", "/", ["Content-Length: 1", "Content-Length: 2"] },
        { "length and chunked", "POST", "/", ["Content-Length: 1", "Transfer-Encoding: chunked"] },
        { "unknown coding", "POST", "/", ["Transfer-Encoding: gzip"] },
        { "field without colon", "GET", "/", ["Broken"] },
        { "space before the colon", "GET", "/", ["Name : value"] },
        { "folded field", "GET", "/", ["Name: a", " b"] },
        { "request line too long", "GET", "/" + new string('a', 9000), [] },
        { "field too long", "GET", "/", ["X-Long: " + new string('a', 9000)] },
        { "too many fields", "GET", "/", [.. Enumerable.Range(0, 120).Select(static number => $"X-{number}: 1")] },
        { "passed too often", "GET", "/", [.. Enumerable.Repeat("Via: 1.1 voltagesoda-edge/0.1.0", 11)] },
        { "preflight", "OPTIONS", "/recipes", ["Origin: https://voltage-soda.com", "Access-Control-Request-Method: POST"] },
        { "preflight from elsewhere", "OPTIONS", "/recipes", ["Origin: https://evil.test", "Access-Control-Request-Method: POST"] },
        { "preflight of a guarded route", "OPTIONS", "/api/v1/x", ["Origin: https://voltage-soda.com", "Access-Control-Request-Method: POST"] },
        { "no token", "GET", "/api/v1/x", [] },
        { "no scheme before the token", "GET", "/api/v1/x", ["Authorization: " + SampleEdge.Token("voltage-soda-admin-key", Now)] },
        { "token of nobody", "GET", "/api/v1/x", [SampleEdge.Bearer("nobody", Now)] },
        { "token that is cut", "GET", "/api/v1/x", [SampleEdge.Bearer("voltage-soda-admin-key", Now)[..^1]] },
        { "token of another day", "GET", "/api/v1/x", [SampleEdge.Bearer("voltage-soda-admin-key", Now.AddDays(-1))] },
        { "token of tomorrow", "GET", "/api/v1/x", [SampleEdge.Bearer("voltage-soda-admin-key", Now.AddDays(1))] },
        { "caller in no group", "GET", "/api/v1/x", [SampleEdge.Bearer("voltage-soda-service-key", Now)] },
        { "caller who may", "GET", "/api/v1/x", [SampleEdge.Bearer("voltage-soda-admin-key", Now)] },
        { "token in the query", "GET", "/api/v1/x?jwt=" + SampleEdge.Token("voltage-soda-admin-key", Now), [] },
        { "body too large", "POST", "/api/v1/x", [SampleEdge.Bearer("voltage-soda-admin-key", Now), "Content-Length: 10485761"] },
        { "body too large, asking first", "POST", "/api/v1/x", [SampleEdge.Bearer("voltage-soda-admin-key", Now), "Content-Length: 10485761", "Expect: 100-continue"] },
        { "body too large of nobody", "POST", "/api/v1/x", ["Content-Length: 10485761"] },
        { "unknown expectation", "GET", "/", ["Expect: the-unexpected"] },
        { "upgrade", "GET", "/", ["Connection: Upgrade", "Upgrade: nothing"] },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Explain_AnyRequest_EndsAsTheListenerDoes(string name, string method, string target, string[] fields)
    {
        RequestLine request = new() { Method = method, Target = target, Fields = ["Host: shop.test", .. fields], Client = IPAddress.Loopback };

        ExplainedOutcome outcome = (await sample.ExplainAsync(request)).Outcome;
        RawResponse response = await sample.SendAsync(request);

        if (outcome.Kind == OutcomeKind.Proxied)
        {
            Assert.True((200, true) == (response.Status, response.Header("X-From") is not null), $"{name}: {response.StatusLine} {response.Body}");
            return;
        }

        Assert.True(outcome.Status == response.Status, $"{name}: {outcome.Status} explained, {response.StatusLine} {response.Body}");
        Assert.Null(response.Header("X-From"));
        Assert.Contains(outcome.Message ?? "", response.Body, StringComparison.Ordinal);
        Assert.All(outcome.Headers, line => Assert.Contains(line.Split(": ", 2)[1], response.Headers(line.Split(": ")[0])));
    }
}
