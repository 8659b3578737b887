using System.Net;
using System.Text;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>
/// What is tried again and what is not: every condition against every way an upstream can fail, with the tries made, the answer and its flags. One edge
/// serves all rows, each at a path and an upstream of its own.
/// </summary>
public sealed class RetryTableTests
{
    private const string Refused = "{remote_connection_failure|delayed_connect_error:_Connection_refused}";

    // What the rule says of retries, what the upstream does, and what is logged: status, flags, details, tries.
    private static readonly (string Retries, string Upstream, string Expected)[] Rows =
    [
        ("5xx", "500", "500 URX via_upstream 3"),
        ("5xx", "503", "503 URX via_upstream 3"),
        ("5xx", "599", "599 URX via_upstream 3"),
        ("5xx", "404", "404 - via_upstream 1"),
        ("5xx", "200", "200 - via_upstream 1"),
        ("5xx", "close", "503 URX,UC upstream_reset_before_response_started{connection_termination} 3"),
        ("5xx", "reset", "503 URX,UC upstream_reset_before_response_started{connection_termination} 3"),
        ("5xx", "refuse", $"503 UF,URX upstream_reset_before_response_started{Refused} 3"),
        ("5xx", "silence", "504 URX,UT upstream_per_try_timeout 3"),
        ("5xx", "garbage", "502 URX,UPE upstream_reset_before_response_started{protocol_error} 3"),
        ("5xx", "half a head", "503 URX,UC upstream_reset_before_response_started{connection_termination} 3"),
        ("gateway-error", "500", "500 - via_upstream 1"),
        ("gateway-error", "502", "502 URX via_upstream 3"),
        ("gateway-error", "503", "503 URX via_upstream 3"),
        ("gateway-error", "504", "504 URX via_upstream 3"),
        ("gateway-error", "505", "505 - via_upstream 1"),
        ("gateway-error", "close", "503 URX,UC upstream_reset_before_response_started{connection_termination} 3"),
        ("gateway-error", "silence", "504 URX,UT upstream_per_try_timeout 3"),
        ("reset", "503", "503 - via_upstream 1"),
        ("reset", "close", "503 URX,UC upstream_reset_before_response_started{connection_termination} 3"),
        ("reset", "reset", "503 URX,UC upstream_reset_before_response_started{connection_termination} 3"),
        ("reset", "refuse", $"503 UF,URX upstream_reset_before_response_started{Refused} 3"),
        ("reset", "silence", "504 URX,UT upstream_per_try_timeout 3"),
        ("reset-before-request", "refuse", $"503 UF,URX upstream_reset_before_response_started{Refused} 3"),
        ("reset-before-request", "close", "503 UC upstream_reset_before_response_started{connection_termination} 1"),
        ("reset-before-request", "silence", "504 UT upstream_per_try_timeout 1"),
        ("connect-failure", "refuse", $"503 UF,URX upstream_reset_before_response_started{Refused} 3"),
        ("connect-failure", "close", "503 UC upstream_reset_before_response_started{connection_termination} 1"),
        ("connect-failure", "reset", "503 UC upstream_reset_before_response_started{connection_termination} 1"),
        ("connect-failure", "silence", "504 UT upstream_per_try_timeout 1"),
        ("connect-failure", "503", "503 - via_upstream 1"),
        ("refused-stream", "close", "503 UC upstream_reset_before_response_started{connection_termination} 1"),
        ("refused-stream", "refuse", $"503 UF upstream_reset_before_response_started{Refused} 1"),
        ("retriable-4xx", "409", "409 URX via_upstream 3"),
        ("retriable-4xx", "404", "404 - via_upstream 1"),
        ("retriable-4xx", "429", "429 - via_upstream 1"),
        ("503", "503", "503 URX via_upstream 3"),
        ("503", "502", "502 - via_upstream 1"),
        ("503", "close", "503 UC upstream_reset_before_response_started{connection_termination} 1"),
        ("503", "silence", "504 UT upstream_per_try_timeout 1"),
        ("418, 204 ,", "418", "418 URX via_upstream 3"),
        ("418, 204 ,", "204", "204 URX via_upstream 3"),
        ("599", "599", "599 - via_upstream 1"),
        ("retriable-status-codes", "503", "503 - via_upstream 1"),
        ("retriable-headers", "503 with x-retry", "503 - via_upstream 1"),
        ("http3-post-connect-failure", "refuse", $"503 UF upstream_reset_before_response_started{Refused} 1"),
        ("envoy-ratelimited", "429 with x-envoy-ratelimited", "429 URX via_upstream 3"),
        ("envoy-ratelimited", "429", "429 - via_upstream 1"),
        ("5xx", "503 with x-envoy-ratelimited", "503 - via_upstream 1"),
        ("429", "429 with x-envoy-ratelimited", "429 - via_upstream 1"),
        ("cancelled", "grpc 1", "200 URX via_upstream 3"),
        ("deadline-exceeded", "grpc 4", "200 URX via_upstream 3"),
        ("resource-exhausted", "grpc 8", "200 URX via_upstream 3"),
        ("internal", "grpc 13", "200 URX via_upstream 3"),
        ("unavailable", "grpc 14", "200 URX via_upstream 3"),
        ("unavailable", "grpc 13", "200 - via_upstream 1"),
        ("unavailable", "grpc 14 at the end", "200 - via_upstream 1"),
        ("connect-failure,refused-stream,unavailable,cancelled,503", "503", "503 URX via_upstream 3"),
        ("connect-failure,refused-stream,unavailable,cancelled,503", "silence", "504 UT upstream_per_try_timeout 1"),
        ("connect-failure,refused-stream,unavailable,cancelled,503", "reset", "503 UC upstream_reset_before_response_started{connection_termination} 1"),
        (" reset , bogus ,, 5xx ", "500", "500 URX via_upstream 3"),
        ("5XX", "500", "500 - via_upstream 1"),
        ("bogus", "500", "500 - via_upstream 1"),
        ("", "refuse", $"503 UF,URX upstream_reset_before_response_started{Refused} 3"),
        ("", "503", "503 - via_upstream 1"),
        ("", "grpc 14", "200 URX via_upstream 3"),
        ("", "grpc 1", "200 URX via_upstream 3"),
        ("", "grpc 13", "200 - via_upstream 1"),
        ("", "close", "503 UC upstream_reset_before_response_started{connection_termination} 1"),
        ("none", "refuse", $"503 UF upstream_reset_before_response_started{Refused} 1"),
        ("none", "503", "503 - via_upstream 1"),
        ("absent", "refuse", $"503 UF,URX upstream_reset_before_response_started{Refused} 3"),
        ("absent", "503", "503 - via_upstream 1"),
        ("absent", "grpc 14", "200 URX via_upstream 3"),
    ];

