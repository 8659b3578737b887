using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Reads plugin entries: scope, protocols, and the configuration by the plugin's own reader (<c>kong/db/schema/entities/plugins.lua</c>).</summary>
internal static class PluginReader
{
    /// <summary>Reads one; null when it cannot be used at all (then a finding refuses).</summary>
    public static KongPlugin? Read(KongLoad load, RawEntity raw, int order)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: true);
        string name = record.Text("name", required: true) ?? "";
        string? instance = EntityFields.Name(record, "plugins", "instance_name");
        bool enabled = record.Boolean("enabled") ?? true;
        EntityRef? service = EntityFields.Parent(record, raw, "services", "service", required: false, out bool serviceGiven);
        EntityRef? route = EntityFields.Parent(record, raw, "routes", "route", required: false, out bool routeGiven);
        EntityRef? consumer = EntityFields.Parent(record, raw, "consumers", "consumer", required: false, out bool consumerGiven);
        KnownPlugin? known = KongPlugins.Find(name);
        string? inactive = Judge(record, name, known, enabled);
        if (consumerGiven && known is { ConsumerScope: false })
        {
            record.Report(FindingCodes.PluginScope, "consumer", $"value must be null ({name} cannot be set for a consumer)");
        }
        else if (consumerGiven && enabled && PluginPriorities.RunsBeforeConsumers(name))
        {
            record.Report(FindingCodes.PluginBeforeConsumers, "consumer", $"{name} runs before anybody is authenticated, so that this instance never runs",
                hint: "set it for a service or a route");
        }

        bool usable = known is not null && service is null == !serviceGiven && route is null == !routeGiven && consumer is null == !consumerGiven;
        KongPluginConfig config = ReadConfig(record, name, known);
        string key = $"plugins:{name}:{Part(record, raw, "routes", "route")}:{Part(record, raw, "services", "service")}:{Part(record, raw, "consumers", "consumer")}";
        KongPlugin plugin = new()
        {
            Id = EntityFields.Id(record, "plugins", instance ?? key),
            Name = name,
            InstanceName = instance,
            Order = order,
            Service = service,
            Route = route,
            Consumer = consumer,
            Enabled = enabled,
            Protocols = Protocols(record, name, known, enabled),
            Config = config,
            Written = WrittenJson.Of(raw.Node["config"], load.Expander),
            InactiveReason = inactive,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        if (usable)
        {
            load.Index.Unique("plugins", "name,route,service,consumer", $"{name}:{route?.Id}:{service?.Id}:{consumer?.Id}", record.Span, record.Path,
                $"{name},{route?.Label},{service?.Label},{consumer?.Label}");
        }

        record.Done();
        return usable ? plugin : null;
    }

    // Kong's cache key: a parent that nests the plugin stands by its id, a reference by its text.
    private static string Part(RecordReader record, RawEntity raw, string collection, string field) =>
        raw.ParentCollection == collection ? raw.Parent!.Id.ToString() : EntityFields.Reference(record, field)?.Text ?? "";

    private static IReadOnlyList<string> Protocols(RecordReader record, string name, KnownPlugin? known, bool enabled)
    {
        string[] allowed = known is { AnyProtocol: false } ? KongPlugins.HttpProtocols : KongPlugins.AllProtocols;
        if (record.Choices("protocols", "set", allowed) is not { } protocols)
        {
            return KongPlugins.HttpProtocols;
        }

        bool empty = record.Entry("protocols")?.Value is YamlSequence { Items.Count: 0 } or YamlMapping;
        if (enabled && (protocols.Count > 0 || empty) && !protocols.Any(KongPlugins.HttpProtocols.Contains))
        {
            record.Report(FindingCodes.PluginNeverRuns, "protocols", $"none of {string.Join(", ", KongPlugins.HttpProtocols)} is named, so that {name} never runs",
                hint: "leave protocols out, or enabled: false says so");
        }

        return protocols;
    }

    private static KongPluginConfig ReadConfig(RecordReader record, string name, KnownPlugin? known)
    {
        if (known?.Read is null)
        {
            record.Accept("config");
            return new UnbuiltPluginConfig();
        }

        RecordReader config = record.Record("config", guards: known.Guards);
        KongPluginConfig result = known.Read(config);
        config.Done();
        return result;
    }

    // Why the plugin does nothing, or null; reports what must be said about the name.
    private static string? Judge(RecordReader record, string name, KnownPlugin? known, bool enabled)
    {
        if (name.Length == 0)
        {
            return null;
        }

        if (!record.Load.EnabledPlugins.Contains(name))
        {
            string? nearest = known is null ? NearestName.Find(name, KongPlugins.Bundled) : null;
            record.Report(FindingCodes.PluginNotEnabled, "name", $"plugin '{name}' not enabled; add it to the 'plugins' configuration property",
                hint: nearest is null ? "KONG_PLUGINS lists the plugins that may be configured" : $"did you mean '{nearest}'?");
            return null;
        }

        if (known is null)
        {
            if (enabled)
            {
                record.Report(FindingCodes.PluginUnknown, "name", $"plugin '{name}' is not one that Kong bundles, and Lua plugins are not run",
                    hint: "enabled: false takes it out");
                return null;
            }

            return "it is not one that Kong bundles";
        }

        if (known.InactiveReason is not { } reason || !enabled)
        {
            return known.InactiveReason;
        }

        if (known.NeedsDatabase)
        {
            record.Report(FindingCodes.PluginNeedsDatabase, "name", $"plugin '{name}': {reason}; Kong cannot run it from a file either",
                hint: "use jwt, key-auth or basic-auth; enabled: false takes it out, and what it guards is then open");
        }
        else if (known.Guards)
        {
            record.Report(FindingCodes.PluginGuardsUnbuilt, "name", $"plugin '{name}' guards access and is not built yet",
                hint: "enabled: false takes it out, and what it guards is then open");
        }
        else
        {
            record.Report(FindingCodes.PluginInactive, "name", $"plugin '{name}': {reason}", "loaded, inactive");
        }

        return reason;
    }
}
