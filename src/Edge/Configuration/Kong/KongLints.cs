using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Advice on models that are legal and probably not meant so (kong.md section 2, the lint rows).</summary>
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

        foreach (KongConsumer consumer in model.Consumers.Where(consumer => consumer.Groups.Count == 0 && consumer.JwtCredentials.Count > 0))
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
        foreach (KongPlugin jwt in model.Plugins.Where(plugin => plugin is { Active: true, Config: JwtConfig { RunOnPreflight: true } }))
        {
            if (model.Routes.FirstOrDefault(route => Applies(jwt, route) && AcceptsOptions(route) && !HasCors(model, route)) is { } route)
            {
                load.Findings.Add(
                    FindingCodes.PreflightRefused,
                    jwt.Span,
                    "plugins",
                    $"browsers' preflight requests to {route.Label} get 401: run_on_preflight is on and no cors plugin answers before jwt",
                    hint: "add a cors plugin there, or set run_on_preflight: false");
            }
        }
    }

    private static void PreflightElsewhere(KongLoad load, KongModel model)
    {
        foreach (KongRoute route in model.Routes.Where(route => !AcceptsOptions(route) && route.Paths.Count > 0))
        {
            string? path = route.Paths.FirstOrDefault(candidate => !candidate.IsRegex)?.Value;
            KongRoute? other = path is null ? null : model.Routes.FirstOrDefault(candidate =>
                candidate != route && AcceptsOptions(candidate) && candidate.Hosts.Count + candidate.Headers.Count == 0
                && candidate.Service?.Id != route.Service?.Id
                && candidate.Paths.Any(prefix => !prefix.IsRegex && path.StartsWith(prefix.Value, StringComparison.Ordinal)));
            if (other is not null)
            {
                load.Findings.Add(
                    FindingCodes.PreflightElsewhere,
                    route.SpanOf("methods"),
                    "routes",
                    $"OPTIONS {path} is not for {route.Label} but matches {other.Label} at {other.Span.From(route.Span)}",
                    hint: "add OPTIONS to methods, with a cors plugin, if browsers use it");
            }
        }
    }

    private static bool Applies(KongPlugin plugin, KongRoute route) =>
        (plugin.Service is null || plugin.Service.Id == route.Service?.Id) && (plugin.Route is null || plugin.Route.Id == route.Id);

    private static bool AcceptsOptions(KongRoute route) => route.Methods.Count == 0 || route.Methods.Contains("OPTIONS");

    private static bool HasCors(KongModel model, KongRoute route) =>
        model.Plugins.Any(plugin => plugin is { Active: true, Name: "cors" } && Applies(plugin, route));
}
