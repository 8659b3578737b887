using System.Net;
using System.Net.Sockets;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.IntegrationTests.Upstreams;

public sealed class PassiveHealthTests
{
    private const string Three = "healthchecks:\n  passive:\n    unhealthy: {http_failures: 3}\n    healthy: {successes: 1}";

    [Fact]
    public async Task Statuses_AtTheLimit_TakeTheTargetOut()
    {
        await using ScriptedUpstream good = Answering(200, "good");
        await using ScriptedUpstream bad = Answering(500, "bad");
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(Three, [good.Address, bad.Address]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        int failures = 0;
        for (int i = 0; i < 20; i++)
        {
            failures += (await client.ExchangeAsync(Get)).Status == 500 ? 1 : 0;
        }

        Assert.Equal(3, failures);
        Assert.Equal(TargetHealth.Unhealthy, State(edge, bad.Address));
        Assert.Equal(TargetHealth.Healthy, State(edge, good.Address));
        UpstreamHealthView view = Health(edge).Find("app.internal")!;
        Assert.Equal((TargetHealth.Healthy, new WeightTotals(200, 100, 100)), (view.Health, view.Weight));
    }

    [Fact]
    public async Task Statuses_SuccessBetween_StartsAgain()
    {
        int count = 0;
        await using ScriptedUpstream flaky = ScriptedUpstream.Respond(_ => Status(++count % 3 == 0 ? 200 : 500));
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(Three, [flaky.Address]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 12; i++)
        {
            await client.ExchangeAsync(Get);
        }

        Assert.Equal(TargetHealth.Healthy, State(edge, flaky.Address));
    }

    [Fact]
    public async Task AllTargetsOut_Is503OfTheBalancer()
    {
        await using ScriptedUpstream bad = Answering(500, "bad");
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(Three, [bad.Address]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(500, (await client.ExchangeAsync(Get)).Status);
        }

        RawResponse response = await client.ExchangeAsync(Get);
        Assert.Equal(503, response.Status);
        Assert.Contains("failure to get a peer from the ring-balancer", response.Body, StringComparison.Ordinal);
        Assert.Equal(3, bad.Requests.Count);
        Assert.Equal(TargetHealth.Unhealthy, Health(edge).Find("app.internal")!.Health);
    }

    [Fact]
    public async Task RefusedConnections_CountAsTcpFailures_AndIdempotentRequestsGoElsewhere()
    {
        await using ScriptedUpstream good = Answering(200, "good");
        using ReservedPort nobody = ReservedPort.Take();
        string dead = nobody.Address;
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "healthchecks: {passive: {unhealthy: {tcp_failures: 2}}}", [dead, good.Address], service: "retries: 1"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        }

        Assert.Equal(TargetHealth.Unhealthy, State(edge, dead));
    }

