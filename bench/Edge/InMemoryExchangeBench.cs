using BenchmarkDotNet.Attributes;

namespace VoltageSoda.Edge.Bench.Edge;

/// <summary>
/// A whole exchange, all twelve steps of it, over pipes in memory: what is left of a request's cost without the kernel. The thousand
/// exchanges of an invocation run on the loop; the two thread switches around them are shared by all.
/// </summary>
[MemoryDiagnoser]
public class InMemoryExchangeBench
{
    private const int Exchanges = 1000;

    private const string Plugins = """
        plugins:
        - name: prometheus
          config: {status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true}
        - name: cors
          config: {origins: ["https://voltage-soda.com"], credentials: true}
        - name: request-transformer
          config: {remove: {headers: [X-Gone]}, add: {headers: ["X-Added:1"]}}
        - name: response-transformer
          config: {add: {headers: ["X-Powered-By:Voltage-Soda"]}, remove: {headers: [Server]}}
        - name: rate-limiting
          config: {minute: 1000000000, policy: local, limit_by: ip}
        - name: request-size-limiting
          config: {allowed_payload_size: 10}
        """;

    private MemoryEdge _edge = null!;

    [Params("none", "six")]
    public string With { get; set; } = "none";

    [GlobalSetup]
    public async Task Setup()
    {
        _edge = await MemoryEdge.StartAsync(With == "six" ? Plugins : "");
        _edge.RunOnce();
        string answer = _edge.LastAnswer;
        if (!answer.StartsWith("HTTP/1.1 200 OK\r\n", StringComparison.Ordinal)
            || !answer.Contains("\r\nVia: ", StringComparison.Ordinal)
            || answer.Contains("X-Powered-By: Voltage-Soda", StringComparison.Ordinal) != (With == "six")
            || answer.Length - answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4 != 1024)
        {
            throw new InvalidOperationException("The answer is wrong:\n" + answer);
        }
    }

    [GlobalCleanup]
    public async Task Cleanup() => await _edge.DisposeAsync();

    [Benchmark(OperationsPerInvoke = Exchanges)]
    public void Exchange() => _edge.Run(Exchanges);
}
