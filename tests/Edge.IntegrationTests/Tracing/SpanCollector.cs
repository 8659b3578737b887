using System.Text;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>A Zipkin collector that answers what a test tells it and keeps the spans it took.</summary>
internal sealed class SpanCollector : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<JsonObject> _spans = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly ScriptedUpstream _server;
    private readonly Func<int, int> _status;
    private int _posts;

    /// <param name="status">Status of the n-th post, from 0; 2xx takes its spans.</param>
    /// <param name="port">0 for any.</param>
    public SpanCollector(Func<int, int>? status = null, int port = 0)
    {
        _status = status ?? (static _ => 202);
        _server = ScriptedUpstream.Respond(Answer, port);
    }

    public string Address => _server.Address;

    public int Port => _server.EndPoint.Port;

    public int Posts => Volatile.Read(ref _posts);

    /// <summary>Every post, in order of arrival.</summary>
    public IEnumerable<UpstreamRequest> Requests => _server.Requests;

    /// <summary>Waits until so many spans were taken, and returns all there are.</summary>
    public async Task<IReadOnlyList<JsonObject>> SpansAsync(int count)
    {
        while (true)
        {
            lock (_spans)
            {
                if (_spans.Count >= count)
                {
                    return [.. _spans];
                }
            }

            Assert.True(await _arrived.WaitAsync(Patience), $"{_spans.Count} of {count} spans came.");
        }
    }

    /// <summary>A zipkin plugin that samples everything and sends here.</summary>
    public string Plugin(string extra = "", string level = "plugins:") => $$"""
        {{level}}
        - name: zipkin
          config:
            http_endpoint: http://{{Address}}/api/v2/spans
            sample_ratio: 1
        {{string.Join("\n", extra.Split('\n').Where(static line => line.Trim().Length != 0).Select(static line => "    " + line))}}
        """;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private string Answer(UpstreamRequest request)
    {
        int status = _status(Interlocked.Increment(ref _posts) - 1);
        if (status is >= 200 and < 300)
        {
            JsonArray batch = JsonNode.Parse(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(request.Body)))!.AsArray();
            lock (_spans)
            {
                _spans.AddRange(batch.Select(static span => span!.AsObject()));
            }

            _arrived.Release();
        }

        return $"HTTP/1.1 {status} Answer\r\nContent-Length: 0\r\n\r\n";
    }
}