    [Fact]
    public async Task Every_ConditionAndFailure()
    {
        List<ScriptedUpstream> upstreams = [];
        StringBuilder routes = new();
        StringBuilder services = new();
        for (int i = 0; i < Rows.Length; i++)
        {
            string behaviour = Rows[i].Upstream;
            ScriptedUpstream upstream = ScriptedUpstream.Script(peer => BehaveAsync(peer, behaviour));
            upstreams.Add(upstream);
            IPEndPoint address = upstream.EndPoint;
            if (behaviour == "refuse")
            {
                await upstream.DisposeAsync();
            }

            string host = $"r{i}.test.svc.cluster.local";
            routes.Append(MeshText.Route(host, Rule(Rows[i].Retries, behaviour == "silence"), $"/{i}/"));
            services.Append(MeshText.Service(host, 80, (address, "")));
        }

        await using RunningMesh mesh = await RunningMesh.StartAsync(MeshText.Plain(
            routes.ToString(), services.ToString(), "%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%"));
        await Task.WhenAll(Enumerable.Range(0, Rows.Length).Select(async i =>
        {
            await using RawClient client = await RawClient.ConnectAsync(mesh.EndPoint(80));
            await client.ExchangeAsync($"POST /{i}/ HTTP/1.1\r\nHost: example.com\r\nContent-Length: 3\r\n\r\nabc");
        }));

        Dictionary<string, string> lines = (await mesh.LinesAsync(Rows.Length)).Select(static line => line.Split(' ', 2)).ToDictionary(static line => line[0], static line => line[1]);
        Assert.Equal(
            Rows.Select(static (row, _) => $"{row.Retries} | {row.Upstream} | {row.Expected}"),
            Rows.Select((row, i) => $"{row.Retries} | {row.Upstream} | {lines[$"/{i}/"]}"));
        for (int i = 0; i < Rows.Length; i++)
        {
            if (Rows[i].Upstream != "refuse")
            {
                Assert.Equal($"{i}: {Rows[i].Expected[^1]}", $"{i}: {upstreams[i].Connections}");
            }

            await upstreams[i].DisposeAsync();
        }
    }

    private static string Rule(string retries, bool isTimed) => retries switch
    {
        "absent" => "",
        "none" => "retries: {attempts: 0}",
        "" => "retries: {attempts: 2, backoff: 1ms}",
        _ => $"retries: {{attempts: 2, backoff: 1ms, retryOn: \"{retries}\"{(isTimed ? ", perTryTimeout: 100ms" : "")}}}",
    };

    // One request per connection, so that connections are tries.
    private static async Task BehaveAsync(UpstreamPeer peer, string behaviour)
    {
        UpstreamRequest? request = await peer.RequestAsync();
        Assert.Equal("abc", request?.Body);
        string[] words = behaviour.Split(' ');
        switch (words[0])
        {
            case "close":
                return;
            case "reset":
                peer.Reset();
                return;
            case "silence":
                await peer.ToEndAsync();
                return;
            case "garbage":
                await peer.SendAsync("what is this\r\n\r\n");
                return;
            case "half":
                await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Le");
                return;
            case "grpc" when words.Length > 2:
                await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\ngrpc-status: {words[1]}\r\n\r\n");
                return;
            case "grpc":
                await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\ngrpc-status: {words[1]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return;
            default:
                string field = words.Length == 3 ? words[2] + ": true\r\n" : "";
                await peer.SendAsync($"HTTP/1.1 {words[0]} X\r\n{field}{(words[0] == "204" ? "" : "Content-Length: 0\r\n")}Connection: close\r\n\r\n");
                return;
        }
    }
}
