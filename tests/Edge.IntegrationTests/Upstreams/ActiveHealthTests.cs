using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.IntegrationTests.Tls;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Upstreams;

public sealed class ActiveHealthTests
{
    [Fact]
    public async Task HttpProbes_FailAndRecover_TakeOutAndHeal()
    {
        int status = 200;
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(request =>
            PassiveHealthTests.Status(request.Target == "/ready" ? Volatile.Read(ref status) : 200));
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            """
            host_header: checked.example
            healthchecks:
              active:
                http_path: /ready
                headers: {X-Probe: [one, two]}
                healthy: {interval: 0.05, successes: 2}
                unhealthy: {interval: 0.05, http_failures: 2}
            """,
            [upstream.Address]));
        await SeenAsync(upstream, 2);
        UpstreamRequest probe = upstream.Requests.First();
        Assert.Equal("GET /ready HTTP/1.1", probe.StartLine);
        Assert.Equal("checked.example", probe.Header("Host"));
        Assert.Equal(["one", "two"], probe.Headers("X-Probe"));
        Assert.Equal("close", probe.Header("Connection"));
        Assert.StartsWith("lua-resty-healthcheck/", probe.Header("User-Agent"), StringComparison.Ordinal);
        Assert.Equal(TargetHealth.Healthy, PassiveHealthTests.State(edge, upstream.Address));

        Volatile.Write(ref status, 503);
        await BecomesAsync(edge, upstream.Address, TargetHealth.Unhealthy);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(503, (await client.ExchangeAsync(PassiveHealthTests.Get)).Status);

        Volatile.Write(ref status, 302);
        await BecomesAsync(edge, upstream.Address, TargetHealth.Healthy);
        Assert.Equal(200, (await client.ExchangeAsync(PassiveHealthTests.Get)).Status);
    }

    [Fact]
    public async Task TcpProbes_PortClosesAndOpens_TakeOutAndHeal()
    {
        ScriptedUpstream first = PassiveHealthTests.Answering(200, "a");
        int port = first.EndPoint.Port;
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "healthchecks: {active: {type: tcp, healthy: {interval: 0.05, successes: 1}, unhealthy: {interval: 0.05, tcp_failures: 2}}}", [first.Address]));
        string address = first.Address;
        await first.DisposeAsync();
        await BecomesAsync(edge, address, TargetHealth.Unhealthy);
        await using ScriptedUpstream second = ScriptedUpstream.Respond(_ => PassiveHealthTests.Status(200), port);
        await BecomesAsync(edge, address, TargetHealth.Healthy);
    }

    [Fact]
    public async Task SilentTargets_CountAsTimeouts()
    {
        await using ScriptedUpstream silent = ScriptedUpstream.Script(static peer => peer.ToEndAsync());
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "healthchecks: {active: {timeout: 0.05, healthy: {interval: 0.02}, unhealthy: {timeouts: 2}}}", [silent.Address]));
        await BecomesAsync(edge, silent.Address, TargetHealth.Unhealthy);
    }

    [Fact]
    public async Task AnswersThatAreNotHttp_CountAsBadStatuses()
    {
        await using ScriptedUpstream odd = ScriptedUpstream.Respond(static _ => "SSH-2.0-x\r\n");
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "healthchecks: {active: {healthy: {interval: 0.02}, unhealthy: {http_failures: 2}}}", [odd.Address]));
        await BecomesAsync(edge, odd.Address, TargetHealth.Unhealthy);
    }

    [Theory]
    [InlineData(false, TargetHealth.Healthy)]
    [InlineData(true, TargetHealth.Unhealthy)]
    public async Task HttpsProbes_VerifyAsConfigured(bool verify, TargetHealth wanted)
    {
        using X509Certificate2 certificate = SelfSigned();
        TaskCompletionSource<string> asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream secure = ScriptedUpstream.Script(async peer =>
        {
            await using SslStream stream = new(new NetworkStream(peer.Socket));
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateSelectionCallback = (_, name) =>
                {
                    asked.TrySetResult(name ?? "");
                    return certificate;
                },
            });
            await stream.ReadExactlyAsync(new byte[8]);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            $"healthchecks: {{active: {{type: https, https_sni: probe.example, https_verify_certificate: {(verify ? "true" : "false")}, healthy: {{interval: 0.02, successes: 1}}, unhealthy: {{interval: 0.02, tcp_failures: 1}}}}}}",
            [secure.Address]));
        if (wanted == TargetHealth.Healthy)
        {
            PassiveHealthTests.Health(edge).SetHealth("app.internal", secure.Address, null, healthy: false);
        }

        await BecomesAsync(edge, secure.Address, wanted);
        Assert.Equal("probe.example", await asked.Task);
    }

    [Fact]
    public async Task HttpsProbes_TrustTheRootsOfTheSettings_AndShowTheCertificateOfTheUpstream()
    {
        using TestAuthority authority = new();
        using Files files = new();
        TestCertificate mine = authority.Issue(["the-edge"]);
        SslServerAuthenticationOptions options = authority.Issue(["probe.example"]).ServerOptions();
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=the-edge";
        await using ScriptedUpstream secure = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"), tls: options);
        string certificates = "certificates:\n- id: 22222222-2222-4222-8222-222222222222\n  cert: "
            + $"{TestCertificate.Block(mine.Pem, 4)}\n  key: {TestCertificate.Block(mine.KeyPem, 4)}\n";
        await using RunningEdge edge = await RunningEdge.StartAsync(
            UpstreamDocument.Of(
                """
                client_certificate: 22222222-2222-4222-8222-222222222222
                healthchecks:
                  active: {type: https, https_sni: probe.example, healthy: {interval: 0.02, successes: 1}, unhealthy: {interval: 0.02, tcp_failures: 1}}
                """,
                [secure.Address],
                tail: certificates),
            ("KONG_LUA_SSL_TRUSTED_CERTIFICATE", files.Write("root.pem", authority.Pem)));
        PassiveHealthTests.Health(edge).SetHealth("app.internal", secure.Address, null, healthy: false);
        await BecomesAsync(edge, secure.Address, TargetHealth.Healthy);
    }

    [Fact]
    public async Task PassiveEjection_IsHealedByProbes()
    {
        int broken = 1;
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(request =>
            PassiveHealthTests.Status(request.Target == "/probe" || Volatile.Read(ref broken) == 0 ? 200 : 500));
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "healthchecks: {passive: {unhealthy: {http_failures: 1}}, active: {http_path: /probe, healthy: {successes: 1}, unhealthy: {interval: 0.05}}}",
            [upstream.Address]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(500, (await client.ExchangeAsync(PassiveHealthTests.Get)).Status);
        Volatile.Write(ref broken, 0);
        await BecomesAsync(edge, upstream.Address, TargetHealth.Healthy);
        Assert.Equal(200, (await client.ExchangeAsync(PassiveHealthTests.Get)).Status);
        Assert.Contains(upstream.Requests, static request => request.Target == "/probe");
    }

    [Fact]
    public async Task Reloads_DoNotPutProbesOff_AndRemovedTargetsAreLeftAlone()
    {
        await using ScriptedUpstream stays = PassiveHealthTests.Answering(200, "a");
        await using ScriptedUpstream goes = PassiveHealthTests.Answering(200, "b");
        const string Checks = "healthchecks: {active: {healthy: {interval: 0.2, successes: 1}, unhealthy: {http_failures: 1}}}";
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(Checks, [stays.Address, goes.Address]));
        await SeenAsync(stays, 1);
        int seen = stays.Requests.Count;
        for (int i = 0; stays.Requests.Count < seen + 3; i++)
        {
            await edge.ReloadAsync(UpstreamDocument.Of(Checks + $"\nslots: {1000 + (i % 100)}", [stays.Address]));
        }

        int last = goes.Requests.Count;
        await SeenAsync(stays, stays.Requests.Count + 3);
        Assert.Equal(last, goes.Requests.Count);
    }

    [Fact]
    public async Task Metrics_ShowStatesChangesAndProbes()
    {
        await using ScriptedUpstream bad = PassiveHealthTests.Answering(503, "a");
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "healthchecks: {active: {healthy: {interval: 0.02}, unhealthy: {http_failures: 1}}}", [bad.Address],
            tail: "plugins:\n- name: prometheus\n  config: {upstream_health_metrics: true}"));
        await BecomesAsync(edge, bad.Address, TargetHealth.Unhealthy);
        await using RawClient client = await RawClient.ConnectAsync(edge.Status);
        string text = (await client.ExchangeAsync("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).Body;
        Assert.Matches($"kong_upstream_target_health\\{{upstream=\"app.internal\",target=\"{bad.Address}\",address=\"{bad.Address}\",state=\"unhealthy\"[^}}]*\\}} 1", text);
        Assert.Contains("vse_upstream_health_changes_total{cluster=\"app.internal\",to=\"unhealthy\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("vse_upstream_probes_total{cluster=\"app.internal\",result=\"http_failure\"}", text, StringComparison.Ordinal);
    }

    private static Task BecomesAsync(RunningEdge edge, string target, TargetHealth wanted) =>
        Eventually.TrueAsync(() => PassiveHealthTests.State(edge, target) == wanted, $"{target} is {wanted}");

    private static Task SeenAsync(ScriptedUpstream upstream, int requests) =>
        upstream.UntilAsync(() => upstream.Requests.Count >= requests, $"{requests} requests have come");

    private static X509Certificate2 SelfSigned()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=probe.example", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
