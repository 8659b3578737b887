using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>One http-log instance compiled: the queue its entries go to. Immutable.</summary>
internal sealed class HttpLogPlan
{
    // Kong bounds entries only; ten thousand large ones must not cost the process its memory.
    private const long DefaultMaxBytes = 64L << 20;

    /// <summary>Shared with every instance that has the same endpoint, method, content type, timeouts and queue options, over reloads.</summary>
    public required BatchQueue Queue { get; init; }

    /// <summary>Where entries go as it may be shown: many collectors have their token in the path, so a digest stands for it.</summary>
    public required string Endpoint { get; init; }

    /// <summary>What makes two instances share a queue (<c>make_queue_name</c> of Kong's handler), and the queue's options: two of
    /// one endpoint with other options have a queue each. Holds the endpoint's secrets: not for display.</summary>
    public static string KeyOf(HttpLogConfig config) => string.Create(
        CultureInfo.InvariantCulture,
        $"http-log|{config.HttpEndpoint.Reveal()}|{config.Method}|{config.ContentType}|{config.Timeout.TotalMilliseconds}|{config.Keepalive.TotalMilliseconds}|{config.Queue}");

    public static HttpLogPlan Create(HttpLogConfig config, string key, BatchQueues queues)
    {
        Uri endpoint = new(config.HttpEndpoint.Reveal());
        IReadOnlyList<KeyValuePair<string, string>> headers = [.. config.Headers.Select(static header => KeyValuePair.Create(header.Key, header.Value.Reveal()))];
        QueueOptions options = Options(config.Queue);
        string shown = Shown(endpoint);
        return new HttpLogPlan
        {
            Endpoint = shown,
            Queue = queues.Find(
                key,
                "http-log " + shown,
                options,
                string.Join('\n', headers.Select(static header => $"{header.Key}:{header.Value}")),
                () => new HttpBatchSender(
                    new HttpSenderOptions
                    {
                        Endpoint = endpoint,
                        Method = new HttpMethod(config.Method),
                        ContentType = config.ContentType,
                        Headers = headers,
                        Timeout = config.Timeout,
                        Keepalive = config.Keepalive,
                        AsArray = options.MaxBatchSize > 1,
                    },
                    queues.Time)),
        };
    }

    /// <summary>Scheme, host and port; path and query, which may be secret, as eight digits that tell two of them apart.</summary>
    public static string Shown(Uri endpoint)
    {
        string origin = $"{endpoint.Scheme}://{endpoint.Host}:{endpoint.Port}/";
        return endpoint.PathAndQuery == "/"
            ? origin
            : $"{origin}*{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(endpoint.PathAndQuery)).AsSpan(0, 4))}";
    }

    /// <summary>The queue of a plugin's configuration.</summary>
    public static QueueOptions Options(QueueConfig queue) => new()
    {
        MaxBatchSize = queue.MaxBatchSize,
        MaxCoalescingDelay = queue.MaxCoalescingDelay,
        MaxEntries = queue.MaxEntries,
        MaxBytes = queue.MaxBytes ?? DefaultMaxBytes,
        InitialRetryDelay = queue.InitialRetryDelay,
        MaxRetryDelay = queue.MaxRetryDelay,
        MaxRetryTime = queue.MaxRetryTime,
    };
}
