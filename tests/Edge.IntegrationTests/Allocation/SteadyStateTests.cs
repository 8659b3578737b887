using System.Net.Sockets;
using System.Text;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.IntegrationTests.Mesh;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.Tracing;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.IntegrationTests.Allocation;

/// <summary>Counts what a loop thread allocates over many exchanges on real sockets, the wait for the upstream included.</summary>
[Collection("alone")]
public sealed class SteadyStateTests
{
    private const int Connections = 8;
    private const int Exchanges = 100_000;

    [Fact]
    public async Task Forward_WarmKeepAlive_AllocatesNothing()
    {
        const string Plugins = """
            plugins:
            - name: prometheus
              config: {status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true, per_consumer: true}
            - name: http-log
              config: {http_endpoint: "http://127.0.0.1:1", queue: {max_entries: 100, max_batch_size: 10}}
            - name: cors
              config: {origins: ["https://voltage-soda.com", "https://www.voltage-soda.com"], credentials: true}
            - name: request-transformer
              config: {remove: {headers: [X-Gone]}, add: {headers: ["X-Added:1"]}}
            - name: response-transformer
              config: {add: {headers: ["X-Powered-By:Voltage-Soda"]}, remove: {headers: [Server]}}
            - name: rate-limiting
              config: {minute: 100000000, policy: local, limit_by: ip}
            - name: token-bucket
              config: {rate: 1000000, burst: 1000000, limit_by: ip}
            - name: request-size-limiting
              config: {allowed_payload_size: 10}
            """;
        using FixedOrigin origin = new();
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(origin.Address, tail: Plugins), ("EDGE_LIMIT_CONN_REQUESTS", "0"), ("KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS", "0"));
        using FixedClient client = new(edge.Proxy, Connections);
        // Warm: pools, buffers, tiers of the JIT.
        client.Run(Exchanges / 2);
        long before = await AllocatedAsync(edge);
        client.Run(Exchanges);
        long allocated = await AllocatedAsync(edge) - before;
        Assert.True(allocated < 4096, $"{allocated} bytes over {Exchanges} exchanges");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public async Task Trace_WarmKeepAlive_AllocatesNothing(string ratio)
    {
        // The collector refuses connections: spans wait, are dropped, and come back to where they were rented.
        string plugins = $$"""
            plugins:
            - name: zipkin
              config:
                http_endpoint: http://127.0.0.1:9/api/v2/spans
                sample_ratio: {{ratio}}
                header_type: w3c
                http_response_header_for_traceid: X-Trace
                static_tags: [{name: a, value: b}]
                header_tag: http.request.headers.user-agent
                queue: {max_entries: 1000}
            """;
        using FixedOrigin origin = new();
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(origin.Address, tail: plugins), ("EDGE_LIMIT_CONN_REQUESTS", "0"), ("KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS", "0"));
        using FixedClient client = new(edge.Proxy, Connections);
        client.Run(Exchanges / 2);
        LoopSpans spans = edge.Host.Workers[0].Spans!;
        int records = spans.Made;
        long before = await AllocatedAsync(edge);
        client.Run(Exchanges / 2);
        long allocated = await AllocatedAsync(edge) - before;

