using System.Collections.Concurrent;
using System.Net.Security;
using VoltageSoda.Edge.IntegrationTests.Tls;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>TLS of a DestinationRule over real sockets: who is asked for, who is verified, and which connections are shared.</summary>
public sealed class UpstreamTlsTests : IDisposable
{
    private const string Host = "backend.test.svc.cluster.local";

    private readonly TestAuthority _authority = new();
    private readonly Files _files = new();
    private readonly ConcurrentQueue<string> _asked = new();

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    // Envoy's auto_sni and auto_san_validation, which Istio sets where no sni is written.
    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task NoSni_TheAuthorityOfEachRequest_IsAskedForAndVerified(string transport)
    {
        await using ScriptedUpstream upstream = Secured("one.example.com", "two.example.com");
        await using RunningMesh mesh = await StartAsync(upstream, $"{{mode: SIMPLE, caCertificates: {Roots()}}}", "", ("EDGE_TRANSPORT", transport));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        foreach (string host in (string[])["one.example.com", "TWO.example.com", "one.example.com:80", "two.example.com"])
        {
            Assert.Equal((200, host), await AskAsync(client, host));
        }

        // One connection per name, and never one for another.
        Assert.Equal(["one.example.com", "two.example.com"], _asked);
        Assert.Equal(2, upstream.Connections);
        RawResponse refused = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: three.example.com\r\n\r\n");
        Assert.Equal(503, refused.Status);
        Assert.Matches("^upstream connect error or disconnect/reset before headers\\. retried and the latest reset reason: remote connection failure, transport failure reason: TLS_error", refused.Body);
    }

    [Fact]
    public async Task NoSni_RewrittenAuthority_IsAskedFor()
    {
        await using ScriptedUpstream upstream = Secured("inner.example.com");
        await using RunningMesh mesh = await StartAsync(upstream, $"{{mode: SIMPLE, caCertificates: {Roots()}}}", "rewrite: {authority: inner.example.com}");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal((200, "inner.example.com"), await AskAsync(client, "outer.example.com"));
        Assert.Equal(["inner.example.com"], _asked);
    }

    [Fact]
    public async Task Address_AsAuthority_IsVerifiedAndNotSent()
    {
        await using ScriptedUpstream upstream = Secured("127.0.0.1");
        await using RunningMesh mesh = await StartAsync(upstream, $"{{mode: SIMPLE, caCertificates: {Roots()}}}", "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal((200, "127.0.0.1"), await AskAsync(client, "127.0.0.1"));
        Assert.Equal([""], _asked);
    }

    [Fact]
    public async Task Sni_Written_IsAskedForWhateverTheAuthority()
    {
        await using ScriptedUpstream upstream = Secured("unrelated.test");
        await using RunningMesh mesh = await StartAsync(upstream, $"{{mode: SIMPLE, sni: fixed.test, caCertificates: {Roots()}}}", "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal((200, "one.example.com"), await AskAsync(client, "one.example.com"));
        Assert.Equal((200, "two.example.com"), await AskAsync(client, "two.example.com"));
        Assert.Equal(["fixed.test"], _asked);
    }

    [Theory]
    [InlineData("[spiffe://cluster.local/ns/test/sa/backend]", 200)]
    [InlineData("[other.test, backend.test]", 200)]
    [InlineData("[spiffe://cluster.local/ns/test/sa/other, other.test]", 503)]
    public async Task SubjectAltNames_OneOfThem_HasToBeShown(string names, int status)
    {
        await using ScriptedUpstream upstream = Secured("backend.test", "spiffe://cluster.local/ns/test/sa/backend");
        await using RunningMesh mesh = await StartAsync(upstream, $"{{mode: SIMPLE, subjectAltNames: {names}, caCertificates: {Roots()}}}", "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(status, (await AskAsync(client, "one.example.com")).Status);
        Assert.All(_asked, static name => Assert.Equal("one.example.com", name));
    }

    [Theory]
    [InlineData("spiffe://cluster.local/ns/test/sa/backend", 200)]
    [InlineData("spiffe://cluster.local/ns/test/sa/other", 503)]
    public async Task ServiceEntry_SubjectAltNames_HoldWhereTheRuleHasNone(string name, int status)
    {
        await using ScriptedUpstream upstream = Secured("backend.test", "spiffe://cluster.local/ns/test/sa/backend");
        await using RunningMesh mesh = await StartAsync(
            upstream, $"{{mode: SIMPLE, sni: backend.test, caCertificates: {Roots()}}}", "", names: $"  subjectAltNames: [\"{name}\"]\n");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        Assert.Equal(status, (await AskAsync(client, "one.example.com")).Status);
    }

    // Clients choose the names: only so many are kept.
    [Fact]
    public async Task Authorities_WithoutEnd_KeepABoundedNumberOfConnections()
    {
        await using ScriptedUpstream upstream = Secured("*.example.com");
        await using RunningMesh mesh = await StartAsync(upstream, $"{{mode: SIMPLE, caCertificates: {Roots()}}}", "");
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        for (int i = 0; i < 80; i++)
        {
            Assert.Equal(200, (await AskAsync(client, $"h{i}.example.com")).Status);
        }

        Upstream.ClusterGuard guard = mesh.Edge.Host.Snapshots.Current.Mesh.Clusters.Single().Cluster.Guard!;
        await Eventually.TrueAsync(() => guard.Ledger.Connections <= 64, "the oldest names gave their connections up");
        Assert.Equal((0, 0), (guard.Ledger.Requests, guard.Ledger.Pending));
    }

    private static async Task<(int Status, string Host)> AskAsync(RawClient client, string host)
    {
        RawResponse response = await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        return (response.Status, response.Body);
    }

    private string Roots() => _files.Write("roots.pem", _authority.Pem);

    private ScriptedUpstream Secured(params string[] names)
    {
        TestCertificate shown = _authority.Issue(names);
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                _asked.Enqueue(name ?? "");
                return shown.Certificate;
            },
        };
        return ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(request.Header("Host") ?? ""), tls: options);
    }

    private static Task<RunningMesh> StartAsync(ScriptedUpstream upstream, string tls, string rule, params (string, string)[] settings) =>
        StartAsync(upstream, tls, rule, "", settings);

    private static Task<RunningMesh> StartAsync(ScriptedUpstream upstream, string tls, string rule, string names, params (string, string)[] settings)
    {
        string service = MeshText.Service(Host, 80, (upstream.EndPoint, "app: backend"))
            .Replace("  resolution: STATIC\n", "  resolution: STATIC\n" + names, StringComparison.Ordinal);
        return RunningMesh.StartAsync(
            MeshText.Plain(MeshText.Route(Host, rule), service + MeshText.Rule(Host, $"{{tls: {tls}}}"))
                .Replace("hosts: [\"example.com\"]", "hosts: [\"*\"]", StringComparison.Ordinal),
            null,
            settings);
    }
}
