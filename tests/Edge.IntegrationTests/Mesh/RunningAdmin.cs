using System.Net;
using System.Net.Sockets;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>An edge that forwards everything to one endpoint, with Envoy's administration and Istio's health and metrics beside it.</summary>
internal sealed class RunningAdmin : IAsyncDisposable
{
    private const string Host = "backend.test.svc.cluster.local";

    private readonly HttpClient _http = new();
    private readonly int _admin;
    private readonly int _status;
    private readonly int _stats;
    private readonly RawClient _client;

    private RunningAdmin(RunningMesh mesh, RawClient client, (int Admin, int Status, int Stats) ports)
    {
        Mesh = mesh;
        _client = client;
        (_admin, _status, _stats) = ports;
    }

    public RunningMesh Mesh { get; }

    /// <summary>Where the Gateway is bound.</summary>
    public int Port => Mesh.EndPoint(80).Port;

    public static async Task<RunningAdmin> StartAsync(IPEndPoint endpoint, string rule = "", string more = "", string labels = "", string meshConfig = "", params (string Name, string Value)[] settings)
    {
        string documents = MeshText.Plain(MeshText.Route(Host, rule), MeshText.Service(Host, 80, (endpoint, labels)) + more)
            .Replace("    accessLogFile:", $"{(meshConfig.Length == 0 ? "" : $"    {meshConfig}\n")}    accessLogFile:", StringComparison.Ordinal);
        for (int attempt = 0; ; attempt++)
        {
            (int Admin, int Status, int Stats) ports = (FreePort(), FreePort(), FreePort());
            try
            {
                RunningMesh mesh = await RunningMesh.StartAsync(
                    documents,
                    null,
                    [("EDGE_ADMIN_PORT", $"{ports.Admin}"), ("EDGE_STATUS_PORT", $"{ports.Status}"), ("EDGE_STATS_PORT", $"{ports.Stats}"), .. settings]);
                return new RunningAdmin(mesh, await RawClient.ConnectAsync(mesh.EndPoint(80)), ports);
            }
            catch (IOException) when (attempt < 5)
            {
                // The settings take no port of the system's choice: another test took one meanwhile.
            }
        }
    }

    /// <summary>A request to the Gateway, on one connection.</summary>
    public async Task<int> GetAsync(string path, string fields = "") =>
        (await _client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: example.com\r\n{fields}\r\n")).Status;

    public async Task<(int Status, string Text)> SendAsync(HttpMethod method, string path)
    {
        using HttpRequestMessage request = new(method, $"http://127.0.0.1:{_admin}{path}");
        using HttpResponseMessage response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public Task<string> TextAsync(string path) => _http.GetStringAsync($"http://127.0.0.1:{_admin}{path}");

    public async Task<string[]> LinesAsync(string path) => (await TextAsync(path)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public Task<string> MetricsAsync() => _http.GetStringAsync($"http://127.0.0.1:{_stats}/stats/prometheus");

    public async Task<int> HealthAsync(string path) => (int)(await _http.GetAsync($"http://127.0.0.1:{_status}{path}")).StatusCode;

    /// <summary>Every line of <c>/stats</c>.</summary>
    public async Task<IReadOnlyDictionary<string, string>> StatsAsync() => (await LinesAsync("/stats"))
        .Select(static line => (Name: line[..line.LastIndexOf(": ", StringComparison.Ordinal)], Line: line))
        .ToDictionary(static pair => pair.Name, static pair => pair.Line[(pair.Name.Length + 2)..]);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _client.DisposeAsync();
        await Mesh.DisposeAsync();
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
