using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Advice on models that are legal and probably not meant so (what Kong accepts without a word).</summary>
internal static class KongLints
{
    // The others are replaced on purpose often; of these people expect that settings add up.
    private static readonly string[] ExpectedToAddUp = ["request-transformer", "response-transformer", "http-log"];

    /// <summary>Adds what there is to say.</summary>
    public static void Check(KongLoad load, KongModel model)
    {
        Shadowed(load, model);
        ConsumersWithoutGroup(load, model);
        if (model.Plugins.Any(plugin => plugin is { Name: "cors", Enabled: true }))
        {
            PreflightRefused(load, model);
            PreflightElsewhere(load, model);
        }
    }

    private static void Shadowed(KongLoad load, KongModel model)
    {
        foreach (KongPlugin global in model.Plugins.Where(plugin => plugin is { IsGlobal: true, Enabled: true } && ExpectedToAddUp.Contains(plugin.Name)))
        {
            foreach (KongPlugin specific in model.Plugins.Where(plugin => plugin.Name == global.Name && plugin is { IsGlobal: false, Enabled: true }))
            {
                EntityRef scope = (specific.Service ?? specific.Route ?? specific.Consumer)!;
                load.Findings.Add(
                    FindingCodes.PluginShadowed,
                    specific.Span,
                    "plugins",
                    $"plugin '{global.Name}' of {scope.Label} replaces the global one at {global.Span.From(specific.Span)}, whose settings have no effect there",
                    hint: "repeat them here, or remove this instance");
            }
        }
    }

    private static void ConsumersWithoutGroup(KongLoad load, KongModel model)
    {
        if (model.Plugins.FirstOrDefault(plugin => plugin is { Active: true, Config: AclConfig { Allow.Count: > 0 } }) is not { } acl)
        {
            return;
        }

        foreach (KongConsumer consumer in model.Consumers.Where(consumer => consumer.Groups.Count == 0
            && consumer.JwtCredentials.Count + consumer.KeyCredentials.Count + consumer.BasicCredentials.Count > 0))
        {
            string groups = string.Join(", ", ((AclConfig)acl.Config).Allow);
            load.Findings.Add(
                FindingCodes.ConsumerWithoutGroup,
                consumer.Span,
                "consumers",
                $"consumer '{consumer.Label}' is in no group, and acl at {acl.Span.From(consumer.Span)} allows only {groups}: it gets 403 there",
                hint: "add acls: [{group: ...}] if it is meant to pass");
        }
    }

    private static void PreflightRefused(KongLoad load, KongModel model)
    {
        Scopes cors = new(model.Plugins.Where(plugin => plugin is { Active: true, Name: "cors" }));
        ILookup<Guid?, KongRoute> byService = model.Routes.ToLookup(route => route.Service?.Id);
        foreach (KongPlugin jwt in model.Plugins.Where(
            plugin => plugin is { Active: true, Config: JwtConfig { RunOnPreflight: true } or KeyAuthConfig { RunOnPreflight: true } }))
        {
            IEnumerable<KongRoute> candidates = jwt.Service is null ? model.Routes : byService[jwt.Service.Id];
            if (candidates.FirstOrDefault(route =>
                (jwt.Route is null || jwt.Route.Id == route.Id) && AcceptsOptions(route) && !cors.Contains(route)) is { } route)
            {
                load.Findings.Add(
                    FindingCodes.PreflightRefused,
                    jwt.Span,
                    "plugins",
                    $"browsers' preflight requests to {route.Label} get 401: run_on_preflight is on and no cors plugin answers before {jwt.Name}",
                    hint: "add a cors plugin there, or set run_on_preflight: false");
            }
        }
    }

    private static void PreflightElsewhere(KongLoad load, KongModel model)
    {
        // By path, so that the search is as long as a path and not as the list of routes.
        Dictionary<string, KongRoute> takers = new(StringComparer.Ordinal);
        foreach (KongRoute taker in model.Routes.Where(route => AcceptsOptions(route) && route.Hosts.Count + route.Headers.Count == 0))
        {
            foreach (KongPathMatch path in taker.Paths.Where(path => !path.IsRegex))
            {
                takers.TryAdd(path.Value, taker);
            }
        }

        foreach (KongRoute route in model.Routes.Where(route => !AcceptsOptions(route) && route.Paths.Count > 0))
        {
            string? path = route.Paths.FirstOrDefault(candidate => !candidate.IsRegex)?.Value;
            for (int length = path?.Length ?? 0; length > 0; length--)
            {
                if (takers.TryGetValue(path![..length], out KongRoute? other))
                {
                    if (other.Service?.Id != route.Service?.Id)
                    {
                        load.Findings.Add(
                            FindingCodes.PreflightElsewhere,
                            route.SpanOf("methods"),
                            "routes",
                            $"OPTIONS {path} is not for {route.Label} but matches {other.Label} at {other.Span.From(route.Span)}",
                            hint: "add OPTIONS to methods, with a cors plugin, if browsers use it");
                    }

                    break;
                }
            }
        }
    }

    private static bool AcceptsOptions(KongRoute route) => route.Methods.Count == 0 || route.Methods.Contains("OPTIONS");

    /// <summary>Which routes a set of plugins covers.</summary>
    private sealed class Scopes
    {
        private readonly HashSet<(Guid? Service, Guid? Route)> _scopes;

        public Scopes(IEnumerable<KongPlugin> plugins) =>
            _scopes = [.. plugins.Where(plugin => plugin.Consumer is null).Select(plugin => (plugin.Service?.Id, plugin.Route?.Id))];

        public bool Contains(KongRoute route) =>
            _scopes.Contains((null, null))
            || _scopes.Contains((null, route.Id))
            || _scopes.Contains((route.Service?.Id, null))
            || _scopes.Contains((route.Service?.Id, route.Id));
    }
}
