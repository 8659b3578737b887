using System.Collections.Concurrent;
using System.Net.Security;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tls;

/// <summary>Services with protocol https: who is verified, what is shown, and which connections are shared.</summary>
public sealed class UpstreamTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("good", "ok")]
    [InlineData("good", "ok", "sockets")]
    [InlineData("wrong name", "wrong_name")]
    [InlineData("expired", "expired")]
    [InlineData("unknown root", "untrusted")]
    public async Task Verification_OfTheUpstream_DecidesTheAnswer(string what, string result, string transport = "epoll")
    {
        using TestAuthority known = new();
        using TestAuthority unknown = new("Another Root");
        TestCertificate shown = what switch
        {
            "wrong name" => known.Issue(["elsewhere.test"]),
            "expired" => known.Issue(["127.0.0.1"], notAfter: TestCertificate.Epoch.AddYears(1)),
            "unknown root" => unknown.Issue(["127.0.0.1"]),
            _ => known.Issue(["127.0.0.1"]),
        };
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("secret"), tls: shown.ServerOptions());
        string roots = $"ca_certificates:\n- id: 11111111-1111-4111-8111-111111111111\n  cert: {TestCertificate.Block(known.Pem, 4)}\n";
        string verified = TransferTests.Https(upstream, "tls_verify: true\n  ca_certificates: [11111111-1111-4111-8111-111111111111]\n  retries: 0") + "\n" + roots;
        await using RunningEdge edge = await RunningEdge.StartAsync(verified, ("EDGE_TRANSPORT", transport));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(Get);
        if (what == "good")
        {
            Assert.Equal((200, "secret"), (response.Status, response.Body));
        }
        else
        {
            Assert.Equal(502, response.Status);
            Assert.Contains("An invalid response was received from the upstream server", response.Body);
            Assert.Empty(upstream.Requests);
        }

        await edge.CountedAsync(1, "vse_tls_handshakes_total", "side=\"upstream\"", $"result=\"{result}\"");

        // Not verifying is Kong's default and takes them all.
        await edge.ReloadAsync(TransferTests.Https(upstream));
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task Verification_BySettings_HoldsForServicesThatDoNotSay()
    {
        using TestAuthority authority = new();
        using Files files = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            static _ => ScriptedUpstream.Ok("ok"), tls: authority.Issue(["127.0.0.1"]).ServerOptions());
        await using RunningEdge trusting = await RunningEdge.StartAsync(
            TransferTests.Https(upstream, "retries: 0"),
            ("KONG_NGINX_PROXY_PROXY_SSL_VERIFY", "on"), ("KONG_LUA_SSL_TRUSTED_CERTIFICATE", files.Write("root.pem", authority.Pem)));
        await using RawClient first = await RawClient.ConnectAsync(trusting.Proxy);
        Assert.Equal(200, (await first.ExchangeAsync(Get)).Status);
        await using RunningEdge system = await RunningEdge.StartAsync(
            TransferTests.Https(upstream, "retries: 0"), ("KONG_NGINX_PROXY_PROXY_SSL_VERIFY", "on"));
        await using RawClient second = await RawClient.ConnectAsync(system.Proxy);
        Assert.Equal(502, (await second.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task ServerName_IsTheHostOfTheServiceOrTheUpstreamsOwn()
    {
        using TestAuthority authority = new();
        TestCertificate certificate = authority.Issue(["any"]);
        string? asked = null;
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                asked = name;
                return certificate.Certificate;
            },
        };
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            static request => ScriptedUpstream.Ok(request.Header("Host")!), tls: options);
        string Kong(string header) => $"""
            _format_version: "3.0"
            services:
            - name: app
              protocol: https
              host: pool
              routes:
              - {"{"}name: all, paths: ["/"]{"}"}
            upstreams:
            - name: pool
            {header}
              targets:
              - target: localhost:{upstream.EndPoint.Port}
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(Kong(""));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal($"localhost:{upstream.EndPoint.Port}", (await client.ExchangeAsync(Get)).Body);
        Assert.Equal("localhost", asked);
        await edge.ReloadAsync(Kong("  host_header: shop.test"));
        Assert.StartsWith("shop.test", (await client.ExchangeAsync(Get)).Body, StringComparison.Ordinal);
        Assert.Equal("shop.test", asked);
    }

    [Fact]
    public async Task ServerName_WithPreserveHost_IsTheClientsHostAndKeepsConnectionsApart()
    {
        using TestAuthority authority = new();
        TestCertificate certificate = authority.Issue(["any"]);
        ConcurrentQueue<string> asked = new();
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                asked.Enqueue(name ?? "");
                return certificate.Certificate;
            },
        };
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(request.Header("Host")!), tls: options);
        string kong = $"""
            _format_version: "3.0"
            services:
            - name: app
              url: https://localhost:{upstream.EndPoint.Port}
              routes:
              - {"{"}name: all, paths: ["/"], preserve_host: true{"}"}
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(kong);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        async Task AskAsync(string host) => Assert.Equal(host, (await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).Body);
        foreach (string host in (string[])["One.test:8443", "two.test", "one.test", "localhost", "two.test:1", "[::1]:5", "localhost"])
        {
            await AskAsync(host);
        }

        // An address is not sent (RFC 6066 section 3).
        Assert.Equal(["one.test", "two.test", "localhost", ""], asked);
        Assert.Equal(4, upstream.Connections);

        // Clients name as many hosts as they like; the connections of the one asked for longest ago are given up.
        for (int i = 0; i < 64; i++)
        {
            await AskAsync($"h{i}.test");
        }

        Assert.Equal(68, upstream.Connections);
        await AskAsync("h63.test");
        await AskAsync("localhost");
        Assert.Equal(68, upstream.Connections);
        await AskAsync("one.test");
        Assert.Equal(69, upstream.Connections);
    }

    [Fact]
    public async Task Verification_WithPreserveHost_IsOfTheClientsHost()
    {
        using TestAuthority known = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            static _ => ScriptedUpstream.Ok("ok"), tls: known.Issue(["shop.test"]).ServerOptions());
        string roots = $"ca_certificates:\n- id: 11111111-1111-4111-8111-111111111111\n  cert: {TestCertificate.Block(known.Pem, 4)}\n";
        string verified = TransferTests.Https(upstream, "tls_verify: true\n  ca_certificates: [11111111-1111-4111-8111-111111111111]\n  retries: 0")
            .Replace("strip_path: false", "preserve_host: true", StringComparison.Ordinal) + "\n" + roots;
        await using RunningEdge edge = await RunningEdge.StartAsync(verified);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: shop.test:8443\r\n\r\n")).Status);
        Assert.Equal(502, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n")).Status);
    }

    [Theory]
    [InlineData("mine", "", 200)]
    [InlineData("", "mine", 200)]
    [InlineData("mine", "other", 200)]
    [InlineData("other", "mine", 502)]
    [InlineData("", "", 502)]
    public async Task ClientCertificate_OfTheServiceOrElseOfTheUpstream_IsShown(string ofService, string ofUpstream, int status)
    {
        using TestAuthority authority = new();
        TestCertificate mine = authority.Issue(["the-edge"]);
        SslServerAuthenticationOptions options = authority.Issue(["127.0.0.1"]).ServerOptions();
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=the-edge";
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("mutual"), tls: options);
        TestCertificate other = authority.Issue(["somebody-else"]);
        string kong = $"""
            _format_version: "3.0"
            services:
            - name: app
              url: https://pool
              retries: 0
              {Reference(ofService)}
              routes:
              - {"{"}name: all, paths: ["/"]{"}"}
            upstreams:
            - name: pool
              {Reference(ofUpstream)}
              targets:
              - target: {upstream.Address}
            certificates:
            - id: 22222222-2222-4222-8222-222222222222
              cert: {TestCertificate.Block(mine.Pem, 4)}
              key: {TestCertificate.Block(mine.KeyPem, 4)}
            - id: 33333333-3333-4333-8333-333333333333
              cert: {TestCertificate.Block(other.Pem, 4)}
              key: {TestCertificate.Block(other.KeyPem, 4)}
            """;
        static string Reference(string whose) => whose switch
        {
            "mine" => "client_certificate: 22222222-2222-4222-8222-222222222222",
            "other" => "client_certificate: 33333333-3333-4333-8333-333333333333",
            _ => "",
        };
        await using RunningEdge edge = await RunningEdge.StartAsync(kong);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(status, (await client.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task Pools_OfDifferentTlsSettings_AreKeptApart()
    {
        using TestAuthority authority = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            static _ => ScriptedUpstream.Ok("ok"), tls: authority.Issue(["127.0.0.1"]).ServerOptions());
        string kong = $"""
            _format_version: "3.0"
            services:
            - name: careless
              url: https://{upstream.Address}
              routes:
              - {"{"}name: a, paths: ["/a"]{"}"}
            - name: careless-too
              url: https://{upstream.Address}
              routes:
              - {"{"}name: b, paths: ["/b"]{"}"}
            - name: careful
              url: https://{upstream.Address}
              tls_verify: true
              ca_certificates: [11111111-1111-4111-8111-111111111111]
              routes:
              - {"{"}name: c, paths: ["/c"]{"}"}
            ca_certificates:
            - id: 11111111-1111-4111-8111-111111111111
              cert: {TestCertificate.Block(authority.Pem, 4)}
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(kong);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        foreach (string path in (string[])["/a", "/b", "/c", "/a", "/c", "/b"])
        {
            Assert.Equal(200, (await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        Assert.Equal(2, upstream.Handshakes);
    }

    [Fact]
    public async Task SilentUpstream_InsideTheHandshake_MeetsTheConnectTimeout()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(static async peer => await peer.ToEndAsync());
        await using RunningEdge edge = await RunningEdge.StartAsync(TransferTests.Https(upstream, "connect_timeout: 200\n  retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal(504, response.Status);
        Assert.Contains("The upstream server is timing out", response.Body);
        await edge.CountedAsync(1, "vse_tls_handshakes_total", "side=\"upstream\"", "result=\"timeout\"");
    }

    [Fact]
    public async Task PlainUpstream_IsNeverSpokenToInTheClear()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("plain"));
        await using RunningEdge edge = await RunningEdge.StartAsync(TransferTests.Https(upstream, "connect_timeout: 1000\n  retries: 0"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.True((await client.ExchangeAsync(Get)).Status is 502 or 504);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task IdleConnection_ThatTheUpstreamEnds_IsNotUsedAgain()
    {
        using TestAuthority authority = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(
            static async peer =>
            {
                await peer.RequestAsync();
                await peer.SendAsync(ScriptedUpstream.Ok("once"));
                await peer.Tls!.ShutdownAsync();
            },
            tls: authority.Issue(["127.0.0.1"]).ServerOptions());
        await using RunningEdge edge = await RunningEdge.StartAsync(TransferTests.Https(upstream));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("once", (await client.ExchangeAsync(Get)).Body);
        }

        Assert.Equal(5, upstream.Handshakes);
    }
}
