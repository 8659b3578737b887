using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using VoltageSoda.Edge.Admin.Entities;
using VoltageSoda.Edge.Admin.Routing;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Admin;

/// <summary>Targets of upstreams, their health and the switch for it (<c>kong/api/routes/upstreams.lua</c>). Thread-safe.</summary>
internal sealed class UpstreamEndpoints(EntityEndpoints entities, IEdgeState state, NodeIdentity node)
{
    private const string Upstream = "/upstreams/{upstreams}";

    /// <summary>What only reads; the Status API has these too.</summary>
    public IEnumerable<AdminRoute> Reads() =>
    [
        new AdminRoute(Upstream + "/health", (HttpMethods.Get, (context, arguments) => HealthAsync(context, arguments[0]))),
        new AdminRoute(Upstream + "/targets", (HttpMethods.Get, (context, arguments) => ListAsync(context, arguments[0], "targets"))),
        new AdminRoute(Upstream + "/targets/all", (HttpMethods.Get, (context, arguments) => ListAsync(context, arguments[0], "targets/all"))),
        new AdminRoute(Upstream + "/targets/{targets}", (HttpMethods.Get, (context, arguments) => OneAsync(context, arguments))),
    ];

    /// <summary>Everything.</summary>
    public IEnumerable<AdminRoute> Routes() =>
    [
        new AdminRoute(Upstream + "/health", (HttpMethods.Get, (context, arguments) => HealthAsync(context, arguments[0]))),
        new AdminRoute(Upstream + "/targets/{targets}/healthy", (HttpMethods.Put, (context, arguments) => SwitchAsync(context, arguments, true))),
        new AdminRoute(Upstream + "/targets/{targets}/unhealthy", (HttpMethods.Put, (context, arguments) => SwitchAsync(context, arguments, false))),
        new AdminRoute(Upstream + "/targets/{targets}/{address}/healthy", (HttpMethods.Put, (context, arguments) => SwitchAsync(context, arguments, true))),
        new AdminRoute(Upstream + "/targets/{targets}/{address}/unhealthy", (HttpMethods.Put, (context, arguments) => SwitchAsync(context, arguments, false))),
        new AdminRoute(Upstream + "/targets",
            (HttpMethods.Get, (context, arguments) => ListAsync(context, arguments[0], "targets")),
            (HttpMethods.Post, (context, arguments) => WriteAsync(context, "create", entities.Find(EntityKind.Upstreams, arguments[0])))),
        new AdminRoute(Upstream + "/targets/all", (HttpMethods.Get, (context, arguments) => ListAsync(context, arguments[0], "targets/all"))),
        new AdminRoute(Upstream + "/targets/{targets}",
            (HttpMethods.Get, (context, arguments) => OneAsync(context, arguments)),
            (HttpMethods.Put, (context, arguments) => WriteAsync(context, "create or update", entities.Find(EntityKind.Upstreams, arguments[0]))),
            (HttpMethods.Patch, (context, arguments) => WriteAsync(context, "update", Target(arguments))),
            (HttpMethods.Delete, (context, arguments) => WriteAsync(context, "remove", Target(arguments)))),
    ];

    private static Task WriteAsync(HttpContext context, string verb, EntityRow? where) =>
        where is null ? ApiError.NotFoundAsync(context) : ApiError.UnsupportedAsync(context, verb, "targets");

    private Task ListAsync(HttpContext context, string key, string list) => entities.Find(EntityKind.Upstreams, key) is { } upstream
        ? entities.PageAsync(
            context, entities.Current().Catalog.Rows(EntityKind.Targets, "upstream", upstream.Id), $"/upstreams/{upstream.Id}/{list}", carriesQuery: false)
        : ApiError.NotFoundAsync(context);

    private Task OneAsync(HttpContext context, string[] arguments) => Target(arguments) is { } target
        ? JsonAnswers.NodeAsync(context, StatusCodes.Status200OK, target.Render(entities.Current().Json))
        : ApiError.NotFoundAsync(context);

    private Task HealthAsync(HttpContext context, string key)
    {
        if (entities.Find(EntityKind.Upstreams, key) is not { } upstream || state.Upstreams.Find(upstream.Id.ToString()) is not { } view)
        {
            return ApiError.NotFoundAsync(context);
        }

        if (context.Request.Query["balancer_health"] == "1")
        {
            return JsonAnswers.NodeAsync(context, StatusCodes.Status200OK, new JsonObject
            {
                ["data"] = HealthJson.Balancer(view),
                ["next"] = null,
                ["node_id"] = node.NodeId,
            });
        }

        (EntityCatalog catalog, EntityJson json) = entities.Current();
        Dictionary<Guid, TargetHealthView> byId = view.Targets.DistinctBy(static target => target.Id).ToDictionary(static target => target.Id);
        return entities.PageAsync(
            context,
            catalog.Rows(EntityKind.Targets, "upstream", upstream.Id),
            $"/upstreams/{upstream.Id}/health",
            carriesQuery: false,
            row =>
            {
                JsonObject target = row.Render(json);
                if (byId.TryGetValue(row.Id, out TargetHealthView? health))
                {
                    target["health"] = HealthJson.Word(health.Health);
                    target["data"] = HealthJson.Host(health);
                }

                return target;
            },
            answer => answer["node_id"] = node.NodeId);
    }

    private Task SwitchAsync(HttpContext context, string[] arguments, bool healthy)
    {
        if (entities.Find(EntityKind.Upstreams, arguments[0]) is not { } upstream || Target(arguments) is not { } target)
        {
            return ApiError.NotFoundAsync(context);
        }

        string? address = arguments.Length == 3 ? arguments[2] : null;
        switch (state.Upstreams.SetHealth(upstream.Id.ToString(), target.Id.ToString(), address, healthy))
        {
            case HealthSwitch.Done or HealthSwitch.UnknownAddress:
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            case HealthSwitch.ChecksOff:
                return JsonAnswers.MessageAsync(context, StatusCodes.Status400BadRequest, $"no healthchecker found for {upstream.Key}");
            default:
                return ApiError.NotFoundAsync(context);
        }
    }

    // By id, or by host and port as configured; without a port it is Kong's default one.
    private EntityRow? Target(string[] arguments)
    {
        EntityCatalog catalog = entities.Current().Catalog;
        return catalog.Find(EntityKind.Upstreams, arguments[0]) is { } upstream
            ? catalog.Rows(EntityKind.Targets, "upstream", upstream.Id).FirstOrDefault(target =>
                target.Id.ToString() == arguments[1] || target.Key == arguments[1] || target.Key == arguments[1] + ":8000")
            : null;
    }
}
