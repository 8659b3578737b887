using System.Diagnostics;
using System.Net;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream;
using Xunit.Abstractions;
using Record = VoltageSoda.Edge.TestKit.FakeDnsServer.Record;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>The name of a mesh destination moves to another address under load.</summary>
public sealed class MeshNameChangeTests(ITestOutputHelper output)
{
    private const string Name = "app.example";

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task Answer_Changes_TrafficMovesWithinASecondOfItsTimeAndNoRequestFails(string transport)
    {
        await using ScriptedUpstream before = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("before"));
        await using ScriptedUpstream after = OnSamePort(before.EndPoint.Port);
        await using FakeDnsServer dns = new();
        Answer(dns, "127.0.0.1");
        await using RunningMesh mesh = await RunningMesh.StartAsync(
            MeshText.Plain(
                    "  - route: [{destination: {host: app.example, port: {number: 8080}}}]\n    retries: {attempts: 0}\n",
                    $$"""
                    apiVersion: networking.istio.io/v1
                    kind: ServiceEntry
                    metadata: {name: app, namespace: test}
                    spec:
                      hosts: [{{Name}}]
                      resolution: DNS
                      ports: [{number: 8080, targetPort: {{before.EndPoint.Port}}, name: http, protocol: HTTP}]
                    """)
                .Replace("hosts: [\"example.com\"]", "hosts: [\"*\"]", StringComparison.Ordinal),
            null,
            ("EDGE_TRANSPORT", transport),
            ("EDGE_LOOPS", transport == "sockets" ? "1" : "2"),
            ("KONG_DNS_RESOLVER", dns.EndPoint.ToString()));
        Cluster cluster = mesh.Edge.Host.Snapshots.Current.Mesh.Clusters.Single().Cluster;
        await using SteadyLoad load = new(mesh.EndPoint(80));
        await load.AnsweredAsync("before", 20, 0);

        Answer(dns, "127.0.0.2");
        long changed = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => cluster.Endpoints.Endpoints is [{ Address: var address }] && address.StartsWith("127.0.0.2:", StringComparison.Ordinal), "the new address is known");
        TimeSpan known = Stopwatch.GetElapsedTime(changed);
        long from = Stopwatch.GetTimestamp();
        await load.AnsweredAsync("after", 40, from);
        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.DoesNotContain(load.Results, one => one.SentAt > from && one.Body == "before");
        Assert.True(known < Ttl + TimeSpan.FromSeconds(1), $"it took {known.TotalMilliseconds} ms");

        // What was connected to the former address is closed, and counts no more. One more than there are clients may be open to the new one, or
        // several: who waits for a connection takes the first that is free, and the one that was being opened for it stays.
        await Eventually.TrueAsync(() => before.Open == 0, "connections to the former address are closed");
        await Eventually.TrueAsync(() => cluster.Guard!.Ledger.Connections == after.Open, "closed connections count no more");
        output.WriteLine($"mesh name ({transport}): the new address was used {known.TotalMilliseconds:F0} ms after the change, {load.Results.Count} requests, none failed");
    }

    private static void Answer(FakeDnsServer dns, string address) =>
        dns.Set(Name, FakeDnsServer.A, Record.Address(Name, address, (uint)Ttl.TotalSeconds));

    // The port is the mesh's for all addresses of a name, and was free a moment ago.
    private static ScriptedUpstream OnSamePort(int port) =>
        ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("after"), port, address: IPAddress.Parse("127.0.0.2"));
}
