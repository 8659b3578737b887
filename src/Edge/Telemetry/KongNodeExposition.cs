using System.Globalization;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>Kong's families about the process itself, in Kong's order: memory, connections, requests, timers, identity.</summary>
internal static class KongNodeExposition
{
    private const string Subsystem = "http";

    /// <summary>Writes the node families, kong_memory_* to kong_node_info.</summary>
    public static void Write(ExpositionWriter writer, EdgeMetrics metrics, NodeIdentity node)
    {
        // There is no Lua: the shared dictionary is the committed managed heap and its ceiling, the worker's VM is the live heap.
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        SharedDictionary(writer, node, "kong_memory_lua_shared_dict_bytes", "Allocated slabs in bytes in a shared_dict", memory.TotalCommittedBytes);
        SharedDictionary(
            writer, node, "kong_memory_lua_shared_dict_total_bytes", "Total capacity in bytes of a shared_dict", memory.TotalAvailableMemoryBytes);
        const string Vms = "kong_memory_workers_lua_vms_bytes";
        writer.Family(Vms, "gauge", "Allocated bytes in worker Lua VM");
        writer.Open(Vms, default)
            .First("node_id"u8, node.NodeId)
            .Next("pid"u8, node.ProcessId.ToString(CultureInfo.InvariantCulture))
            .Next("kong_subsystem"u8, Subsystem)
            .Close(GC.GetTotalMemory(forceFullCollection: false));

        ConnectionTotals totals = ConnectionTotals.Read(metrics);
        const string Connections = "kong_nginx_connections_total";
        writer.Family(Connections, "gauge", "Number of connections by subsystem");
        State(writer, Connections, node, "accepted", totals.Accepted);
        State(writer, Connections, node, "active", totals.Active);
        State(writer, Connections, node, "handled", totals.Handled);
        State(writer, Connections, node, "reading", totals.Reading);
        State(writer, Connections, node, "total", totals.Requests);
        State(writer, Connections, node, "waiting", totals.Waiting);
        State(writer, Connections, node, "writing", totals.Writing);

        writer.Family("kong_nginx_metric_errors_total", "counter", "Number of nginx-lua-prometheus errors");
        writer.Sample("kong_nginx_metric_errors_total", metrics.Overflows);
        const string Requests = "kong_nginx_requests_total";
        writer.Family(Requests, "gauge", "Number of requests total");
        writer.Open(Requests, default).First("node_id"u8, node.NodeId).Next("subsystem"u8, Subsystem).Close(totals.Requests);
        const string Timers = "kong_nginx_timers";
        writer.Family(Timers, "gauge", "Number of nginx timers");
        writer.Open(Timers, default).First("state"u8, "pending").Close(Timer.ActiveCount);
        writer.Open(Timers, default).First("state"u8, "running").Close(0);
        const string Info = "kong_node_info";
        writer.Family(Info, "gauge", "Kong Node metadata information");
        writer.Open(Info, default).First("node_id"u8, node.NodeId).Next("version"u8, node.Version).Close(1);
    }

    private static void SharedDictionary(ExpositionWriter writer, NodeIdentity node, string name, string help, long value)
    {
        writer.Family(name, "gauge", help);
        writer.Open(name, default)
            .First("node_id"u8, node.NodeId)
            .Next("shared_dict"u8, "kong")
            .Next("kong_subsystem"u8, Subsystem)
            .Close(value);
    }

    private static void State(ExpositionWriter writer, string name, NodeIdentity node, string state, long value) =>
        writer.Open(name, default)
            .First("node_id"u8, node.NodeId)
            .Next("subsystem"u8, Subsystem)
            .Next("state"u8, state)
            .Close(value);
}
