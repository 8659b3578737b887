using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>prometheus</c> and <c>http-log</c> (<c>kong/plugins/*/schema.lua</c>), and the queue that zipkin has too.</summary>
internal static class TelemetryReader
{
    // Written by the plugin itself.
    private static readonly string[] Own = ["Host", "Content-Length", "Content-Type"];

    public static PrometheusConfig ReadPrometheus(RecordReader config)
    {
        if (config.Has("redis_metrics"))
        {
            config.Report(FindingCodes.PrometheusField, "redis_metrics", "unknown field", "left out", "prometheus has no metrics of Redis");
        }

        config.Accept("ai_metrics");
        return new PrometheusConfig
        {
            PerConsumer = config.Boolean("per_consumer") ?? false,
            StatusCodeMetrics = config.Boolean("status_code_metrics") ?? false,
            LatencyMetrics = config.Boolean("latency_metrics") ?? false,
            BandwidthMetrics = config.Boolean("bandwidth_metrics") ?? false,
            UpstreamHealthMetrics = config.Boolean("upstream_health_metrics") ?? false,
        };
    }

    public static HttpLogConfig ReadHttpLog(RecordReader config)
    {
        string? endpoint = config.Text("http_endpoint", required: true);
        if (endpoint is not null)
        {
            CheckUrl(config, "http_endpoint", endpoint);
        }

        if (config.Has("retry_count"))
        {
            config.Report(FindingCodes.RetryCount, "retry_count", "no longer works", "ignored, as in Kong", "use queue.max_retry_time");
        }

        if (config.Entry("custom_fields_by_lua") is not null)
        {
            config.Report(FindingCodes.UnknownField, "custom_fields_by_lua", "Lua is not run", "left out");
        }

        QueueConfig queue = ReadQueue(config.Record("queue"));
        long? batch = config.Integer("queue_size", 1, 1_000_000);
        double? flush = config.Number("flush_timeout", 0, 3600);
        config.Accept("retry_count");
        return new HttpLogConfig
        {
            HttpEndpoint = new Secret(endpoint ?? ""),
            Method = config.Choice("method", "POST", "POST", "PUT", "PATCH"),
            ContentType = config.Choice("content_type", "application/json", "application/json", "application/json; charset=utf-8"),
            Timeout = config.Milliseconds("timeout") ?? TimeSpan.FromSeconds(10),
            Keepalive = config.Milliseconds("keepalive") ?? TimeSpan.FromSeconds(60),
            Headers = ReadHeaders(config, endpoint),
            Queue = queue with
            {
                MaxBatchSize = (int?)batch ?? queue.MaxBatchSize,
                MaxCoalescingDelay = flush is { } seconds ? TimeSpan.FromSeconds(seconds) : queue.MaxCoalescingDelay,
            },
        };
    }

    public static QueueConfig ReadQueue(RecordReader queue)
    {
        QueueConfig defaults = new();
        QueueConfig result = new()
        {
            MaxBatchSize = (int)(queue.Integer("max_batch_size", 1, 1_000_000) ?? defaults.MaxBatchSize),
            MaxCoalescingDelay = queue.Seconds("max_coalescing_delay", 3600) ?? defaults.MaxCoalescingDelay,
            MaxEntries = (int)(queue.Integer("max_entries", 1, 1_000_000) ?? defaults.MaxEntries),
            MaxBytes = queue.Integer("max_bytes", 0),
            InitialRetryDelay = queue.Seconds("initial_retry_delay", 1_000_000) ?? defaults.InitialRetryDelay,
            MaxRetryDelay = queue.Seconds("max_retry_delay", 1_000_000) ?? defaults.MaxRetryDelay,
            MaxRetryTime = queue.Seconds("max_retry_time", 1_000_000) ?? defaults.MaxRetryTime,
        };
        queue.Accept("concurrency_limit");
        queue.Done();
        return result;
    }

    public static void CheckUrl(RecordReader config, string field, string url)
    {
        bool schemed = url.StartsWith("http://", StringComparison.Ordinal) || url.StartsWith("https://", StringComparison.Ordinal);
        if (!schemed)
        {
            config.Report(FindingCodes.BadValue, field, "missing scheme in url");
        }
        else if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) || parsed.Host.Length == 0)
        {
            config.Report(FindingCodes.BadValue, field, "missing host in url");
        }
    }

    private static List<KeyValuePair<string, Secret>> ReadHeaders(RecordReader config, string? endpoint)
    {
        List<KeyValuePair<string, Secret>> headers = [];
        if (config.Entry("headers") is not { Value: YamlMapping map })
        {
            return headers;
        }

        RecordReader inner = config.Record("headers");
        foreach (YamlEntry header in map.Distinct)
        {
            string name = header.Key.ToLowerInvariant();
            if (Own.FirstOrDefault(own => own.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } own)
            {
                inner.Report(FindingCodes.BadValue, header.Key, $"cannot contain '{header.Key}' header",
                    kong: [config.ErrorAt("headers", $"cannot contain '{own}' header")]);
            }
            else if (name == "authorization" && endpoint?.Contains('@', StringComparison.Ordinal) == true)
            {
                const string Sentence = "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed";
                inner.Report(FindingCodes.EntityCheck, header.Key, Sentence, kong: [config.ErrorHere(Sentence)]);
            }

            (Secret? value, string? missing, bool reported) = inner.SecretText(header.Key);
            if (missing is not null && !reported)
            {
                inner.Report(FindingCodes.VariableMissing, header.Key, missing);
            }
            else if (value is not null)
            {
                headers.Add(new(header.Key, value));
            }
        }

        return headers;
    }
}
