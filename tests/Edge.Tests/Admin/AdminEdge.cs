using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>An edge with its Admin API on a port of its own, and a client for it.</summary>
internal sealed class AdminEdge : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpClient _client = new();

    private AdminEdge(RunningEdge edge) => Edge = edge;

    public RunningEdge Edge { get; }

    public static async Task<AdminEdge> StartAsync(string kong, params (string Name, string Value)[] settings) =>
        new(await RunningEdge.StartAsync(kong, [("KONG_ADMIN_LISTEN", "127.0.0.1:0"), .. settings]));

    /// <summary>Sends a request to the Admin API.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        HttpRequestMessage request = new(method, $"http://{Edge.Admin}{path}") { Content = content };
        return _client.SendAsync(request);
    }

    /// <summary>The status and the JSON body of an answer.</summary>
    public async Task<(HttpStatusCode Status, JsonNode? Body)> CallAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using HttpResponseMessage answer = await SendAsync(method, path, content);
        string text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    /// <summary>The JSON of a read that must succeed.</summary>
    public async Task<JsonNode> GetAsync(string path)
    {
        (HttpStatusCode status, JsonNode? body) = await CallAsync(HttpMethod.Get, path);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {body}");
        return body!;
    }

    /// <summary>Posts a document as it is.</summary>
    public Task<(HttpStatusCode Status, JsonNode? Body)> PostConfigAsync(string text, string query = "", string? type = "text/yaml") =>
        CallAsync(HttpMethod.Post, "/config" + query, Body(text, type));

    public static ByteArrayContent Body(string text, string? type)
    {
        ByteArrayContent content = new(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        return content;
    }

    /// <summary>JSON for a golden file: indented, and without what differs from run to run.</summary>
    public static string Stable(JsonNode node)
    {
        JsonNode copy = node.DeepClone();
        Steady(copy);
        return copy.ToJsonString(Indented) + "\n";
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Edge.DisposeAsync();
    }

    private static void Steady(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (string name in map.Select(static member => member.Key).ToArray())
                {
                    if (name is "created_at" or "updated_at")
                    {
                        Assert.InRange(map[name]!.GetValue<double>(), 1_700_000_000, 5_000_000_000);
                        map[name] = 0;
                    }
                    else
                    {
                        Steady(map[name]);
                    }
                }

                break;
            case JsonArray list:
                foreach (JsonNode? item in list)
                {
                    Steady(item);
                }

                break;
        }
    }
}
