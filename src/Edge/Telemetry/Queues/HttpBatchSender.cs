using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;

namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>
/// Sends batches as bodies of HTTP/1.1 requests: one entry as it is, or an array of all of them. An answer below 300 means taken, as in
/// Kong (<c>kong/plugins/http-log/handler.lua</c>). Follows no redirect, uses no proxy of the environment, keeps no cookie.
/// </summary>
public sealed class HttpBatchSender : IBatchSender
{
    // What a collector may say before its connection is given up instead of being read to its end.
    private const int MaxDrainedBytes = 64 * 1024;

    private readonly HttpSenderOptions _options;
    private readonly TimeProvider _time;
    private readonly Uri _endpoint;
    private HttpMessageInvoker? _client;

    /// <summary>Connects with the first batch.</summary>
    public HttpBatchSender(HttpSenderOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;

        // User info goes into a field, not onto the wire; a fragment is the client's own.
        _endpoint = new UriBuilder(options.Endpoint) { UserName = "", Password = "", Fragment = "" }.Uri;
    }

    /// <inheritdoc/>
    public async ValueTask<string?> SendAsync(IReadOnlyList<QueueEntry> batch, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = new(SendLimit.Of(_options.Timeout), _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using HttpRequestMessage request = Request(batch);
        try
        {
            using HttpResponseMessage response = await (_client ??= Connect()).SendAsync(request, either.Token);
            await response.Content.CopyToAsync(Stream.Null, either.Token);
            return (int)response.StatusCode < 300 ? null : $"{_endpoint.Host}:{_endpoint.Port} answered {(int)response.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return limit.IsCancellationRequested ? $"{_endpoint.Host}:{_endpoint.Port}: timeout" : "the process ends";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return $"{_endpoint.Host}:{_endpoint.Port}: {exception.Message}";
        }
    }

    /// <inheritdoc/>
    public void Disconnect()
    {
        _client?.Dispose();
        _client = null;
    }

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    private HttpMessageInvoker Connect()
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            MaxResponseDrainSize = MaxDrainedBytes,
            PooledConnectionIdleTimeout = _options.Keepalive,
            ConnectTimeout = SendLimit.Of(_options.Timeout),
        };
        if (!_options.VerifyTls)
        {
#pragma warning disable CA5359 // Asked for by the configuration: Kong's http-log verifies nothing, and collectors inside a cluster rely on it.
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true };
#pragma warning restore CA5359
        }

        return new HttpMessageInvoker(handler, disposeHandler: true);
    }

    private HttpRequestMessage Request(IReadOnlyList<QueueEntry> batch)
    {
        BatchContent content = new(batch, _options.AsArray);
        HttpRequestMessage request = new(_options.Method, _endpoint)
        {
            Content = content,
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        content.Headers.TryAddWithoutValidation("Content-Type", _options.ContentType);
        foreach ((string name, string value) in _options.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        string userInfo = new UriBuilder(_options.Endpoint) is { UserName.Length: > 0 } parts
            ? $"{Uri.UnescapeDataString(parts.UserName)}:{Uri.UnescapeDataString(parts.Password)}"
            : "";
        if (userInfo.Length != 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(userInfo)));
        }

        return request;
    }

    private sealed class BatchContent(IReadOnlyList<QueueEntry> batch, bool asArray) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            if (!asArray)
            {
                await stream.WriteAsync(batch[0].Written, cancellationToken);
                return;
            }

            for (int i = 0; i < batch.Count; i++)
            {
                await stream.WriteAsync(i == 0 ? "["u8.ToArray() : ","u8.ToArray(), cancellationToken);
                await stream.WriteAsync(batch[i].Written, cancellationToken);
            }

            await stream.WriteAsync("]"u8.ToArray(), cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = asArray ? batch.Count + 1 : 0;
            foreach (QueueEntry entry in batch)
            {
                length += entry.Length;
            }

            return true;
        }
    }
}
