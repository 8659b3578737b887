using System.Net;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Where and how patiently spans are sent; a limit of zero is none. Immutable, compared by value.</summary>
/// <param name="Endpoint">http or https.</param>
/// <param name="ConnectTimeout">To connect.</param>
/// <param name="SendTimeout">To send a batch on a connection.</param>
/// <param name="ReadTimeout">Until the answer.</param>
internal sealed record ZipkinSenderOptions(Uri Endpoint, TimeSpan ConnectTimeout, TimeSpan SendTimeout, TimeSpan ReadTimeout);

/// <summary>
/// Posts batches of spans to a Zipkin collector as a JSON array; 2xx means taken, anything else is tried again by the queue
/// (<c>kong/plugins/zipkin/reporter.lua</c>). Follows no redirect, uses no proxy of the environment, keeps no cookie.
/// </summary>
internal sealed class ZipkinSender : IBatchSender
{
    // What a collector may say before its connection is given up instead of being read to its end.
    private const int MaxDrainedBytes = 64 * 1024;

    private readonly ZipkinSenderOptions _options;
    private readonly TimeProvider _time;
    private HttpMessageInvoker? _client;

    /// <summary>Connects with the first batch.</summary>
    public ZipkinSender(ZipkinSenderOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
    }

    private string Peer => $"{_options.Endpoint.Host}:{_options.Endpoint.Port}";

    public async ValueTask<string?> SendAsync(IReadOnlyList<QueueEntry> batch, CancellationToken cancellation)
    {
        // Sending includes connecting, which has a shorter limit of its own.
        using CancellationTokenSource limit = new(SendLimit.Of(_options.ConnectTimeout, _options.SendTimeout), _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using HttpRequestMessage request = new(HttpMethod.Post, _options.Endpoint)
        {
            Content = new SpansContent(batch, sent: () => limit.CancelAfter(SendLimit.Of(_options.ReadTimeout))),
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        try
        {
            using HttpResponseMessage response = await (_client ??= Connect()).SendAsync(request, either.Token);
            await response.Content.CopyToAsync(Stream.Null, either.Token);
            return response.IsSuccessStatusCode ? null : $"{Peer} answered {(int)response.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return cancellation.IsCancellationRequested ? "the process ends" : $"{Peer}: timeout";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return $"{Peer}: {exception.Message}";
        }
    }

    public void Disconnect()
    {
        _client?.Dispose();
        _client = null;
    }

    public void Dispose() => _client?.Dispose();

    private HttpMessageInvoker Connect() => new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            MaxResponseDrainSize = MaxDrainedBytes,
            ConnectTimeout = SendLimit.Of(_options.ConnectTimeout),

            // The name is looked up again from time to time: collectors move.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        },
        disposeHandler: true);

    private sealed class SpansContent : HttpContent
    {
        private readonly IReadOnlyList<QueueEntry> _batch;
        private readonly Action _sent;

        public SpansContent(IReadOnlyList<QueueEntry> batch, Action sent)
        {
            _batch = batch;
            _sent = sent;
            Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            for (int i = 0; i < _batch.Count; i++)
            {
                await stream.WriteAsync(i == 0 ? "["u8.ToArray() : ","u8.ToArray(), cancellationToken);
                await stream.WriteAsync(_batch[i].Written, cancellationToken);
            }

            await stream.WriteAsync("]"u8.ToArray(), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            _sent();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _batch.Count + 1;
            foreach (QueueEntry entry in _batch)
            {
                length += entry.Length;
            }

            return true;
        }
    }
}
