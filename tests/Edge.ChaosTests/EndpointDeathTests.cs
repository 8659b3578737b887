using System.Diagnostics;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.ChaosTests;

/// <summary>
/// An endpoint dies under load. With the documented profile (passive tcp_failures and timeouts of 2, active checks every half second, five
/// retries) clients see no error and the endpoint gets no request any more within a second; it comes back when it answers probes.
/// </summary>
public sealed class EndpointDeathTests
{
    private const string Profile =
        "retries: 5\n  connect_timeout: 2000\n  read_timeout: 5000";

    [Theory]
    [InlineData("round-robin", "")]
    [InlineData("least-connections", "")]
    [InlineData("latency", "")]
    [InlineData("consistent-hashing", "\n  hash_on: path")]
    public async Task Endpoint_DiesUnderLoad_GetsNothingWithinASecondAndComesBack(string algorithm, string more)
    {
        await using ScriptedUpstream survivor = Start(0);
        ScriptedUpstream dying = Start(0);
        int port = dying.EndPoint.Port;
        await using RunningEdge edge = await RunningEdge.StartAsync(
            $$$"""
            _format_version: "3.0"
            services:
            - name: app
              url: http://app.internal:80
              {{{Profile}}}
              routes:
              - name: all
                paths: ["/"]
                strip_path: false
            upstreams:
            - name: app.internal
              algorithm: {{{algorithm}}}{{{more}}}
              healthchecks:
                passive: {unhealthy: {tcp_failures: 2, timeouts: 2}}
                active:
                  timeout: 2
                  http_path: /probe
                  healthy: {interval: 0.5, successes: 1}
                  unhealthy: {interval: 0.5, tcp_failures: 1, timeouts: 1}
              targets:
              - target: {{{survivor.Address}}}
              - target: {{{dying.Address}}}
            """,
            ("EDGE_LOOPS", "2"),
            ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        using CancellationTokenSource stop = new();
        Task<int>[] clients = [.. Enumerable.Range(0, 8).Select(id => LoadAsync(edge, id, stop.Token))];
        await GrowsAsync(dying, clients);

        string address = dying.Address;
        await dying.DisposeAsync();
        using MachineLag lag = new();
        LagWatch died = lag.Start();
        await LeavesAsync(edge, address);
        Assert.InRange(died.Elapsed.TotalMilliseconds, 0, 1000);

        await using ScriptedUpstream reborn = Start(port);
        await GrowsAsync(reborn, clients);
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(clients), static served => Assert.True(served > 0));
    }

    private static int Requests(ScriptedUpstream upstream) => upstream.Requests.Count(static request => request.Target != "/probe");

    private static ScriptedUpstream Start(int port) => ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(request.Target), port);

    // A client that saw an error has ended: that is what the test is about.
    private static Task GrowsAsync(ScriptedUpstream upstream, Task<int>[] clients)
    {
        int start = Requests(upstream);
        return upstream.UntilAsync(() => Requests(upstream) >= start + 5, "it gets requests", clients);
    }

    private static Task LeavesAsync(RunningEdge edge, string target) => Eventually.TrueAsync(
        () => edge.Host.EdgeState.Upstreams.Find("app.internal")!.Targets.Single(one => one.Target == target).Health == Telemetry.TargetHealth.Unhealthy,
        "the dead endpoint is unhealthy");

    private static async Task<int> LoadAsync(RunningEdge edge, int id, CancellationToken stop)
    {
        int served = 0;
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        while (!stop.IsCancellationRequested)
        {
            RawResponse response = await client.ExchangeAsync($"GET /{id}/{served} HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal(200, response.Status);
            Assert.Equal($"/{id}/{served}", response.Body);
            served++;
        }

        return served;
    }
}
