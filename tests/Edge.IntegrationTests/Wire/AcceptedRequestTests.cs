using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>Requests that look odd and are accepted, and what leaves on the other side.</summary>
public sealed class AcceptedRequestTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    public static TheoryData<string, string> Rows => new()
    {
        { "\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a HTTP/1.1|" },
        { "PURGE /a HTTP/1.1\r\nHost: a\r\n\r\n", "PURGE /a HTTP/1.1|" },
        { "GET http://b/a?x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a?x HTTP/1.1|" },
        { "GET /a? HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a? HTTP/1.1|" },
        { "GET /a/./b/../c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a/c HTTP/1.1|" },
        { "GET /%41%2f HTTP/1.1\r\nHost: a\r\n\r\n", "GET /A%2F HTTP/1.1|" },
        { "GET //a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a HTTP/1.1|" },
        { "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "GET /a HTTP/1.1|abc" },
        { "DELETE /a HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc", "DELETE /a HTTP/1.1|abc" },
        { "POST /a HTTP/1.1\r\nHost: a\r\n\r\n", "POST /a HTTP/1.1|" },
        { "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n00003\r\nabc\r\n0\r\n\r\n", "POST /a HTTP/1.1|abc" },
        { "GET /a HTTP/1.1\r\nhOsT:\ta \r\nX-Under_Score: 1\r\n\r\n", "GET /a HTTP/1.1|" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Request_Accepted_IsWrittenAnew(string bytes, string seen)
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        for (int i = 0; i < 2; i++)
        {
            RawResponse response = await client.ExchangeAsync(bytes);
            Assert.Equal(200, response.Status);
            Assert.Equal(seen, response.Body);
        }
    }

    [Theory]
    [InlineData("GET /split HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n")]
    [InlineData("POST /split HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    public async Task Request_ByteByByte_IsTheSame(string bytes)
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        foreach (char one in bytes)
        {
            await client.SendAsync(one.ToString());
        }

        Assert.Equal(200, (await client.ReceiveAsync()).Status);
    }

    [Fact]
    public async Task OptionsAsterisk_IsAnsweredLocally()
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        RawResponse response = await client.ExchangeAsync("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.NotNull(response.Header("Allow"));
    }

    [Fact]
    public async Task OldClient_WithoutHost_IsServedAndClosed()
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        RawResponse response = await client.ExchangeAsync("GET /old HTTP/1.0\r\n\r\n");
        Assert.Equal("GET /old HTTP/1.1|", response.Body);
        Assert.Equal("close", response.Header("Connection"));
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task OldClient_KeepAlive_IsKept()
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        for (int i = 0; i < 2; i++)
        {
            RawResponse response = await client.ExchangeAsync("GET /old HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
            Assert.Equal("keep-alive", response.Header("Connection"));
        }
    }

    [Fact]
    public async Task NominatedFields_AreStripped_OursSurvive()
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        await client.ExchangeAsync(
            "GET /hop HTTP/1.1\r\nHost: a\r\nConnection: X-Forwarded-For, X-Mine, close\r\nX-Forwarded-For: 6.6.6.6\r\nX-Mine: 1\r\n"
            + "Proxy-Connection: keep-alive\r\nProxy: x\r\nTrailer: y\r\nUpgrade: h2c\r\nHTTP2-Settings: z\r\nX_Forwarded_For: 7.7.7.7\r\n\r\n");
        UpstreamRequest seen = fixture.Upstream.Requests.Last(static request => request.Target == "/hop");
        Assert.Equal(["127.0.0.1"], seen.Headers("X-Forwarded-For"));
        foreach (string name in new[] { "X-Mine", "Proxy-Connection", "Proxy", "Trailer", "Upgrade", "HTTP2-Settings", "X_Forwarded_For" })
        {
            Assert.Empty(seen.Headers(name));
        }
    }

    [Fact]
    public async Task HalfClose_AfterCompleteRequest_StillGetsTheAnswer()
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        await client.SendAsync("GET /half HTTP/1.1\r\nHost: a\r\n\r\n");
        client.HalfClose();
        Assert.Equal(200, (await client.ReceiveAsync()).Status);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task HalfClose_InsideBody_Is400AndUpstreamIsCut()
    {
        await using RawClient client = await RawClient.ConnectAsync(fixture.Edge.Proxy);
        await client.SendAsync("POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
        client.HalfClose();
        Assert.Equal(400, (await client.ReceiveAsync()).Status);
        Assert.DoesNotContain(fixture.Upstream.Requests, static request => request.Target == "/cut");
    }
}
