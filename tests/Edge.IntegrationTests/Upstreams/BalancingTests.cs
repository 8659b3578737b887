using System.Diagnostics;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Upstreams;

public sealed class BalancingTests : IAsyncLifetime
{
    private readonly ScriptedUpstream[] _upstreams =
        [.. Enumerable.Range(0, 4).Select(static i => ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok(i.ToString(System.Globalization.CultureInfo.InvariantCulture))))];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (ScriptedUpstream upstream in _upstreams)
        {
            await upstream.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("hash_on: header\nhash_on_header: X-User", "GET / HTTP/1.1\r\nHost: a\r\nX-User: {0}\r\n\r\n")]
    [InlineData("hash_on: cookie\nhash_on_cookie: sid", "GET / HTTP/1.1\r\nHost: a\r\nCookie: x=1; sid={0}\r\n\r\n")]
    [InlineData("hash_on: path", "GET /p/{0} HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("hash_on: query_arg\nhash_on_query_arg: u", "GET /?a=1&u={0} HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("hash_on: uri_capture\nhash_on_uri_capture: user", "GET /u/{0}/x HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("hash_on: consumer\nhash_fallback: header\nhash_fallback_header: X-User", "GET / HTTP/1.1\r\nHost: a\r\nX-User: {0}\r\n\r\n")]
    public async Task HashOn_SameValue_StaysAndValuesSpread(string hash, string request)
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            hash, Targets, route: hash.Contains("uri_capture", StringComparison.Ordinal) ? "regex_priority: 1" : "").Replace(
                "paths: [\"/\"]", hash.Contains("uri_capture", StringComparison.Ordinal) ? "paths: [\"~/u/(?<user>[^/]+)\"]" : "paths: [\"/\"]"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Dictionary<int, string> owners = [];
        for (int round = 0; round < 3; round++)
        {
            for (int value = 0; value < 80; value++)
            {
                RawResponse response = await client.ExchangeAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, request, value));
                Assert.Equal(200, response.Status);
                Assert.Empty(response.Headers("Set-Cookie"));
                Assert.Equal(owners.TryAdd(value, response.Body) ? response.Body : owners[value], response.Body);
            }
        }

        Assert.Equal(4, owners.Values.Distinct().Count());
    }

    [Fact]
    public async Task HashOn_NothingThere_AllGoToOne()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of("hash_on: header\nhash_on_header: X-User", Targets));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        HashSet<string> seen = [];
        for (int i = 0; i < 20; i++)
        {
            seen.Add((await client.ExchangeAsync($"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n")).Body);
        }

        Assert.Single(seen);
    }

    [Fact]
    public async Task HashOn_MissingCookie_IsMadeAndKept()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "hash_on: cookie\nhash_on_cookie: sid\nhash_on_cookie_path: /app", Targets));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        HashSet<string> owners = [];
        for (int i = 0; i < 24; i++)
        {
            RawResponse first = await client.ExchangeAsync(PassiveHealthTests.Get);
            Match cookie = Regex.Match(
                Assert.Single(first.Headers("Set-Cookie")), "^(sid=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}); Path=/app; Same-Site=Lax; HttpOnly$");
            Assert.True(cookie.Success);
            RawResponse second = await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nCookie: {cookie.Groups[1].Value}\r\n\r\n");
            Assert.Equal(first.Body, second.Body);
            Assert.Empty(second.Headers("Set-Cookie"));
            owners.Add(first.Body);
        }

        Assert.True(owners.Count > 1);
    }

    [Fact]
    public async Task HashOn_CookieOfTheUpstream_IsReplaced()
    {
        await using ScriptedUpstream own = ScriptedUpstream.Respond(static _ =>
            ScriptedUpstream.Ok("x", "Set-Cookie: other=1", "Set-Cookie: sid=upstream; Path=/"));
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of("hash_on: cookie\nhash_on_cookie: sid", [own.Address]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        IReadOnlyList<string> cookies = (await client.ExchangeAsync(PassiveHealthTests.Get)).Headers("Set-Cookie");
        Assert.Equal(2, cookies.Count);
        Assert.Equal("other=1", cookies[0]);
        Assert.EndsWith("; Path=/; Same-Site=Lax; HttpOnly", cookies[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task HashOn_OwnerOut_MovesOnlyItsKeysAndReturns()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "hash_on: path\nhealthchecks: {passive: {unhealthy: {http_failures: 1}}}", Targets));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        string[] before = await PathsAsync(client);
        PassiveHealthTests.Health(edge).SetHealth("app.internal", Targets[1], null, healthy: false);
        string[] without = await PathsAsync(client);
        for (int i = 0; i < before.Length; i++)
        {
            Assert.True(before[i] == without[i] || (before[i] == "1" && without[i] != "1"));
        }

        PassiveHealthTests.Health(edge).SetHealth("app.internal", Targets[1], null, healthy: true);
        Assert.Equal(before, await PathsAsync(client));
    }

    [Fact]
    public async Task HashOn_OwnerRefuses_RetryGoesToTheNext()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of("hash_on: path", Targets, service: "retries: 1"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        string[] before = await PathsAsync(client);
        await _upstreams[1].DisposeAsync();
        string[] without = await PathsAsync(client);
        Assert.Contains("1", before);
        Assert.DoesNotContain("1", without);
        Assert.Equal(before.Where(static owner => owner != "1"), without.Where((_, i) => before[i] != "1"));
    }

    [Fact]
    public async Task LeastConnections_BusyTarget_IsPassedBy()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream busy = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            arrived.TrySetResult();
            await release.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("busy"));
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "algorithm: least-connections", [$"{{target: \"{busy.Address}\", weight: 101}}", Targets[0]]));
        await using RawClient waiting = await RawClient.ConnectAsync(edge.Proxy);
        await waiting.SendAsync(PassiveHealthTests.Get);
        await arrived.Task;
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal("0", (await client.ExchangeAsync(PassiveHealthTests.Get)).Body);
        }

        release.SetResult();
        Assert.Equal("busy", (await waiting.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task Latency_SlowTarget_GetsLess()
    {
        // Five times slower than the other one has been so far, however fast the machine is.
        TimeSpan slowest = TimeSpan.FromMilliseconds(6);
        await using ScriptedUpstream slow = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is not null)
            {
                await Task.Delay(5 * slowest);
                await peer.SendAsync(ScriptedUpstream.Ok("slow"));
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of("algorithm: latency", [slow.Address, Targets[0]]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        int slowAnswers = 0;
        for (int i = 0; i < 60; i++)
        {
            long sent = Stopwatch.GetTimestamp();
            bool isSlow = (await client.ExchangeAsync(PassiveHealthTests.Get)).Body == "slow";
            TimeSpan took = Stopwatch.GetElapsedTime(sent);
            slowAnswers += isSlow ? 1 : 0;
            slowest = !isSlow && took > slowest ? took : slowest;
        }

        Assert.InRange(slowAnswers, 0, 20);
    }

    [Fact]
    public async Task RoundRobin_SeveralLoops_SpreadEvenly()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of("", Targets), ("EDGE_LOOPS", "2"));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
            for (int i = 0; i < 100; i++)
            {
                Assert.Equal(200, (await client.ExchangeAsync(PassiveHealthTests.Get)).Status);
            }
        }));
        int[] counts = [.. _upstreams.Select(static upstream => upstream.Requests.Count)];
        Assert.Equal(800, counts.Sum());
        Assert.InRange(counts.Max() - counts.Min(), 0, 800 / 4 * 5 / 100);
    }

    [Theory]
    [InlineData("", "127.0.0.1:{0}")]
    [InlineData("host_header: inner.example", "inner.example:{0}")]
    [InlineData("host_header: inner.example:99", "inner.example:99")]
    public async Task Host_IsTheTargetsOrTheUpstreams(string fields, string host)
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(fields, [Targets[0]]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync(PassiveHealthTests.Get);
        Assert.Equal(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, host, _upstreams[0].EndPoint.Port),
            _upstreams[0].Requests.Single().Header("Host"));
    }

    [Fact]
    public async Task Targets_Duplicates_ShareWeights()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "", [$"{{target: \"{Targets[0]}\", weight: 10}}", $"{{target: \"{Targets[1]}\", weight: 30}}", $"{{target: \"{Targets[0]}\", weight: 20}}"]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 60; i++)
        {
            await client.ExchangeAsync(PassiveHealthTests.Get);
        }

        Assert.Equal(30, _upstreams[0].Requests.Count);
    }

    private string[] Targets => [.. _upstreams.Select(static upstream => upstream.Address)];

    private static async Task<string[]> PathsAsync(RawClient client)
    {
        string[] owners = new string[80];
        for (int i = 0; i < owners.Length; i++)
        {
            RawResponse response = await client.ExchangeAsync($"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal(200, response.Status);
            owners[i] = response.Body;
        }

        return owners;
    }
}
