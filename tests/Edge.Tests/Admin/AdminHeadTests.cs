using System.Net;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>Request heads on the status and admin addresses: refused as on the proxy's, with the same status.</summary>
public sealed class AdminHeadTests : IAsyncLifetime
{
    private const string Get = "GET /status HTTP/1.1\r\n";

    private AdminEdge _edge = null!;

    public static TheoryData<string, int> Refused => new()
    {
        { "GET /status HTTP/1.1\nHost: a\n\n", 400 },
        { Get + "Host: a\nX: y\r\n\r\n", 400 },
        { Get + "Host: a\r\nX: y\r\n\n", 400 },
        { Get + "\r\n", 400 },
        { Get + "Host:\r\n\r\n", 400 },
        { Get + "Host: a\r\nHost: a\r\n\r\n", 400 },
        { Get + "Host: a/b\r\n\r\n", 400 },
        { Get + "Host: a\r\nX: \u0001\r\n\r\n", 400 },
        { Get + "Host: a\r\nX: \u007f\r\n\r\n", 400 },
        { Get + "Host: a\r\nAuthorization: x\r\nAuthorization: x\r\n\r\n", 400 },
        { "GET /status#a HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "GET /../status HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "GET /%2e%2E/status HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "GET /status?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "GET https://a/status HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "POST /config HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { "POST /config HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400 },
        { "POST /config HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501 },
        { "POST /config HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { "POST /config HTTP/1.1\r\nHost: a\r\nExpect: other\r\nContent-Length: 0\r\n\r\n", 417 },
        { "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405 },
        { new string('M', 65) + " /status HTTP/1.1\r\nHost: a\r\n\r\n", 501 },
        { "GET /status?" + new string('a', 9000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414 },
        { Get + "Host: a\r\nX: " + new string('a', 9000) + "\r\n\r\n", 431 },
        { Get + "Host: a\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 100)) + "\r\n", 431 },
    };

    public async Task InitializeAsync() => _edge = await AdminEdge.StartAsync(KongText.Single("127.0.0.1:1"), ("EDGE_TIMEOUT_REQUEST_HEAD", "1s"));

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Head_WithoutOneMeaning_IsRefusedAndTheConnectionClosed(string request, int status)
    {
        foreach (IPEndPoint address in new[] { _edge.Edge.Status, _edge.Edge.Admin })
        {
            await using RawClient client = await RawClient.ConnectAsync(address);
            RawResponse response = await client.ExchangeAsync(request);
            Assert.Equal(status, response.Status);
            Assert.Equal("close", response.Header("Connection"));
            Assert.True(await client.IsClosedAsync());
        }
    }

    [Theory]
    [InlineData("GET http://b/status HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /x/../status HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /status HTTP/1.1\r\nHost: a\r\nX: \u00e9\u0080\r\nX_Y: 1\r\nExpect: 100-continue\r\n\r\n")]
    [InlineData("GET /status HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")]
    public async Task Head_Sound_IsServed(string request)
    {
        await using RawClient client = await RawClient.ConnectAsync(_edge.Edge.Status);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(200, (await client.ExchangeAsync(request)).Status);
        }
    }

    [Fact]
    public async Task Trace_IsRefusedAndTheConnectionKept()
    {
        await using RawClient client = await RawClient.ConnectAsync(_edge.Edge.Admin);
        RawResponse response = await client.ExchangeAsync("TRACE /status HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(405, response.Status);
        Assert.Equal("{\"message\":\"Method not allowed\"}", response.Body);
        Assert.Equal(200, (await client.ExchangeAsync(Get + "Host: a\r\n\r\n")).Status);
    }

    [Fact]
    public async Task Head_ThatDoesNotEnd_Is408()
    {
        await using RawClient client = await RawClient.ConnectAsync(_edge.Edge.Status);
        Assert.Equal(408, (await client.ExchangeAsync(Get + "Host: a\r\n")).Status);
        Assert.True(await client.IsClosedAsync());
    }
}
