using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>The counters that operators and alerts rely on exist under their names and move.</summary>
public sealed class HardeningMetricsTests
{
    [Fact]
    public async Task Connections_AreCountedWhileOpen_AndByTheirEnd()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await Metrics.ReadUntilAsync(edge, static text => Metrics.Value(text, "edge_connections{state=\"active\"}") == 1
            && Metrics.Value(text, "edge_connections{state=\"waiting\"}") == 1);
        await client.DisposeAsync();
        await Metrics.ReadUntilAsync(edge, static text => Metrics.Value(text, "edge_connections{state=\"active\"}") == 0
            && Metrics.Value(text, "edge_connections_closed_total{reason=\"client_closed\"}") == 1);
    }

    [Fact]
    public async Task RefusedMessages_AreCountedByKind_AndLimitsByName()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        await using RawClient bad = await RawClient.ConnectAsync(edge.Proxy);
        await bad.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n");
        await using RawClient large = await RawClient.ConnectAsync(edge.Proxy);
        await large.ExchangeAsync($"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: a\r\n\r\n");

        // Counted when an exchange settles, which is after its answer.
        await Metrics.ReadUntilAsync(edge, static text =>
            Metrics.Value(text, "edge_protocol_errors_total{side=\"downstream\",proto=\"h1\",kind=\"bad_header_name\"}") == 1
            && Metrics.Value(text, "edge_limits_hit_total{limit=\"request_line\"}") == 1
            && Metrics.Value(text, "edge_connections_closed_total{reason=\"protocol_error\"}") >= 1);
    }

    [Fact]
    public async Task BrokenUpstreams_AreCountedByCluster()
    {
        int answers = 0;
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.HeadAsync() is not null)
            {
                switch (Interlocked.Increment(ref answers))
                {
                    case 1:
                        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n");
                        break;
                    case 2:
                        peer.Reset();
                        return;
                    default:
                        await peer.SendAsync("NONSENSE\r\n\r\n");
                        return;
                }
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address, serviceExtra: "retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal(502, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal(502, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);

        string text = await Metrics.ReadUntilAsync(edge, static text => Metrics.Value(text, "edge_upstream_poisoned_total{cluster=\"app.internal\"}") == 1);
        Assert.True(Metrics.Value(text, "edge_upstream_reset_total{cluster=\"app.internal\",when=\"head\"}") >= 1, text);
        Assert.Matches("edge_protocol_errors_total\\{side=\"upstream\",proto=\"h1\",kind=\"[a-z_]+\"\\} [1-9]", text);
    }

    [Fact]
    public async Task MemoryAndDrain_AreShown()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address));
        string text = await Metrics.ReadAsync(edge);
        foreach (string kind in (string[])["gc_committed", "gc_heap", "limit", "resident"])
        {
            Assert.True(Metrics.Value(text, $"edge_memory_bytes{{kind=\"{kind}\"}}") > 0, kind);
        }

        Assert.Contains("edge_drain_state 0\n", text);
        await edge.DrainAsync(TimeSpan.FromSeconds(5));
        Assert.Contains("edge_drain_state 3\n", await Metrics.ReadAsync(edge));
    }
}
