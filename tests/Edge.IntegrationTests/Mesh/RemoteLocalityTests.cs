using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>Endpoints of several places behind a Gateway listener, over real sockets.</summary>
public sealed class RemoteLocalityTests
{
    private const string Host = "app.test.svc.cluster.local";

    [Theory]
    [InlineData("retryRemoteLocalities: true, ", "near near far")]
    [InlineData("retryRemoteLocalities: true, retryIgnorePreviousHosts: false, ", "near near far")]
    [InlineData("", "near near near near")]
    public async Task Retries_ToRemoteLocalities_LeaveTheNearOnesAfterTwo(string more, string expected)
    {
        System.Collections.Concurrent.ConcurrentQueue<string> went = new();
        await using ScriptedUpstream near = Failing(went);
        await using ScriptedUpstream next = Failing(went);
        await using ScriptedUpstream far = ScriptedUpstream.Respond(_ =>
        {
            went.Enqueue("far");
            return ScriptedUpstream.Ok("far");
        });
        await using RunningMesh mesh = await RunningMesh.StartAsync(
            MeshText.Plain(
                MeshText.Route(Host, $"retries: {{attempts: 3, retryOn: \"503\", {more}backoff: 1ms}}"),
                MeshText.Rule(Host, "{outlierDetection: {consecutive5xxErrors: 0}}") + Service((near, "east/1"), (next, "east/1"), (far, "west/1"))),
            null,
            ("EDGE_LOCALITY", "east/1/a"));
        await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
        RawResponse response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
        Assert.Equal(expected, string.Join(' ', went));
        Assert.Equal(expected.EndsWith("far", StringComparison.Ordinal) ? 200 : 503, response.Status);
    }

    private static ScriptedUpstream Failing(System.Collections.Concurrent.ConcurrentQueue<string> went) => ScriptedUpstream.Respond(_ =>
    {
        went.Enqueue("near");
        return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    });

    private static string Service(params (ScriptedUpstream Endpoint, string Locality)[] endpoints) => $$"""
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: app, namespace: test}
        spec:
          hosts: [{{Host}}]
          resolution: STATIC
          ports: [{number: 80, name: http, protocol: HTTP}]
          endpoints:
        {{string.Join('\n', endpoints.Select(static one => $"  - {{address: 127.0.0.1, ports: {{http: {one.Endpoint.EndPoint.Port}}}, locality: {one.Locality}}}"))}}
        ---

        """;
}
