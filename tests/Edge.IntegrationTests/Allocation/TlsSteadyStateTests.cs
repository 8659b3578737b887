using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.IntegrationTests.Tls;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Allocation;

/// <summary>
/// What a loop thread allocates per exchange with TLS on both sides. Nothing of it is ours: the runtime keeps two suspended state machines per async
/// method and thread for reuse, and SslStream's reads that wait on more connections than that make new ones.
/// </summary>
[Collection("alone")]
public sealed class TlsSteadyStateTests
{
    private const int Exchanges = 4_000;

    [Theory]
    [InlineData(1, 8)]
    [InlineData(8, 1_200)]
    public async Task Forward_WarmKeepAlive_AllocatesNoMoreThanSslStream(int connections, int bytesPerExchange)
    {
        using TestAuthority authority = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            static _ => ScriptedUpstream.Ok("hello"), tls: authority.Issue(["127.0.0.1"]).ServerOptions());
        await using RunningEdge edge = await RunningEdge.StartAsync(
            TransferTests.Https(upstream),
            ("KONG_PROXY_LISTEN", "127.0.0.1:0 ssl"), ("EDGE_LIMIT_CONN_REQUESTS", "0"), ("KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS", "0"));
        RawClient[] clients = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => RawClient.ConnectTlsAsync(edge.Proxy)));
        await RunAsync(clients);
        long before = await AllocatedAsync(edge);
        await RunAsync(clients);
        double each = (await AllocatedAsync(edge) - before) / (double)Exchanges;
        Assert.True(each <= bytesPerExchange, $"{each} bytes per exchange over {connections} connections");
        foreach (RawClient client in clients)
        {
            await client.DisposeAsync();
        }
    }

    private static Task RunAsync(RawClient[] clients) => Task.WhenAll(clients.Select(async client =>
    {
        for (int i = 0; i < Exchanges / clients.Length; i++)
        {
            Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }
    }));

    private static async Task<long> AllocatedAsync(RunningEdge edge)
    {
        long sum = 0;
        foreach (EdgeWorker worker in edge.Host.Workers)
        {
            TaskCompletionSource<long> read = new(TaskCreationOptions.RunContinuationsAsynchronously);
            worker.Loop.Post(_ => read.SetResult(GC.GetAllocatedBytesForCurrentThread()), null);
            sum += await read.Task;
        }

        return sum;
    }
}
