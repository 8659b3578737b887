using System.Buffers;
using System.Globalization;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The families of our own: <c>edge_*</c> as the hardening rules name them, <c>vse_*</c> for the rest. A fixed set of labels is printed
/// from the start with zeros, so that rates are right from the first event; open sets appear with their first count.
/// </summary>
internal static class EdgeExposition
{
    // RFC 9113 section 7.
    private static readonly string[] GoawayCodes =
    [
        "no_error", "protocol_error", "internal_error", "flow_control_error", "settings_timeout", "stream_closed", "frame_size_error",
        "refused_stream", "cancel", "compression_error", "connect_error", "enhance_your_calm", "inadequate_security", "http_1_1_required",
    ];

    /// <summary>Writes the families; yields after each piece so that the caller can flush.</summary>
    public static IEnumerable<bool> Blocks(IBufferWriter<byte> output, EdgeMetrics metrics)
    {
        Process(new ExpositionWriter(output), metrics);
        yield return true;
        ProtocolErrors(new ExpositionWriter(output), metrics);
        yield return true;
        ClusterMetrics[] clusters = metrics.ReadClusters();
        foreach (bool block in PerCluster(
            output, clusters, "edge_upstream_poisoned_total", "Upstream connections closed for bytes nobody asked for", static c => c.TotalPoisoned))
        {
            yield return block;
        }

        foreach (bool block in Resets(output, clusters))
        {
            yield return block;
        }

        Goaways(new ExpositionWriter(output));
        yield return true;
        RedisExposition.Write(output, metrics);
        yield return true;
        Diagnostics(new ExpositionWriter(output), metrics);
        yield return true;
        if (metrics.Traces is { } traces)
        {
            Tracing.TraceExposition.Write(new ExpositionWriter(output), traces.Counters, traces.Queues);
            yield return true;
        }

        if (metrics.Queues is { } queues)
        {
            QueueExposition.Write(new ExpositionWriter(output), queues.Read());
            yield return true;
        }

        TlsExposition.Write(new ExpositionWriter(output), metrics);
        yield return true;
        foreach (bool block in PerCluster(
            output, clusters, "vse_upstream_connections_opened_total", "Upstream connections established", static c => c.TotalOpened))
        {
            yield return block;
        }

        foreach (bool block in PerCluster(
            output, clusters, "vse_upstream_connections_reused_total", "Requests sent on a pooled upstream connection", static c => c.TotalReused))
        {
            yield return block;
        }

        foreach (bool block in Health(output, clusters))
        {
            yield return block;
        }

        foreach (bool block in PerCluster(
            output, clusters, "vse_upstream_retries_total", "Attempts after the first, by cluster", static c => c.TotalRetries))
        {
            yield return block;
        }
    }

    private static void Process(ExpositionWriter writer, EdgeMetrics metrics)
    {
        ConnectionTotals totals = ConnectionTotals.Read(metrics);
        writer.Family("edge_connections", "gauge", "Downstream connections by state");
        writer.Open("edge_connections", default).First("state"u8, "active").Close(totals.Active);
        writer.Open("edge_connections", default).First("state"u8, "reading").Close(totals.Reading);
        writer.Open("edge_connections", default).First("state"u8, "waiting").Close(totals.Waiting);
        writer.Open("edge_connections", default).First("state"u8, "writing").Close(totals.Writing);

        writer.Family("edge_connections_closed_total", "counter", "Downstream connections ended, by reason");
        foreach (CloseReason reason in Enum.GetValues<CloseReason>())
        {
            long sum = 0;
            foreach (LoopMetrics loop in metrics.Loops)
            {
                sum += loop.Closed(reason);
            }

            writer.Open("edge_connections_closed_total", default).First("reason"u8, MetricLabels.Of(reason)).Close(sum);
        }

        writer.Family("edge_drain_state", "gauge", "0 running, 1 announced, 2 draining, 3 stopped");
        writer.Sample("edge_drain_state", (int)metrics.DrainState);
        writer.Family("edge_limits_hit_total", "counter", "Times a limit was reached");
        foreach (LimitKind limit in Enum.GetValues<LimitKind>())
        {
            long sum = 0;
            foreach (LoopMetrics loop in metrics.Loops)
            {
                sum += loop.Limits(limit);
            }

            writer.Open("edge_limits_hit_total", default).First("limit"u8, MetricLabels.Of(limit)).Close(sum);
        }

        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        writer.Family("edge_memory_bytes", "gauge", "Memory of the process by kind");
        writer.Open("edge_memory_bytes", default).First("kind"u8, "gc_committed").Close(memory.TotalCommittedBytes);
        writer.Open("edge_memory_bytes", default).First("kind"u8, "gc_heap").Close(GC.GetTotalMemory(forceFullCollection: false));
        writer.Open("edge_memory_bytes", default).First("kind"u8, "limit").Close(memory.TotalAvailableMemoryBytes);
        writer.Open("edge_memory_bytes", default).First("kind"u8, "resident").Close(Environment.WorkingSet);
    }