        // A pump that falls behind makes the loop add records to its pool; each is made once, and there is an end to them.
        int added = spans.Made - records;
        Assert.True(allocated < 4096 + (added * 4608), $"{allocated} bytes over {Exchanges / 2} exchanges, {added} records");
        Assert.Equal(ratio == "0", spans.Made == 0);
    }

    [Theory]
    [InlineData("algorithm: latency")]
    [InlineData("algorithm: least-connections")]
    [InlineData("hash_on: cookie, hash_on_cookie: sid")]
    [InlineData("hash_on: consumer, hash_fallback: query_arg, hash_fallback_query_arg: a")]
    [InlineData("hash_on: path")]
    public async Task Balance_WarmKeepAlive_AllocatesNothing(string balancing)
    {
        using FixedOrigin one = new();
        using FixedOrigin two = new();
        string document = KongText.Single([one.Address, two.Address]).Replace(
            "- name: app.internal",
            $"- {{name: app.internal, {balancing}, healthchecks: {{passive: {{unhealthy: {{http_failures: 3, tcp_failures: 3}}}}, active: {{healthy: {{interval: 1}}}}}}, targets: [{{target: '{one.Address}'}}, {{target: '{two.Address}'}}]}}",
            StringComparison.Ordinal);
        document = document[..document.LastIndexOf("  targets:\n", StringComparison.Ordinal)];
        await using RunningEdge edge = await RunningEdge.StartAsync(
            document, ("EDGE_LIMIT_CONN_REQUESTS", "0"), ("KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS", "0"));
        using FixedClient client = new(edge.Proxy, Connections);
        client.Run(Exchanges / 4);
        ClusterMetrics metrics = edge.Host.Metrics.Cluster("app.internal");
        long opened = metrics.TotalOpened;
        long before = await AllocatedAsync(edge);
        client.Run(Exchanges / 4);
        long allocated = await AllocatedAsync(edge) - before;

        // Chance may send more at once to one endpoint than ever before: a connection is made for that, and kept.
        opened = metrics.TotalOpened - opened;
        Assert.True(opened < Connections && allocated < 4096 + (opened * 65_536), $"{allocated} bytes over {Exchanges / 4} exchanges, {opened} connections");
    }

    [Fact]
    public async Task Mesh_WarmKeepAlive_AllocatesNothing()
    {
        using FixedOrigin origin = new();
        Assert.True(OperatorText.TryParse("%DOWNSTREAM_REMOTE_ADDRESS% %REQ(USER-AGENT)%", out OperatorText? value, out _));
        HeaderMutations changes = HeaderMutations.Of(new HeaderLevel { Set = [new FieldValue("x-set", value)], Remove = ["x-gone"] });
        EnvoyCorsPolicy cors = new(new EnvoyCorsOptions { AllowOrigins = [TextMatch.Exact("https://voltage-soda.com")], AllowCredentials = true });
        await using HandMadeMesh mesh = await HandMadeMesh.StartAsync(
            made =>
            [
                HandMadeMesh.Route(
                    made.Cluster("outbound|80||origin", System.Net.IPEndPoint.Parse(origin.Address)),
                    timeout: 5000,
                    retry: new RetrySettings { Span = default, Attempts = 2, PerTryTimeout = TimeSpan.FromSeconds(2) },
                    fault: new FaultPolicy { DelayShare = PerMillion.None, Delay = TimeSpan.FromSeconds(1) },
                    cors: cors,
                    rewrite: UriRewrite.Replace(TextMatch.Prefix("/"), "/inner/"),
                    request: changes,
                    response: changes),
            ],
            ("EDGE_LIMIT_CONN_REQUESTS", "0"), ("KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS", "0"));
        using FixedClient client = new(mesh.EndPoint, Connections);
        client.Run(Exchanges / 2);
        long before = await AllocatedAsync(mesh.Edge);
        client.Run(Exchanges);
        long allocated = await AllocatedAsync(mesh.Edge) - before;
        Assert.True(allocated < 4096, $"{allocated} bytes over {Exchanges} exchanges");
    }

    [Fact]
    public async Task MeshDocuments_CountedAndLogged_AllocatesNothing()
    {
        const string Host = "backend.test.svc.cluster.local";
        const string Telemetry = """
            apiVersion: telemetry.istio.io/v1
            kind: Telemetry
            metadata: {name: labels, namespace: istio-system}
            spec:
              metrics:
              - overrides:
                - match: {metric: ALL_METRICS}
                  tagOverrides: {host: {value: "request.host"}, agent: {value: "request.headers['user-agent']"}, source_app: {operation: REMOVE}}
                - match: {metric: REQUEST_COUNT}
                  tagOverrides: {code: {value: "string(response.code) + '!'"}}
            ---

            """;
        using FixedOrigin origin = new();
        string documents = MeshText.Plain(
            MeshText.Route(Host),
            MeshText.Service(Host, 80, (System.Net.IPEndPoint.Parse(origin.Address), "app: backend, version: v1"))
                + MeshText.Rule(Host, "{outlierDetection: {consecutive5xxErrors: 5}}") + Telemetry);
        await using RunningMesh mesh = await RunningMesh.StartAsync(documents, null, ("EDGE_LIMIT_CONN_REQUESTS", "0"));
        using FixedClient client = new(mesh.EndPoint(80), Connections);
        client.Run(Exchanges / 2);
        long before = await AllocatedAsync(mesh.Edge);
        client.Run(Exchanges / 2);
        long allocated = await AllocatedAsync(mesh.Edge) - before;
        Assert.True(allocated < 4096, $"{allocated} bytes over {Exchanges / 2} exchanges");
        Assert.Equal(Exchanges, mesh.Edge.Host.Metrics.Mesh.Read(VoltageSoda.Edge.Telemetry.MeshMetrics.MeshMetric.Requests).Values.Sum(static row => row[0]));
    }

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

    /// <summary>Answers every request head with the same response, on threads of its own.</summary>
    private sealed class FixedOrigin : IDisposable
    {
        private static readonly byte[] Answer = Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n" + new string('x', 1024));

        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public FixedOrigin()
        {
            _listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
            _listener.Listen(64);
            new Thread(Accept) { IsBackground = true }.Start();
        }

        public string Address => _listener.LocalEndPoint!.ToString()!;

        public void Dispose() => _listener.Dispose();

        private void Accept()
        {
            try
            {
                while (true)
                {
                    Socket socket = _listener.Accept();
                    socket.NoDelay = true;
                    new Thread(() => Serve(socket)) { IsBackground = true }.Start();
                }
            }
            catch (SocketException)
            {
                // Disposed.
            }
        }

        private static void Serve(Socket socket)
        {
            byte[] buffer = new byte[16 * 1024];
            int held = 0;
            try
            {
                while (true)
                {
                    int read = socket.Receive(buffer.AsSpan(held));
                    if (read == 0)
                    {
                        return;
                    }

                    held += read;
                    int end;
                    while ((end = buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8)) >= 0)
                    {
                        buffer.AsSpan(end + 4, held - end - 4).CopyTo(buffer);
                        held -= end + 4;
                        socket.Send(Answer);
                    }
                }
            }
            catch (SocketException)
            {
                // The edge closed.
            }
            finally
            {
                socket.Dispose();
            }
        }
    }

    /// <summary>Keeps one request in flight on each of its connections.</summary>
    private sealed class FixedClient : IDisposable
    {
        private static readonly byte[] Request = Encoding.ASCII.GetBytes(
            "GET /index.html?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\nOrigin: https://voltage-soda.com\r\nX-Gone: 1\r\n\r\n");

        private readonly Socket[] _sockets;

        public FixedClient(System.Net.IPEndPoint edge, int connections)
        {
            _sockets = new Socket[connections];
            for (int i = 0; i < connections; i++)
            {
                _sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                _sockets[i].Connect(edge);
            }
        }

        public void Run(int exchanges)
        {
            byte[] buffer = new byte[32 * 1024];
            for (int done = 0; done < exchanges; done += _sockets.Length)
            {
                foreach (Socket socket in _sockets)
                {
                    socket.Send(Request);
                }

                foreach (Socket socket in _sockets)
                {
                    Receive(socket, buffer);
                }
            }
        }

        public void Dispose()
        {
            foreach (Socket socket in _sockets)
            {
                socket.Dispose();
            }
        }

        private static void Receive(Socket socket, byte[] buffer)
        {
            int held = 0;
            while (true)
            {
                int read = socket.Receive(buffer.AsSpan(held));
                Assert.NotEqual(0, read);
                held += read;
                int end = buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8);
                if (end >= 0 && held >= end + 4 + 1024)
                {
                    Assert.True(buffer.AsSpan(0, 12).SequenceEqual("HTTP/1.1 200"u8));
                    Assert.Equal(end + 4 + 1024, held);
                    return;
                }
            }
        }
    }
}

/// <summary>Tests that must not share the machine with others of this assembly.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
