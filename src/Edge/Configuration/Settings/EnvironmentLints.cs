using VoltageSoda.Edge.Configuration.Kong;
using VoltageSoda.Edge.Configuration.Tls;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>What there is to say about the environment once the documents are known (what Kong's own start-up would do with it). Pure.</summary>
internal static class EnvironmentLints
{
    private static readonly SourceSpan Place = new(SettingsLoader.EnvironmentName, 0, 0);

    /// <summary>The findings; <paramref name="usedByDocuments"/> are variables that documents refer to, which are therefore known.</summary>
    public static IReadOnlyList<ConfigDiagnostic> Check(EdgeSettings settings, IReadOnlySet<string> usedByDocuments, KongModel? model, bool configured)
    {
        FindingList findings = new(settings.Sources.Mode);
        foreach (string name in settings.Variables.Keys.Order(StringComparer.Ordinal))
        {
            Variable(findings, settings, name, usedByDocuments);
        }

        Modes(findings, settings);
        LogFormats(findings, settings);
        Listeners(findings, settings, model is not null, configured);
        TlsLints.Check(findings, settings, TimeProvider.System);
        if (model is not null && LimitsByAddress(model) && !settings.Kong.TrustedIps.Any && settings.Kong.RealIpHeader != "proxy_protocol"
            && settings.Listeners.Proxy(true, configured).Any(address => !address.IsLocal))
        {
            Add(findings, FindingCodes.NoTrustedIps, SettingTable.TrustedIps.Name,
                "not set: a load balancer in front is taken for the client, its X-Forwarded-* are replaced and everybody behind it shares one limit",
                hint: "name the load balancer's addresses, such as 10.0.0.0/8");
        }

        return [.. settings.Findings, .. findings.Findings];
    }

    private static void Variable(FindingList findings, EdgeSettings settings, string name, IReadOnlySet<string> usedByDocuments)
    {
        bool ours = name.StartsWith("EDGE_", StringComparison.Ordinal) || name.StartsWith("KONG_", StringComparison.Ordinal);
        string value = settings.Variables[name];
        if (value.Length > 0 && SettingTable.Find(name) is { IsLater: true } later && settings.IsGiven(later))
        {
            Add(findings, FindingCodes.NotYetRead, name, "accepted; the feature it belongs to is not built yet");
        }

        if (!ours || value.Length == 0 || usedByDocuments.Contains(name) || KongProperties.IsServiceLink(name, value) || IsKnown(name))
        {
            return;
        }

        if (KongProperties.HasNoEffect(name))
        {
            string reason = name is "KONG_CLUSTER_LISTEN" or "KONG_CLUSTER_TELEMETRY_LISTEN" ? "no effect with role traditional" : "no effect here";
            Add(findings, FindingCodes.NoEffect, name, reason);
        }
        else if (KongProperties.IsDirective(name))
        {
            Add(findings, FindingCodes.NginxSnippet, name, "nginx snippets are not supported", "ignored",
                KongProperties.InsteadOf(name) is { } instead ? $"use {instead}" : null);
        }
        else
        {
            IEnumerable<string> names = SettingTable.All.Select(row => row.Name).Concat(KongProperties.Names);
            Add(findings, FindingCodes.UnknownVariable, name, "unknown setting", "ignored",
                NearestName.Find(name, names) is { } nearest ? $"did you mean '{nearest}'?" : null);
        }
    }

    private static bool IsKnown(string name) => SettingTable.Find(name) is not null
        || (name.EndsWith("_FILE", StringComparison.Ordinal) && SettingTable.Find(name[..^5]) is { IsSecret: true });

    private static void Modes(FindingList findings, EdgeSettings settings)
    {
        if (settings.Get(SettingTable.Database) is { } database && database != "off")
        {
            Add(findings, FindingCodes.DatabaseMode, SettingTable.Database.Name, $"'{database}': there is no database, configuration is declarative",
                hint: "set KONG_DATABASE=off and give KONG_DECLARATIVE_CONFIG");
        }

        if (settings.Get(SettingTable.Role) is { } role && role != "traditional")
        {
            Add(findings, FindingCodes.HybridRole, SettingTable.Role.Name, $"'{role}': hybrid mode is not supported");
        }

        if (settings.Get(SettingTable.StreamListen) is { } stream && stream.Trim() != "off")
        {
            Add(findings, FindingCodes.StreamListener, SettingTable.StreamListen.Name, "TCP and UDP proxying is not supported yet");
        }

        switch (settings.Get(SettingTable.RouterFlavor))
        {
            case "expressions":
                Add(findings, FindingCodes.ExpressionsRouter, SettingTable.RouterFlavor.Name, "the expressions router is not supported");
                break;
            case "traditional":
                Add(findings, FindingCodes.RouterFlavor, SettingTable.RouterFlavor.Name, "'traditional' is not implemented",
                    "routes are matched as by traditional_compatible");
                break;
        }

        foreach (string plugin in settings.Kong.Plugins.Where(plugin => plugin is not ("bundled" or "off") && KongPlugins.Find(plugin) is null))
        {
            Add(findings, FindingCodes.UnknownPluginEnabled, SettingTable.Plugins.Name, $"'{plugin}' is not bundled with Kong", "it is not loaded",
                NearestName.Find(plugin, KongPlugins.Bundled) is { } nearest ? $"did you mean '{nearest}'?" : null);
        }
    }

    private static void LogFormats(FindingList findings, EdgeSettings settings)
    {
        foreach (Setting<string?> row in (ReadOnlySpan<Setting<string?>>)[SettingTable.ProxyAccessLog, SettingTable.AdminAccessLog, SettingTable.StatusAccessLog])
        {
            if (settings.Get(row) is { } text && LogTarget.CustomFormatOf(text) is { } format)
            {
                Add(findings, FindingCodes.AccessLogFormat, row.Name, $"log format '{format}' is defined by an nginx snippet, which is not read",
                    "lines are written as combined", "EDGE_LOG_FORMAT=json gives JSON lines");
            }
        }
    }

    private static void Listeners(FindingList findings, EdgeSettings settings, bool kongDocument, bool configured)
    {
        IReadOnlyList<ListenAddress> admin = settings.Listeners.Admin(kongDocument, configured);
        Addresses(findings, settings, SettingTable.ProxyListen, settings.Listeners.Proxy(kongDocument, configured));
        Addresses(findings, settings, SettingTable.AdminListen, admin);
        Addresses(findings, settings, SettingTable.StatusListen, settings.Listeners.Status);
        if (admin.FirstOrDefault(address => !address.IsLocal && !address.Ssl) is { } exposed)
        {
            Add(findings, FindingCodes.AdminExposed, SettingTable.AdminListen.Name,
                $"the Admin API listens on {exposed.Text}, where others can reach it; it has no authentication",
                hint: "use 127.0.0.1, or keep others out by a NetworkPolicy");
        }

        Clashes(findings, [
            (SettingTable.ProxyListen, settings.Listeners.Proxy(kongDocument, configured)),
            (SettingTable.AdminListen, admin),
            (SettingTable.StatusListen, settings.Listeners.Status),
            (SettingTable.AdminGuiListen, settings.IsGiven(SettingTable.AdminGuiListen) ? settings.Listeners.AdminGui(kongDocument, configured) : []),
        ]);
        bool proxyProtocol = settings.Listeners.ProxyProtocol || settings.Listeners.Proxy(kongDocument, configured).Any(address => address.ProxyProtocol);
        if (proxyProtocol && !settings.Kong.TrustedIps.Any)
        {
            Add(findings, FindingCodes.ProxyProtocolUntrusted, SettingTable.TrustedIps.Name,
                "not set, while PROXY headers are required: they are believed from trusted addresses only",
                hint: "name the addresses of what sends the PROXY header");
        }

        if (settings.IsGiven(SettingTable.AdminGuiListen) && settings.Get(SettingTable.AdminGuiListen).Count > 0)
        {
            Add(findings, FindingCodes.NoGui, SettingTable.AdminGuiListen.Name, "there is no Kong Manager; its addresses answer 404");
        }
    }

    private static void Addresses(
        FindingList findings, EdgeSettings settings, Setting<IReadOnlyList<ListenAddress>> row, IReadOnlyList<ListenAddress> addresses)
    {
        foreach (ListenAddress address in addresses)
        {
            if (address.Http2)
            {
                bool asked = address.Ssl && settings.IsGiven(row);
                Add(findings, asked ? FindingCodes.Http2Asked : FindingCodes.Http2Listener, row.Name,
                    $"'{address.Text}' serves HTTP/1.1: HTTP/2 is not supported yet", asked ? "h2 is not offered by ALPN" : null);
            }
        }
    }

    // With SO_REUSEPORT the system would let both bind, and an API meant for few would answer some of everybody's connections.
    private static void Clashes(FindingList findings, (Setting Row, IReadOnlyList<ListenAddress> Addresses)[] lists)
    {
        Dictionary<string, string> taken = new(StringComparer.Ordinal);
        foreach ((Setting row, IReadOnlyList<ListenAddress> addresses) in lists)
        {
            foreach (ListenAddress address in addresses.Where(address => address.UnixPath is not null || address.Port != 0))
            {
                string place = address.UnixPath is { } path ? $"unix:{path}" : address.EndPoint.ToString()!;
                if (!taken.TryAdd(place, row.Name))
                {
                    Add(findings, FindingCodes.ListenTwice, row.Name, $"{place} is given to {taken[place]} too");
                }
            }
        }
    }

    // A consumer or credential that is not there is counted by address too.
    private static bool LimitsByAddress(KongModel model) => model.Plugins.Any(plugin =>
        plugin is { Active: true, Config: RateLimitingConfig { LimitBy: not RateLimitBy.Service } });

    private static void Add(FindingList findings, FindingCode code, string variable, string message, string? action = null, string? hint = null) =>
        findings.Add(code, Place, variable, $"{variable}: {message}", action, hint);
}