    [Fact]
    public async Task SilenceAndGatewayTimeouts_CountAsTimeouts()
    {
        int count = 0;
        await using ScriptedUpstream slow = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is not null)
            {
                if (++count > 1)
                {
                    await peer.ToEndAsync();
                    return;
                }

                await peer.SendAsync(Status(504));
            }
        });
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            "healthchecks: {passive: {unhealthy: {timeouts: 2, http_failures: 1, http_statuses: [504]}}}", [slow.Address],
            service: "retries: 0\nread_timeout: 100"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(504, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(TargetHealth.Healthy, State(edge, slow.Address));
        Assert.Equal(504, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(TargetHealth.Unhealthy, State(edge, slow.Address));
    }

    [Theory]
    [InlineData(49.9, 200)]
    [InlineData(50, 503)]
    public async Task Threshold_MustBeExceeded(double threshold, int status)
    {
        await using ScriptedUpstream good = Answering(200, "good");
        await using ScriptedUpstream other = Answering(200, "other");
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            FormattableString.Invariant($"healthchecks:\n  passive: {{unhealthy: {{http_failures: 1}}}}\n  threshold: {threshold}"), [good.Address, other.Address]));
        Assert.Equal(HealthSwitch.Done, Health(edge).SetHealth("app.internal", other.Address, null, healthy: false));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(status, (await client.ExchangeAsync(Get)).Status);
        Assert.Equal(status == 200 ? TargetHealth.Healthy : TargetHealth.Unhealthy, Health(edge).Find("app.internal")!.Health);
        Health(edge).SetHealth("app.internal", other.Address, null, healthy: true);
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task Threshold100_NeverServes()
    {
        await using ScriptedUpstream good = Answering(200, "good");
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of("healthchecks: {threshold: 100}", [good.Address]));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(503, (await client.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task Reload_KeepsHealthOfUnchangedTargets()
    {
        await using ScriptedUpstream good = Answering(200, "good");
        await using ScriptedUpstream bad = Answering(500, "bad");
        string document = UpstreamDocument.Of(Three, [good.Address, bad.Address]);
        await using RunningEdge edge = await RunningEdge.StartAsync(document);
        Health(edge).SetHealth("app.internal", bad.Address, null, healthy: false);
        await edge.ReloadAsync(document + "\ntags: []\n".Replace("tags: []", "_comment: changed"));
        Assert.Equal(TargetHealth.Unhealthy, State(edge, bad.Address));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
        }

        // Without checks nothing is out.
        await edge.ReloadAsync(UpstreamDocument.Of("", [good.Address, bad.Address]));
        Assert.Equal(TargetHealth.HealthchecksOff, State(edge, bad.Address));
        Assert.Contains(500, new[] { (await client.ExchangeAsync(Get)).Status, (await client.ExchangeAsync(Get)).Status });
    }

    [Fact]
    public async Task Upstream_ReachedInTheClearAndSecured_IsOneToItsOperator()
    {
        await using ScriptedUpstream plain = Answering(200, "a");
        await using RunningEdge edge = await RunningEdge.StartAsync($"""
            _format_version: "3.0"
            services:
            - name: plain
              url: http://app.internal
              retries: 0
              routes:
              - {"{"}name: plain, paths: ["/plain"]{"}"}
            - name: secured
              url: https://app.internal
              retries: 0
              connect_timeout: 300
              routes:
              - {"{"}name: secured, paths: ["/secured"]{"}"}
            upstreams:
            - name: app.internal
              healthchecks: {"{"}passive: {"{"}unhealthy: {"{"}tcp_failures: 1, timeouts: 1{"}"}{"}"}{"}"}
              targets:
              - target: {plain.Address}
            """);
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        Assert.Equal(200, await AskAsync("/plain"));
        Assert.Single(Health(edge).Upstreams());
        Assert.Single(edge.Host.EdgeState.UpstreamHealth());
        Assert.Equal(TargetHealth.Healthy, State(edge, plain.Address));

        Assert.Equal(HealthSwitch.Done, Health(edge).SetHealth("app.internal", plain.Address, null, healthy: false));
        Assert.Equal((503, 503), (await AskAsync("/plain"), await AskAsync("/secured")));
        Assert.Equal(HealthSwitch.Done, Health(edge).SetHealth("app.internal", plain.Address, null, healthy: true));
        Assert.Equal(200, await AskAsync("/plain"));

        // Unhealthy over one kind of connection is shown, and holds for that kind.
        Assert.True(await AskAsync("/secured") is 502 or 504);
        Assert.Equal(TargetHealth.Unhealthy, State(edge, plain.Address));
        Assert.False(Health(edge).Find("app.internal")!.IsServing);
        Assert.Equal((200, 503), (await AskAsync("/plain"), await AskAsync("/secured")));

        async Task<int> AskAsync(string path) => (await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).Status;
    }

    [Fact]
    public async Task SetHealth_UnknownNames_AreTold()
    {
        await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of(
            Three, ["{target: \"127.0.0.1:8000\"}"], tail: "- name: off.internal\n  targets:\n  - target: 127.0.0.1:9\n- name: empty.internal\n  healthchecks: {threshold: 1}"));
        IUpstreamHealth health = Health(edge);
        Assert.Equal(HealthSwitch.UnknownUpstream, health.SetHealth("nope", "127.0.0.1", null, true));
        Assert.Equal(HealthSwitch.UnknownTarget, health.SetHealth("app.internal", "nope:1", null, true));
        Assert.Equal(HealthSwitch.UnknownAddress, health.SetHealth("app.internal", "127.0.0.1", "10.0.0.1:1", true));
        Assert.Equal(HealthSwitch.ChecksOff, health.SetHealth("off.internal", "127.0.0.1:9", null, true));
        UpstreamHealthView view = health.Find("app.internal")!;
        Assert.Equal(HealthSwitch.Done, health.SetHealth(view.Id.ToString(), view.Targets[0].Id.ToString(), "127.0.0.1:8000", false));
        Assert.Equal(TargetHealth.Unhealthy, State(edge, "127.0.0.1:8000"));
        Assert.Equal(["app.internal", "off.internal", "empty.internal"], health.Upstreams().Select(static one => one.Name));
        Assert.False(health.Find("empty.internal")!.IsServing);
    }

    [Fact]
    public async Task NoTarget_OrNoWeight_Is503OfTheBalancer()
    {
        foreach (string[] targets in (string[][])[[], ["{target: \"127.0.0.1:9\", weight: 0}"], ["nowhere.invalid:80"]])
        {
            await using RunningEdge edge = await RunningEdge.StartAsync(UpstreamDocument.Of("slots: 100", targets).Replace("  targets:\n\n", "  targets: []\n"));
            await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
            RawResponse response = await client.ExchangeAsync(Get);
            Assert.Equal(503, response.Status);
            Assert.Contains("failure to get a peer from the ring-balancer", response.Body, StringComparison.Ordinal);
        }
    }

    internal const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    internal static ScriptedUpstream Answering(int status, string body) => ScriptedUpstream.Respond(_ => Status(status, body));

    internal static string Status(int status, string body = "x") => $"HTTP/1.1 {status} X\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    internal static IUpstreamHealth Health(RunningEdge edge) => edge.Host.EdgeState.Upstreams;

    internal static TargetHealth State(RunningEdge edge, string target) =>
        Health(edge).Find("app.internal")!.Targets.Single(one => one.Target == target).Health;
}
