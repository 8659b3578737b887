using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tls;

/// <summary>Which certificate a client sees, and its rotation.</summary>
public sealed class CertificateTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task Sni_ExactThenWildcardsThenDefault_ChoosesTheCertificate()
    {
        using TestAuthority authority = new();
        string[] names = ["exact", "prefix", "suffix", "star"];
        string certificates = string.Join("\n", names.Zip(["a.shop.test", "*.shop.test", "a.market.*", "*"]).Select(pair =>
        {
            TestCertificate certificate = authority.Issue([pair.First]);
            return $"- cert: {TestCertificate.Block(certificate.Pem, 4)}\n  key: {TestCertificate.Block(certificate.KeyPem, 4)}\n  snis:\n  - name: \"{pair.Second}\"";
        }));
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        await using RunningEdge edge = await StartAsync(KongText.Single(upstream.Address, tail: "certificates:\n" + certificates));
        Assert.Equal("CN=exact", await SubjectAsync(edge, "a.shop.test"));
        Assert.Equal("CN=exact", await SubjectAsync(edge, "A.Shop.Test"));
        Assert.Equal("CN=prefix", await SubjectAsync(edge, "b.shop.test"));
        Assert.Equal("CN=star", await SubjectAsync(edge, "c.b.shop.test"));
        Assert.Equal("CN=suffix", await SubjectAsync(edge, "a.market.org"));
        Assert.Equal("CN=star", await SubjectAsync(edge, "elsewhere.test"));
        Assert.Equal("CN=star", await SubjectAsync(edge, ""));
        await edge.ReloadAsync(KongText.Single(upstream.Address));
        Assert.Contains("CN=localhost", await SubjectAsync(edge, "a.shop.test"));
    }

    [Fact]
    public async Task TwoKeyTypes_EachClientGetsWhatItTakes()
    {
        using TestAuthority authority = new();
        using Files files = new();
        TestCertificate rsa = authority.Issue(["rsa"], rsa: true);
        TestCertificate ecdsa = authority.Issue(["ecdsa"]);
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        await using RunningEdge edge = await StartAsync(
            KongText.Single(upstream.Address),
            ("KONG_SSL_CERT", $"{files.Write("rsa.crt", rsa.Pem)},{files.Write("ec.crt", ecdsa.Pem)}"),
            ("KONG_SSL_CERT_KEY", $"{files.Write("rsa.key", rsa.KeyPem)},{files.Write("ec.key", ecdsa.KeyPem)}"));
        Assert.Contains("subject=CN = ecdsa", await OpenSsl.ClientAsync(edge.Proxy, "-tls1_3"));
        Assert.Contains("subject=CN = rsa", await OpenSsl.ClientAsync(edge.Proxy, "-tls1_3 -sigalgs RSA-PSS+SHA256"));
        Assert.Contains("subject=CN = rsa", await OpenSsl.ClientAsync(edge.Proxy, "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256"));
        Assert.True(await Metric.ReadAsync(edge, "vse_certificate_expiry_timestamp_seconds{certificate=\"proxy:rsa\"}") > 3_000_000_000);
    }

    [Fact]
    public async Task Rotation_UnderLoad_LosesNoRequestAndABadOneKeepsTheOld()
    {
        using TestAuthority authority = new();
        using Files files = new();
        TestCertificate first = authority.Issue(["first"]);
        string cert = files.Write("tls.crt", first.Pem);
        string key = files.Write("tls.key", first.KeyPem);
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        await using RunningEdge edge = await StartAsync(
            KongText.Single(upstream.Address), ("KONG_SSL_CERT", cert), ("KONG_SSL_CERT_KEY", key), ("EDGE_LOOPS", "2"), ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        using CancellationTokenSource stop = new();
        Task<int>[] kept = [.. Enumerable.Range(0, 3).Select(_ => LoadAsync(edge, reconnect: false, stop.Token))];
        Task<int>[] fresh = [.. Enumerable.Range(0, 2).Select(_ => LoadAsync(edge, reconnect: true, stop.Token))];
        Assert.Equal("CN=first", await SubjectAsync(edge, "x"));
        for (int round = 0; round < 5; round++)
        {
            TestCertificate next = authority.Issue([$"round{round}"], rsa: round % 2 == 1);

            // The pair is replaced file by file: between the two writes it does not fit, and the old one must stay.
            files.Write("tls.crt", next.Pem);
            edge.Host.Certificates.Look();
            Assert.NotEqual($"CN=round{round}", await SubjectAsync(edge, "x"));
            files.Write("tls.key", next.KeyPem);
            edge.Host.Certificates.Look();
            Assert.Equal($"CN=round{round}", await SubjectAsync(edge, "x"));
        }

        files.Write("tls.crt", "not a certificate");
        edge.Host.Certificates.Look();
        Assert.Equal("CN=round4", await SubjectAsync(edge, "x"));
        File.Delete(key);
        edge.Host.Certificates.Look();
        Assert.Equal("CN=round4", await SubjectAsync(edge, "x"));
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll([.. kept, .. fresh]), static served => Assert.True(served > 0));
        await edge.CountedAsync(5, "vse_certificate_reloads_total", "result=\"replaced\"");
        await edge.CountedAsync(7, "vse_certificate_reloads_total", "result=\"refused\"");
    }

    [Fact]
    public async Task Rotation_ChangedFile_IsNoticedByItself()
    {
        using TestAuthority authority = new();
        using Files files = new();
        TestCertificate first = authority.Issue(["first"]);
        TestCertificate second = authority.Issue(["second"]);
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        await using RunningEdge edge = await StartAsync(
            KongText.Single(upstream.Address),
            ("KONG_SSL_CERT", files.Write("tls.crt", first.Pem)), ("KONG_SSL_CERT_KEY", files.Write("tls.key", first.KeyPem)));
        files.Write("tls.crt", second.Pem);
        files.Write("tls.key", second.KeyPem);
        await Eventually.TrueAsync(async () => await SubjectAsync(edge, "x") == "CN=second", "the changed file is in use");
    }

    [Theory]
    [InlineData("certificate of another key")]
    [InlineData("missing")]
    public async Task Start_UnusableCertificate_IsRefused(string what)
    {
        using TestAuthority authority = new();
        using Files files = new();
        string cert = what == "missing" ? "/nowhere/tls.crt" : files.Write("tls.crt", authority.Issue(["a"]).Pem);
        string key = files.Write("tls.key", authority.Issue(["b"]).KeyPem);
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => RunningEdge.StartAsync(
            KongText.Single("127.0.0.1:9"), ("KONG_PROXY_LISTEN", "127.0.0.1:0 ssl"), ("KONG_SSL_CERT", cert), ("KONG_SSL_CERT_KEY", key)));
        Assert.Contains("VSE3041", refused.Message);
        Assert.DoesNotContain("PRIVATE KEY", refused.Message);
    }

    [Fact]
    public async Task RouteSnis_MatchTheRealServerName()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        string kong = $"""
            _format_version: "3.0"
            services:
            - name: app
              url: http://{upstream.Address}
              routes:
              - name: by-sni
                protocols: [https]
                snis: [shop.test]
              - name: only-https
                protocols: [https]
                paths: ["/secure"]
                https_redirect_status_code: 301
            """;
        await using RunningEdge edge = await RunningEdge.StartAsync(kong, ("KONG_PROXY_LISTEN", "127.0.0.1:0 ssl, 127.0.0.1:0"));
        await using RawClient named = await RawClient.ConnectTlsAsync(edge.Proxy, RawClient.AnyCertificate("SHOP.test"));
        Assert.Equal(200, (await named.ExchangeAsync(Get)).Status);
        await using RawClient other = await RawClient.ConnectTlsAsync(edge.Proxy, RawClient.AnyCertificate("other.test"));
        Assert.Equal(404, (await other.ExchangeAsync(Get)).Status);
        Assert.Equal(200, (await other.ExchangeAsync("GET /secure HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        await using RawClient plain = await RawClient.ConnectAsync(edge.Host.ProxyEndPoints[1]);
        RawResponse redirect = await plain.ExchangeAsync("GET /secure HTTP/1.1\r\nHost: shop.test\r\n\r\n");
        Assert.Equal((301, "https://shop.test/secure"), (redirect.Status, redirect.Header("Location")));
    }

    [Fact]
    public async Task Concurrency_BeyondTheLimit_WaitsItsTurn()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        await using RunningEdge edge = await StartAsync(
            KongText.Single(upstream.Address), ("EDGE_TLS_CONCURRENCY", "1"), ("EDGE_LOOPS", "2"));

        // Whoever says nothing holds nobody up, and a taken place does.
        await using RawClient silent = await RawClient.ConnectAsync(edge.Proxy);
        Assert.True(edge.Host.Handshakes.TryEnter());
        Task<RawClient>[] waiting = [.. Enumerable.Range(0, 8).Select(_ => RawClient.ConnectTlsAsync(edge.Proxy))];
        await Eventually.TrueAsync(() => edge.Host.Handshakes.Waiting == 8, "eight handshakes wait for their turn");
        Assert.DoesNotContain(waiting, static client => client.IsCompleted);
        edge.Host.Handshakes.Leave();
        foreach (RawClient client in await Task.WhenAll(waiting))
        {
            Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
            await client.DisposeAsync();
        }

        await edge.CountedAsync(8, "edge_limits_hit_total", "limit=\"tls_handshakes\"");
    }

    private static async Task<int> LoadAsync(RunningEdge edge, bool reconnect, CancellationToken stop)
    {
        int served = 0;
        while (!stop.IsCancellationRequested)
        {
            await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
            do
            {
                Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
                served++;
            }
            while (!reconnect && !stop.IsCancellationRequested);
        }

        return served;
    }

    private static async Task<string> SubjectAsync(RunningEdge edge, string host)
    {
        SslClientAuthenticationOptions options = RawClient.AnyCertificate(host);
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy, options);
        return ((X509Certificate2)client.Tls!.RemoteCertificate!).Subject;
    }

    private static Task<RunningEdge> StartAsync(string kong, params (string, string)[] settings) =>
        RunningEdge.StartAsync(kong, [("KONG_PROXY_LISTEN", "127.0.0.1:0 ssl"), .. settings]);
}
