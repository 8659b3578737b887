using System.Buffers;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Kong's families in Kong's order. Kong sorts the full sample names, so families follow the alphabet, and a histogram prints the
/// buckets of all its series, then all counts, then all sums.
/// </summary>
internal static class KongExposition
{
    private const string Subsystem = "http";

    /// <summary>Writes the families; yields after each piece so that the caller can flush.</summary>
    public static IEnumerable<bool> Blocks(
        IBufferWriter<byte> output, EdgeMetrics metrics, NodeIdentity node, IReadOnlyList<TargetHealthRow>? health)
    {
        RouteSeries[] routes = metrics.ReadRoutes();
        string[] consumers = metrics.ReadConsumers();
        foreach (bool block in Counters(output, routes, consumers, bandwidth: true))
        {
            yield return block;
        }

        var writer = new ExpositionWriter(output);
        writer.Family("kong_datastore_reachable", "gauge", "Datastore reachable from Kong, 0 is unreachable");
        writer.Sample("kong_datastore_reachable", 1);
        foreach (bool block in Counters(output, routes, consumers, bandwidth: false))
        {
            yield return block;
        }

        foreach (bool block in Histogram(
            output,
            routes,
            RouteShard.KongLatency,
            LatencyBuckets.Kong,
            "kong_kong_latency_ms",
            "Latency added by Kong and enabled plugins for each service/route in Kong"))
        {
            yield return block;
        }

        KongNodeExposition.Write(new ExpositionWriter(output), metrics, node);
        yield return true;
        foreach (bool block in Histogram(
            output,
            routes,
            RouteShard.RequestLatency,
            LatencyBuckets.Upstream,
            "kong_request_latency_ms",
            "Total latency incurred during requests for each service/route in Kong"))
        {
            yield return block;
        }

        foreach (bool block in Histogram(
            output,
            routes,
            RouteShard.UpstreamLatency,
            LatencyBuckets.Upstream,
            "kong_upstream_latency_ms",
            "Latency added by upstream response for each service/route in Kong"))
        {
            yield return block;
        }

        if (health is not null)
        {
            foreach (bool block in Health(output, health))
            {
                yield return block;
            }
        }
    }

    private static IEnumerable<bool> Counters(IBufferWriter<byte> output, RouteSeries[] routes, string[] consumers, bool bandwidth)
    {
        bool first = true;
        var totals = new Dictionary<long, long>();
        foreach (RouteSeries route in routes)
        {
            totals.Clear();
            route.AddTo(totals);
            List<long> keys = [];
            foreach (long key in totals.Keys)
            {
                if (SeriesKey.IsRequest(key) != bandwidth)
                {
                    keys.Add(key);
                }
            }

            if (keys.Count == 0)
            {
                continue;
            }

            keys.Sort((a, b) => bandwidth ? ByDirection(a, b, consumers) : ByCode(a, b, consumers));
            var writer = new ExpositionWriter(output);
            if (first)
            {
                first = false;
                writer.Family(
                    bandwidth ? "kong_bandwidth_bytes" : "kong_http_requests_total",
                    "counter",
                    bandwidth
                        ? "Total bandwidth (ingress/egress) throughput in bytes"
                        : "HTTP status codes per consumer/service/route in Kong");
            }

            foreach (long key in keys)
            {
                Counter(writer, route, key, Name(consumers, key), totals[key], bandwidth);
            }

            yield return true;
        }
    }

    private static void Counter(ExpositionWriter writer, RouteSeries route, long key, string consumer, long value, bool bandwidth)
    {
        ExpositionWriter open = writer.Open(bandwidth ? "kong_bandwidth_bytes" : "kong_http_requests_total", default)
            .First("service"u8, route.Service)
            .Next("route"u8, route.Route);
        open = bandwidth
            ? open.Next("direction"u8, SeriesKey.IsEgress(key) ? "egress" : "ingress")
            : open.Next("code"u8, MetricLabels.Code(SeriesKey.Code(key))).Next("source"u8, MetricLabels.Of(SeriesKey.Source(key)));
        open.Next("consumer"u8, consumer).Close(value);
    }

    // A consumer that was added after the names were read is printed with the next scrape's name list; here it has none.
    private static string Name(string[] consumers, long key) =>
        SeriesKey.Consumer(key) < consumers.Length ? consumers[SeriesKey.Consumer(key)] : string.Empty;

