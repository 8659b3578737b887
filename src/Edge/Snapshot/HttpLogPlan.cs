using System.Globalization;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>One http-log instance compiled: the queue its entries go to. Immutable.</summary>
internal sealed class HttpLogPlan
{
    /// <summary>Shared with every instance that has the same endpoint, method, content type, timeout and keepalive, over reloads.</summary>
    public required BatchQueue Queue { get; init; }

    /// <summary>Where entries go, without user info and query.</summary>
    public required string Endpoint { get; init; }

    /// <summary>What makes two instances share a queue (<c>make_queue_name</c> of Kong's handler). Holds the endpoint's user info: not for display.</summary>
    public static string KeyOf(HttpLogConfig config) => string.Create(
        CultureInfo.InvariantCulture,
        $"http-log|{config.HttpEndpoint.Reveal()}|{config.Method}|{config.ContentType}|{config.Timeout.TotalMilliseconds}|{config.Keepalive.TotalMilliseconds}");

    public static HttpLogPlan Create(HttpLogConfig config, string key, BatchQueues queues)
    {
        Uri endpoint = new(config.HttpEndpoint.Reveal());
        IReadOnlyList<KeyValuePair<string, string>> headers = [.. config.Headers.Select(static header => KeyValuePair.Create(header.Key, header.Value.Reveal()))];
        QueueOptions options = Options(config.Queue);
        string shown = $"{endpoint.Scheme}://{endpoint.Host}:{endpoint.Port}{endpoint.AbsolutePath}";
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

    /// <summary>The queue of a plugin's configuration.</summary>
    public static QueueOptions Options(QueueConfig queue) => new()
    {
        MaxBatchSize = queue.MaxBatchSize,
        MaxCoalescingDelay = queue.MaxCoalescingDelay,
        MaxEntries = queue.MaxEntries,
        MaxBytes = queue.MaxBytes,
        InitialRetryDelay = queue.InitialRetryDelay,
        MaxRetryDelay = queue.MaxRetryDelay,
        MaxRetryTime = queue.MaxRetryTime,
    };
}
