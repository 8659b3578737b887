using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>Lines of the access log after real exchanges, and how Gateways behave while the process ends.</summary>
public sealed class GatewayLogTests
{
    private const string Host = "backend.test.svc.cluster.local";

    // The format of the Voltage Soda mesh.
    private const string Sample =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"";

    private const string Uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}";

    [Fact]
    public async Task Lines_SampleFormat_AreEnvoys()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        string rules = MeshText.Route(Host, "rewrite: {uri: /new}", "/old") + MeshText.Route("nowhere.test.svc.cluster.local", prefix: "/gone") + MeshText.Route(Host);
        string nowhere = MeshText.Service("nowhere.test.svc.cluster.local", 80);
        await using RunningMesh mesh = await RunningMesh.StartAsync(MeshText.Plain(rules, MeshText.Service(Host, 80, (upstream.EndPoint, "")) + nowhere, Sample));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        string agent = "agent/1 (" + new string('a', 2000) + ")";
        Assert.Equal(200, (await client.ExchangeAsync(
            $"POST /old/x?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: {agent}\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Length: 3\r\n\r\nabc")).Status);
        Assert.Equal(503, (await client.ExchangeAsync("GET /gone HTTP/1.1\r\nHost: example.com\r\n\r\n")).Status);
        Assert.Equal(404, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: other.org\r\nUser-Agent: say \"hi\"\r\n\r\n")).Status);
        IReadOnlyList<string> lines = await mesh.LinesAsync(3);
        const string Time = @"^\[20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] ";
        Assert.Matches(
            Time + $"\"POST /old/x\\?a=b HTTP/1\\.1\" 200 - 3 5 \\d+ \\d+ \"203\\.0\\.113\\.9,127\\.0\\.0\\.1\" \"agent/1 \\(a{{2000}}\\)\" \"{Uuid}\" \"example\\.com\" \"{upstream.Address}\"$",
            lines[0].Replace("203.0.113.9, 127", "203.0.113.9,127", StringComparison.Ordinal));
        Assert.Matches(Time + $"\"GET /gone HTTP/1\\.1\" 503 UH 0 19 \\d+ - \"127\\.0\\.0\\.1\" \"-\" \"{Uuid}\" \"example\\.com\" \"-\"$", lines[1]);
        Assert.Matches(Time + $"\"GET / HTTP/1\\.1\" 404 NR 0 0 \\d+ - \"127\\.0\\.0\\.1\" \"say \\\\x22hi\\\\x22\" \"{Uuid}\" \"other\\.org\" \"-\"$", lines[2]);
    }

    [Fact]
    public async Task Drain_Announced_GatewaysServeAndSendClientsAway()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("hello"));
        await using RunningAdmin edge = await RunningAdmin.StartAsync(upstream.EndPoint);
        using CancellationTokenSource now = new();
        Task<int> draining = edge.Mesh.Edge.Host.DrainAsync(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10), "test", now.Token);
        Assert.Equal(503, await edge.HealthAsync("/healthz/ready"));
        Assert.Equal((503, "DRAINING\n"), await edge.SendAsync(HttpMethod.Get, "/ready"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal((200, "close"), (response.Status, response.Header("connection")));
        Assert.False(draining.IsCompleted);
        await now.CancelAsync();
        Assert.Equal(0, await draining);
    }
}