    private static int ByDirection(long a, long b, string[] consumers)
    {
        int byDirection = SeriesKey.IsEgress(b).CompareTo(SeriesKey.IsEgress(a));
        return byDirection != 0 ? byDirection : string.CompareOrdinal(Name(consumers, a), Name(consumers, b));
    }

    private static int ByCode(long a, long b, string[] consumers)
    {
        int byCode = string.CompareOrdinal(MetricLabels.Code(SeriesKey.Code(a)), MetricLabels.Code(SeriesKey.Code(b)));
        if (byCode != 0)
        {
            return byCode;
        }

        int bySource = string.CompareOrdinal(MetricLabels.Of(SeriesKey.Source(a)), MetricLabels.Of(SeriesKey.Source(b)));
        return bySource != 0 ? bySource : string.CompareOrdinal(Name(consumers, a), Name(consumers, b));
    }

    private static IEnumerable<bool> Histogram(
        IBufferWriter<byte> output, RouteSeries[] routes, int histogram, LatencyBuckets buckets, string name, string help)
    {
        // Count and sum are kept from the moment the buckets were read: +Inf and _count of one scrape must agree.
        var read = new List<(RouteSeries Route, long Count, long Sum)>();
        foreach (RouteSeries route in routes)
        {
            if (Buckets(output, route, histogram, buckets, name, read.Count == 0 ? help : null, out long count, out long sum))
            {
                read.Add((route, count, sum));
                yield return true;
            }
        }

        foreach ((RouteSeries route, long count, _) in read)
        {
            Labels(new ExpositionWriter(output), name, "_count"u8, route).Close(count);
            yield return true;
        }

        foreach ((RouteSeries route, _, long sum) in read)
        {
            Labels(new ExpositionWriter(output), name, "_sum"u8, route).Close(sum);
            yield return true;
        }
    }

    private static bool Buckets(
        IBufferWriter<byte> output,
        RouteSeries route,
        int histogram,
        LatencyBuckets buckets,
        string name,
        string? help,
        out long count,
        out long sum)
    {
        Span<long> counts = stackalloc long[LatencyBuckets.Slots];
        if (!route.ReadHistogram(histogram, counts, out count, out sum))
        {
            return false;
        }

        var writer = new ExpositionWriter(output);
        if (help is not null)
        {
            writer.Family(name, "histogram", help);
        }

        long cumulative = 0;
        for (int i = 0; i < buckets.Bounds.Length; i++)
        {
            cumulative += counts[i];
            Labels(writer, name, "_bucket"u8, route).Next("le"u8, buckets.Bounds[i]).Close(cumulative);
        }

        Labels(writer, name, "_bucket"u8, route).Next("le"u8, "+Inf").Close(count);
        return true;
    }

    private static ExpositionWriter Labels(ExpositionWriter writer, string name, ReadOnlySpan<byte> suffix, RouteSeries route) =>
        writer.Open(name, suffix).First("service"u8, route.Service).Next("route"u8, route.Route);

    private static IEnumerable<bool> Health(IBufferWriter<byte> output, IReadOnlyList<TargetHealthRow> rows)
    {
        const string Name = "kong_upstream_target_health";
        TargetHealth[] states = [TargetHealth.DnsError, TargetHealth.HealthchecksOff, TargetHealth.Healthy, TargetHealth.Unhealthy];
        TargetHealthRow[] sorted = [.. rows];
        Array.Sort(sorted, static (a, b) =>
        {
            int byUpstream = string.CompareOrdinal(a.Upstream, b.Upstream);
            int byTarget = byUpstream != 0 ? byUpstream : string.CompareOrdinal(a.Target, b.Target);
            return byTarget != 0 ? byTarget : string.CompareOrdinal(a.Address, b.Address);
        });
        for (int i = 0; i < sorted.Length; i++)
        {
            TargetHealthRow row = sorted[i];
            var writer = new ExpositionWriter(output);
            if (i == 0)
            {
                writer.Family(
                    Name,
                    "gauge",
                    "Health status of targets of upstream. States = healthchecks_off|healthy|unhealthy|dns_error, "
                    + "value is 1 when state is populated.");
            }

            foreach (TargetHealth state in states)
            {
                writer.Open(Name, default)
                    .First("upstream"u8, row.Upstream)
                    .Next("target"u8, row.Target)
                    .Next("address"u8, row.Health == TargetHealth.DnsError ? string.Empty : row.Address)
                    .Next("state"u8, MetricLabels.Of(state))
                    .Next("subsystem"u8, Subsystem)
                    .Close(row.Health == state ? 1 : 0);
            }

            yield return true;
        }
    }
}
