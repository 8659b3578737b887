using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Admin.Config;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Tests.Telemetry;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>How much and how long a post may be, and what it is told when it cannot be taken now.</summary>
public sealed class ConfigLimitTests : IAsyncDisposable
{
    private readonly FakeEdgeState _state = new();
    private readonly FakePublisher _publisher = new();
    private readonly EdgeMetrics _metrics = new(new MetricsOptions { Loops = 1, ProtocolErrorKinds = [] });
    private readonly EdgeLog _log = new(new EdgeLogOptions { Path = "off" }, TimeProvider.System);
    // The body is held back until it is asked for: one that is refused by its length alone never meets a closed connection.
    private readonly HttpClient _client = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) })
    {
        DefaultRequestHeaders = { ExpectContinue = true },
    };
    private StatusServer? _server;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _log.Dispose();
    }

    // Of a body of unknown length that is refused on the way, more than Kestrel's own limit is cut by a reset that may overtake the answer.
    private const int MostThatIsDrained = 60_000;

    [Theory]
    [InlineData(100, HttpStatusCode.TooManyRequests)]
    [InlineData(101, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(1_000_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Body_OverTheLimit_Is413(int length, HttpStatusCode expected)
    {
        await StartAsync(limit: 100);
        Assert.Equal(expected, (await PostAsync(new StringContent(new string('a', length)))).StatusCode);
        Assert.Equal(expected, (await PostAsync(new ChunkedContent(Math.Min(length, MostThatIsDrained)))).StatusCode);
        Assert.Equal(2, Counted((int)expected));
    }

    [Fact]
    public async Task Body_ThatDoesNotCome_Is408()
    {
        await StartAsync(time: TimeSpan.FromMilliseconds(50));
        await using RawClient client = await RawClient.ConnectAsync(_server!.AdminAddresses[0]);
        await client.SendAsync("POST /config HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n_form");
        RawResponse answer = await client.ReceiveAsync();
        Assert.Equal(408, answer.Status);
        Assert.Equal("{\"message\":\"Request timeout\"}", answer.Body);
        Assert.Equal(1, Counted(408));
    }

    [Fact]
    public async Task Busy_Is429WithRetryAfter()
    {
        await StartAsync();
        HttpResponseMessage answer = await PostAsync(new StringContent("x"));
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
        Assert.Equal("{\"message\":\"Currently loading previous configuration\"}", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Busy_WithABodyThatIsComing_Is429BeforeTheNextOneIsRead()
    {
        _publisher.Publish = static _ => new PublishResult(PublishOutcome.Ending);
        await StartAsync(limit: 1000);
        await using RawClient slow = await RawClient.ConnectAsync(_server!.AdminAddresses[0]);
        await slow.SendAsync("POST /config HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
        Assert.Equal(100, (await slow.ReceiveAsync()).Status);

        await using RawClient other = await RawClient.ConnectAsync(_server!.AdminAddresses[0]);
        await other.SendAsync("POST /config HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
        Assert.Equal(429, (await other.ReceiveAsync()).Status);

        await slow.SendAsync("x");
        Assert.Equal(503, (await slow.ReceiveAsync()).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await PostAsync(new StringContent("x"))).StatusCode);
    }

    [Fact]
    public async Task Ending_Is503()
    {
        _publisher.Publish = static _ => new PublishResult(PublishOutcome.Ending);
        await StartAsync();
        HttpResponseMessage answer = await PostAsync(new StringContent("x"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("Kong currently exiting", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["message"]!.GetValue<string>());
    }

    private async Task StartAsync(long limit = 10 << 20, TimeSpan? time = null)
    {
        _server = new StatusServer(
            new StatusServerOptions
            {
                ServerToken = "kong/3.4.2",
                AdminListen = [new IPEndPoint(IPAddress.Loopback, 0)],
                ConfigBodyLimit = limit,
                ConfigBodyTimeout = time ?? TimeSpan.FromSeconds(60),
            },
            _state,
            _publisher,
            _metrics,
            new NodeIdentity("id", "3.4.2", "host", 1),
            _log,
            TimeProvider.System);
        await _server.StartAsync(CancellationToken.None);
    }

    private Task<HttpResponseMessage> PostAsync(HttpContent content) => _client.PostAsync($"http://{_server!.AdminAddresses[0]}/config", content);

    private long Counted(int status) => _metrics.ConfigPosts.Where(pair => pair.Key == status).Sum(static pair => pair.Value);

    /// <summary>A body without a length.</summary>
    private sealed class ChunkedContent(int length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(Encoding.ASCII.GetBytes(new string('a', length))).AsTask();

        protected override bool TryComputeLength(out long computed)
        {
            computed = 0;
            return false;
        }
    }
}
