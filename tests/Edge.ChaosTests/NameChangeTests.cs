using System.Diagnostics;
using VoltageSoda.Edge.TestKit;
using Xunit.Abstractions;

namespace VoltageSoda.Edge.ChaosTests;

/// <summary>A name moves from an address where nobody listens to one that answers, and gains one that does not.</summary>
public sealed class NameChangeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Name_MovesAndGainsADeadAddress_IsFollowedAndNoRequestFails()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("here"));
        string hosts = Path.GetTempFileName();
        await File.WriteAllTextAsync(hosts, "127.0.0.9 app.test\n");
        await using RunningEdge edge = await RunningEdge.StartAsync(
            $$"""
            _format_version: "3.0"
            services:
            - name: app
              url: http://app.test:{{upstream.EndPoint.Port}}
              retries: 2
              routes:
              - name: all
                paths: ["/"]
            """,
            ("KONG_DNS_HOSTSFILE", hosts),
            ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(502, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);

        await File.WriteAllTextAsync(hosts, "127.0.0.1 app.test\n");
        using MachineLag lag = new();
        LagWatch moved = lag.Start();
        await Eventually.TrueAsync(
            async () => (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status == 200, "the new address is used");
        TimeSpan followed = moved.Elapsed;

        // Every other choice is the dead one, and is tried again at the living one.
        await File.WriteAllTextAsync(hosts, "127.0.0.1 app.test\n127.0.0.9 app.test\n");
        string name = $"app.test:{upstream.EndPoint.Port}";
        int served = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                Assert.Equal((200, "here"), (response.Status, response.Body));
                served++;
                return edge.Host.Snapshots.Current.Clusters.Single(one => one.Name == name).Endpoints.Endpoints.Length == 2 && served > 20;
            },
            "both addresses are known");
        File.Delete(hosts);
        Assert.True(followed < TimeSpan.FromSeconds(2), $"it took {followed.TotalMilliseconds} ms");
        output.WriteLine($"name: the new address was used {followed.TotalMilliseconds:F0} ms after the change, {served} requests beside a dead address, none failed");
    }
}
