using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>Sockets of Gateway servers over their life: server names, certificates, reloads, the endpoints beside them.</summary>
public sealed class GatewayListenerTests
{
    private const string Host = "backend.test.svc.cluster.local";
    private const string Get = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";

    private static string Tls(string more) => $$$"""
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gateway, namespace: test}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 443, name: https-one, protocol: HTTPS}
            hosts: [one.example.com]
            tls: {mode: SIMPLE, credentialName: one}
          - port: {number: 443, name: https-wild, protocol: HTTPS}
            hosts: ["*.example.com"]
            tls: {mode: SIMPLE, credentialName: wild}
          - port: {number: 443, name: https-missing, protocol: HTTPS}
            hosts: [missing.example.org]
            tls: {mode: SIMPLE, credentialName: nowhere}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: routes, namespace: test}
        spec:
          hosts: ["one.example.com", "two.example.com"]
          gateways: [gateway]
          http:
          - directResponse: {status: 200, body: {string: "here"}}
        ---
        {{{more}}}
        """;

    [Fact]
    public async Task Tls_ServerName_ChoosesChainAndCertificate()
    {
        using TestAuthority authority = new();
        await using RunningMesh mesh = await RunningMesh.StartAsync(Tls(""));
        mesh.WriteCertificate("test/one", authority.Issue(["one.example.com"]));
        mesh.WriteCertificate("wild", authority.Issue(["*.example.com"]));
        Assert.Equal("CN=one.example.com", await SubjectAsync(mesh, "one.example.com"));
        Assert.Equal("CN=*.example.com", await SubjectAsync(mesh, "two.example.com"));
        await Assert.ThrowsAnyAsync<Exception>(() => SubjectAsync(mesh, "missing.example.org"));
        await Assert.ThrowsAnyAsync<Exception>(() => SubjectAsync(mesh, "unknown.example.net"));

        // A host that only another chain knows is unknown on this one.
        await using RawClient client = await RawClient.ConnectTlsAsync(mesh.EndPoint(443), RawClient.AnyCertificate("one.example.com"));
        Assert.Equal(404, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: two.example.com\r\n\r\n")).Status);
        Assert.Equal((200, "here"), await AnswerAsync(client, "one.example.com"));
    }

    [Fact]
    public async Task Tls_Rotation_KeepsConnections()
    {
        using TestAuthority authority = new();
        await using RunningMesh mesh = await RunningMesh.StartAsync(Tls(""));
        mesh.WriteCertificate("test/one", authority.Issue(["one.example.com"]));
        await using RawClient before = await RawClient.ConnectTlsAsync(mesh.EndPoint(443), RawClient.AnyCertificate("one.example.com"));
        string old = before.Tls!.RemoteCertificate!.GetCertHashString();
        mesh.WriteCertificate("test/one", authority.Issue(["one.example.com"]));
        await using RawClient after = await RawClient.ConnectTlsAsync(mesh.EndPoint(443), RawClient.AnyCertificate("one.example.com"));
        Assert.NotEqual(old, after.Tls!.RemoteCertificate!.GetCertHashString());
        Assert.Equal((200, "here"), await AnswerAsync(before, "one.example.com"));
        Assert.Equal((200, "here"), await AnswerAsync(after, "one.example.com"));
    }

    [Fact]
    public async Task Tls_SecretDocument_IsShown()
    {
        using TestAuthority authority = new();
        TestCertificate certificate = authority.Issue(["one.example.com"]);
        string secret = $$"""
            apiVersion: v1
            kind: Secret
            type: kubernetes.io/tls
            metadata: {name: one, namespace: test}
            data:
              tls.crt: {{Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(certificate.Pem))}}
              tls.key: {{Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(certificate.KeyPem))}}
            """;
        await using RunningMesh mesh = await RunningMesh.StartAsync(Tls(secret));
        Assert.Equal("CN=one.example.com", await SubjectAsync(mesh, "one.example.com"));
    }

    [Fact]
    public async Task Reload_PortsThatComeGoAndStay()
    {
        string documents = MeshText.Plain("  - directResponse: {status: 200, body: {string: here}}\n");
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents);
        IPEndPoint kept = mesh.EndPoint(80);
        await using RawClient client = await RawClient.ConnectAsync(kept);
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        string two = documents.Replace("hosts: [\"*\"]", "hosts: [\"*\"]\n  - port: {number: 8080, name: http2, protocol: HTTP}\n    hosts: [\"*\"]", StringComparison.Ordinal);
        await mesh.ReloadAsync(two);
        Assert.Equal(kept, mesh.EndPoint(80));
        IPEndPoint added = mesh.EndPoint(8080);
        await using RawClient other = await RawClient.ConnectAsync(added);
        Assert.Equal(200, (await other.ExchangeAsync(Get)).Status);
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        await mesh.ReloadAsync(documents);
        Assert.True(await other.IsClosedAsync());
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(added));
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task Reload_UnderLoad_LosesNoExchange()
    {
        await using ScriptedUpstream one = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("one"));
        await using ScriptedUpstream two = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("two"));
        string Documents(int round) => MeshText.Plain(
            MeshText.Route(Host, $"timeout: {10 + round}s\nheaders: {{response: {{set: {{x-round: \"{round}\"}}}}}}"),
            MeshText.Service(Host, 80, round % 3 == 0 ? [(one.EndPoint, "")] : round % 3 == 1 ? [(one.EndPoint, ""), (two.EndPoint, "")] : [(two.EndPoint, "")]));
        await using RunningMesh mesh = await RunningMesh.StartAsync(Documents(0), null, ("EDGE_LOOPS", "2"), ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        using CancellationTokenSource stop = new();
        int served = 0;
        Task[] clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
            while (!stop.IsCancellationRequested)
            {
                RawResponse response = await client.ExchangeAsync(Get);
                Assert.Equal(200, response.Status);
                Interlocked.Increment(ref served);
            }
        }))];
        for (int round = 1; round <= 100; round++)
        {
            int before = Volatile.Read(ref served);
            await mesh.ReloadAsync(Documents(round));
            await Eventually.TrueAsync(() => Volatile.Read(ref served) > before || clients.Any(static client => client.IsFaulted), "requests go on");
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.True(served >= 100);
    }

    [Fact]
    public async Task Endpoints_OfIstiosTools_Answer()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        using ReservedPort statusPort = ReservedPort.Take();
        using ReservedPort statsPort = ReservedPort.Take();
        using ReservedPort adminPort = ReservedPort.Take();
        (int status, int stats, int admin) = (statusPort.Number, statsPort.Number, adminPort.Number);
        await using RunningMesh mesh = await RunningMesh.StartAsync(
            MeshText.Plain(MeshText.Route(Host), MeshText.Service(Host, 80, (upstream.EndPoint, ""))),
            null,
            ("EDGE_STATUS_PORT", $"{status}"), ("EDGE_STATS_PORT", $"{stats}"), ("EDGE_ADMIN_PORT", $"{admin}"));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        using HttpClient http = new();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"http://127.0.0.1:{status}/healthz/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"http://127.0.0.1:{status}/healthz/live")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"http://127.0.0.1:{status}/else")).StatusCode);
        Assert.Contains("edge_connections", await http.GetStringAsync($"http://127.0.0.1:{stats}/stats/prometheus"));
        string clusters = await http.GetStringAsync($"http://127.0.0.1:{admin}/clusters");
        Assert.Contains($"outbound|80||{Host}::{upstream.Address}::health_flags::healthy\n", clusters);
        Assert.Contains($"outbound|80||{Host}::{upstream.Address}::rq_total::1\n", clusters);
        Assert.Contains($"cluster.outbound|80||{Host}.upstream_rq_2xx: 1\n", await http.GetStringAsync($"http://127.0.0.1:{admin}/stats?filter=upstream_rq_2xx"));
        Assert.Contains("127.0.0.1_", await http.GetStringAsync($"http://127.0.0.1:{admin}/listeners"));
        using JsonDocument info = JsonDocument.Parse(await http.GetStringAsync($"http://127.0.0.1:{admin}/server_info"));
        Assert.Equal("LIVE", info.RootElement.GetProperty("state").GetString());
        using JsonDocument dump = JsonDocument.Parse(await http.GetStringAsync($"http://127.0.0.1:{admin}/config_dump"));
        Assert.Equal(5, dump.RootElement.GetProperty("configs").GetArrayLength());
    }

    private static async Task<(int Status, string Body)> AnswerAsync(RawClient client, string host)
    {
        RawResponse response = await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        return (response.Status, response.Body);
    }

    private static async Task<string> SubjectAsync(RunningMesh mesh, string name)
    {
        await using RawClient client = await RawClient.ConnectTlsAsync(mesh.EndPoint(443), RawClient.AnyCertificate(name));
        return client.Tls!.RemoteCertificate!.Subject;
    }
}
