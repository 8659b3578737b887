using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>A guarded route whose path is not written in normal form, beside another service's route on /: nobody gets around the guard.</summary>
public sealed class GuardedPathTests
{
    [Theory]
    [InlineData("/x/../admin", "/admin", "/")]
    [InlineData("/x/../admin", "/admin/a?b", "/a?b")]
    [InlineData("/x/../admin", "/%61dmin/./a", "/a")]
    [InlineData("/%7Euser", "/~user/a", "/a")]
    [InlineData("/a%2fb", "/a%2fb/a", "/a")]
    [InlineData("/caf%C3%A9", "/caf%C3%A9/a", "/a")]
    [InlineData("/caf%C3%A9", "/caf%c3%a9/a", "/a")]
    [InlineData("/caf%e9", "/caf%E9/a", "/a")]
    public async Task PathNotInNormalForm_KeepsItsGuardAndIsStripped(string written, string target, string upstream)
    {
        await using PluginEdge edge = await PluginEdge.StartDocumentAsync(address => $$"""
            _format_version: "3.0"
            services:
            - name: open
              url: http://{{address}}
              routes:
              - name: all
                paths: ["/"]
            - name: guarded
              url: http://{{address}}
              routes:
              - name: narrow
                paths: ['{{written}}']
              plugins: [{name: key-auth}]
            consumers:
            - username: alice
              keyauth_credentials: [{key: alices-key}]
            """);

        Assert.Equal(401, (await edge.SendAsync(target)).Status);
        Assert.Null(edge.Sent());
        Assert.Equal(200, (await edge.SendAsync(target, "apikey: alices-key")).Status);
        Assert.Equal(upstream, edge.Sent()!.Target);
        Assert.Equal(200, (await edge.SendAsync("/elsewhere")).Status);
    }

    [Theory]
    [InlineData(302)]
    [InlineData(204)]
    public async Task RateLimiting_ErrorCodeThatIsNoError_IsAnswered(int status)
    {
        await using PluginEdge edge = await PluginEdge.StartAsync($"plugins: [{{name: rate-limiting, config: {{year: 1, limit_by: ip, policy: local, error_code: {status}}}}}]");

        Assert.Equal(200, (await edge.SendAsync("/a")).Status);
        RawResponse refused = await edge.SendAsync("/a");
        Assert.Equal((status, status == 204), (refused.Status, refused.Body.Length == 0));
    }
}
