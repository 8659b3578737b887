using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Lifecycle;

public sealed class ReloadTests
{
    [Fact]
    public async Task Reload_HundredTimesUnderLoad_LosesNoRequest()
    {
        await using ScriptedUpstream a = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("a"));
        await using ScriptedUpstream b = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("b"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(a.Address), ("EDGE_LOOPS", "2"), ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        using CancellationTokenSource stop = new();
        Task<(int A, int B)>[] clients = [.. Enumerable.Range(0, 6).Select(_ => LoadAsync(edge, stop.Token))];
        for (int i = 0; i < 100; i++)
        {
            await edge.ReloadAsync(KongText.Single(i % 2 == 0 ? [b.Address] : i % 4 == 1 ? [a.Address, b.Address] : [a.Address]));
            if (i % 24 == 0)
            {
                // Only b serves now: some of the load must have met it.
                int served = b.Requests.Count;
                await b.UntilAsync(() => b.Requests.Count > served, "the load goes on", clients);
            }
        }

        int last = a.Requests.Count;
        await a.UntilAsync(() => a.Requests.Count > last, "a serves at last", clients);
        await stop.CancelAsync();
        (int A, int B)[] counts = await Task.WhenAll(clients);
        Assert.True(counts.Sum(static count => count.A) > 0);
        Assert.True(counts.Sum(static count => count.B) > 0);
    }

    [Fact]
    public async Task Reload_RefusedDocument_KeepsTheOldOne()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("still here"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await edge.ReloadAsync("""
            _format_version: "3.0"
            services:
            - name: broken
              url: "http://x"
              retries: "many"
            """);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal("still here", (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body);
    }

    [Fact]
    public async Task Reload_Refused_SaysWhyAtTheLevelOfErrors()
    {
        string log = Path.GetTempFileName();
        try
        {
            await using (RunningEdge edge = await RunningEdge.StartAsync(
                KongText.Single("127.0.0.1:1"), ("KONG_LOG_LEVEL", "error"), ("KONG_PROXY_ERROR_LOG", log)))
            {
                await edge.ReloadAsync("_format_version: \"3.0\"\nservices:\n- name: broken\n  host: a\n  host: b\n  retries: many\n");
                await edge.ReloadAsync("# nothing is left\n");
            }

            string[] lines = await File.ReadAllLinesAsync(log);
            Assert.Contains(lines, static line => line.Contains("VSE1013", StringComparison.Ordinal) && line.Contains("retries", StringComparison.Ordinal));
            Assert.Contains(lines, static line => line.Contains("configuration refused, the running one stays: 1 errors", StringComparison.Ordinal));
            Assert.Contains(lines, static line => line.Contains("hold no document", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, static line => line.Contains("VSE1002", StringComparison.Ordinal) || line.Contains("0 errors", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public async Task Reload_ExchangeInFlight_SeesOneVersionToItsEnd()
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream old = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            arrived.SetResult();
            await answer.Task;
            await peer.SendAsync(ScriptedUpstream.Ok("old"));
        });
        await using ScriptedUpstream next = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("next"));
        const string Marked = "plugins:\n- name: response-transformer\n  config:\n    add:\n      headers: [\"X-Version:old\"]\n";
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(old.Address, tail: Marked));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await arrived.Task;
        await edge.ReloadAsync(KongText.Single(next.Address));
        answer.SetResult();
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal("old", response.Body);
        Assert.Equal("old", response.Header("X-Version"));
        response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("next", response.Body);
        Assert.Null(response.Header("X-Version"));
    }

    private static async Task<(int A, int B)> LoadAsync(RunningEdge edge, CancellationToken stop)
    {
        int a = 0;
        int b = 0;
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        while (!stop.IsCancellationRequested)
        {
            RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal(200, response.Status);
            a += response.Body == "a" ? 1 : 0;
            b += response.Body == "b" ? 1 : 0;
        }

        return (a, b);
    }
}