    private static void ProtocolErrors(ExpositionWriter writer, EdgeMetrics metrics)
    {
        const string Name = "edge_protocol_errors_total";
        writer.Family(Name, "counter", "Messages refused because a peer broke the protocol");
        IReadOnlyList<string> kinds = metrics.Options.ProtocolErrorKinds;
        foreach (ProtocolSide side in Enum.GetValues<ProtocolSide>())
        {
            foreach (ProtocolName protocol in Enum.GetValues<ProtocolName>())
            {
                // Two numbers may share a name (several ways to break one rule): a label set must appear once.
                var sums = new SortedDictionary<string, long>(StringComparer.Ordinal);
                for (int kind = 0; kind < kinds.Count; kind++)
                {
                    long sum = 0;
                    foreach (LoopMetrics loop in metrics.Loops)
                    {
                        sum += loop.ProtocolErrors(side, protocol, kind);
                    }

                    // What every listener speaks has each of its kinds from the start.
                    if (sum != 0 || (protocol == ProtocolName.Http1 && kinds[kind].Length != 0))
                    {
                        string name = kinds[kind].Length == 0 ? "other" : kinds[kind];
                        sums[name] = sums.GetValueOrDefault(name) + sum;
                    }
                }

                foreach ((string kind, long sum) in sums)
                {
                    writer.Open(Name, default)
                        .First("side"u8, MetricLabels.Of(side))
                        .Next("proto"u8, MetricLabels.Of(protocol))
                        .Next("kind"u8, kind)
                        .Close(sum);
                }
            }
        }
    }

    private static IEnumerable<bool> PerCluster(
        IBufferWriter<byte> output, ClusterMetrics[] clusters, string name, string help, Func<ClusterMetrics, long> read)
    {
        new ExpositionWriter(output).Family(name, "counter", help);
        foreach (ClusterMetrics cluster in clusters)
        {
            new ExpositionWriter(output).Open(name, default).First("cluster"u8, cluster.Name).Close(read(cluster));
            yield return true;
        }
    }

    // Only clusters with checks have anything to show.
    private static IEnumerable<bool> Health(IBufferWriter<byte> output, ClusterMetrics[] clusters)
    {
        const string Changes = "vse_upstream_health_changes_total";
        const string Probes = "vse_upstream_probes_total";
        new ExpositionWriter(output).Family(Changes, "counter", "Times an endpoint left rotation or came back");
        foreach (ClusterMetrics cluster in clusters)
        {
            if (cluster.HealthChanges(healthy: true) + cluster.HealthChanges(healthy: false) != 0)
            {
                new ExpositionWriter(output).Open(Changes, default).First("cluster"u8, cluster.Name).Next("to"u8, "healthy").Close(cluster.HealthChanges(healthy: true));
                new ExpositionWriter(output).Open(Changes, default).First("cluster"u8, cluster.Name).Next("to"u8, "unhealthy").Close(cluster.HealthChanges(healthy: false));
            }

            yield return true;
        }

        new ExpositionWriter(output).Family(Probes, "counter", "Active checks by result");
        foreach (ClusterMetrics cluster in clusters)
        {
            foreach (ProbeResult result in Enum.GetValues<ProbeResult>())
            {
                if (cluster.Probes(result) is not 0 and long sum)
                {
                    new ExpositionWriter(output).Open(Probes, default)
                        .First("cluster"u8, cluster.Name).Next("result"u8, MetricLabels.Of(result)).Close(sum);
                }
            }

            yield return true;
        }
    }

    // HTTP/2 is not offered yet, so that none was sent; who watches the family finds it.
    private static void Goaways(ExpositionWriter writer)
    {
        const string Name = "edge_h2_goaway_total";
        writer.Family(Name, "counter", "HTTP/2 connections that were told to end, by error code");
        foreach (string code in GoawayCodes)
        {
            writer.Open(Name, default).First("code"u8, code).Close(0);
        }
    }

    private static IEnumerable<bool> Resets(IBufferWriter<byte> output, ClusterMetrics[] clusters)
    {
        const string Name = "edge_upstream_reset_total";
        new ExpositionWriter(output).Family(Name, "counter", "Upstream connections that broke or could not be made, by stage");
        foreach (ClusterMetrics cluster in clusters)
        {
            foreach (UpstreamResetStage stage in Enum.GetValues<UpstreamResetStage>())
            {
                new ExpositionWriter(output).Open(Name, default)
                    .First("cluster"u8, cluster.Name)
                    .Next("when"u8, MetricLabels.Of(stage))
                    .Close(cluster.TotalResets(stage));
            }

            yield return true;
        }
    }

    private static void Diagnostics(ExpositionWriter writer, EdgeMetrics metrics)
    {
        (long published, long refused) = metrics.Reloads;
        writer.Family("vse_config_reloads_total", "counter", "Configurations offered after start, by result");
        writer.Open("vse_config_reloads_total", default).First("result"u8, "published").Close(published);
        writer.Open("vse_config_reloads_total", default).First("result"u8, "refused").Close(refused);
        writer.Family("vse_admin_config_posts_total", "counter", "Posts to /config of the Admin API, by the status of the answer");
        foreach ((int status, long count) in metrics.ConfigPosts)
        {
            writer.Open("vse_admin_config_posts_total", default).First("status"u8, status.ToString(CultureInfo.InvariantCulture)).Close(count);
        }

        long errors = 0, retries = 0;
        foreach (LoopMetrics loop in metrics.Loops)
        {
            errors += loop.InternalErrors;
            retries += loop.Retries;
        }

        writer.Family("vse_internal_errors_total", "counter", "Exchanges or connections ended by an unexpected exception");
        writer.Sample("vse_internal_errors_total", errors);
        writer.Family("vse_log_lines_dropped_total", "counter", "Log lines lost because a sink was slow or failed");
        foreach (EdgeMetrics.LogDrops log in metrics.ReadLogs())
        {
            writer.Open("vse_log_lines_dropped_total", default).First("log"u8, log.Name).Close(log.Dropped());
        }

        writer.Family("vse_metric_series_overflow_total", "counter", "Label sets that were folded into an overflow series");
        writer.Sample("vse_metric_series_overflow_total", metrics.Overflows);
        writer.Family("vse_retries_total", "counter", "Attempts after the first");
        writer.Sample("vse_retries_total", retries);
    }
}
