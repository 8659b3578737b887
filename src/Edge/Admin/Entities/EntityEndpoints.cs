using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using VoltageSoda.Edge.Admin.Routing;

namespace VoltageSoda.Edge.Admin.Entities;

/// <summary>
/// The endpoints that Kong generates for every collection (<c>kong/api/endpoints.lua</c>): lists, single entities, those of a parent, the parent of
/// one. Reads answer from the configuration in force; every write is 405 with code 12. Thread-safe.
/// </summary>
internal sealed class EntityEndpoints(IEdgeState state, bool showSecrets)
{
    private CatalogOf? _latest;

    /// <summary>The routes.</summary>
    public IEnumerable<AdminRoute> Routes()
    {
        foreach (EntityKind kind in EntityKind.All.Where(static kind => kind != EntityKind.Targets))
        {
            yield return new AdminRoute($"/{kind.ApiName}",
                (HttpMethods.Get, (context, _) => ListAsync(context, kind)),
                (HttpMethods.Post, (context, _) => ApiError.UnsupportedAsync(context, "create", kind.Name)));
            yield return One(kind);
            foreach (ForeignField foreign in kind.Foreign)
            {
                EntityKind parent = EntityKind.Find(foreign.Reference)!;
                yield return ParentOf(kind, foreign, parent);
                yield return new AdminRoute($"/{parent.ApiName}/{{{parent.Name}}}/{kind.NestedName}",
                    (HttpMethods.Get, (context, arguments) => NestedListAsync(context, kind, foreign, parent, arguments[0])),
                    (HttpMethods.Post, (context, arguments) => CreateNestedAsync(context, kind, parent, arguments[0])));
                yield return NestedOne(kind, foreign, parent);
            }
        }

        yield return new AdminRoute("/tags", (HttpMethods.Get, (context, _) => TagsAsync(context, null)));
        yield return new AdminRoute("/tags/{tags}", (HttpMethods.Get, (context, arguments) => TagsAsync(context, arguments[0])));
    }

    /// <summary>The entities in force and how to print them.</summary>
    public (EntityCatalog Catalog, EntityJson Json) Current()
    {
        PublishedConfiguration published = state.Published;
        CatalogOf? latest = Volatile.Read(ref _latest);
        if (latest is null || !ReferenceEquals(latest.Published, published))
        {
            latest = new CatalogOf(published, new EntityCatalog(published.Model), new EntityJson(published.At, showSecrets));
            Volatile.Write(ref _latest, latest);
        }

        return (latest.Catalog, latest.Json);
    }

    /// <summary>A page of rows with its link to the next.</summary>
    public Task PageAsync(
        HttpContext context, IReadOnlyList<EntityRow> rows, string path, bool carriesQuery,
        Func<EntityRow, JsonObject>? print = null, Action<JsonObject>? more = null)
    {
        if (PageQuery.Read(context, hasTags: true, out Task refusal) is not { } page)
        {
            return refusal;
        }

        EntityJson json = Current().Json;
        JsonArray data = [];
        int position = -1;
        string? offset = null;
        foreach (EntityRow row in rows.Where(row => page.Matches(row.Tags)))
        {
            position++;
            if (position < page.Start)
            {
                continue;
            }

            if (data.Count == page.Size)
            {
                offset = PageQuery.Offset(position);
                break;
            }

            data.Add((JsonNode)(print is null ? row.Render(json) : print(row)));
        }

        JsonObject answer = new() { ["data"] = data, ["next"] = null };
        if (offset is not null)
        {
            answer["offset"] = offset;
            answer["next"] = Next(context, path, offset, carriesQuery);
        }

        more?.Invoke(answer);
        return JsonAnswers.NodeAsync(context, StatusCodes.Status200OK, answer);
    }

    /// <summary>Finds an entity, as an id or key in a path names it.</summary>
    public EntityRow? Find(EntityKind kind, string idOrKey) => Current().Catalog.Find(kind, idOrKey);

    private static string Next(HttpContext context, string path, string offset, bool carriesQuery)
    {
        IQueryCollection query = context.Request.Query;
        string next = $"{path}?offset={Uri.EscapeDataString(offset)}";
        if (carriesQuery && query.TryGetValue("tags", out var tags))
        {
            next += "&tags=" + Uri.EscapeDataString(tags[0] ?? "");
        }

        return carriesQuery && query.TryGetValue("size", out var size) ? next + "&size=" + Uri.EscapeDataString(size[0] ?? "") : next;
    }

    private Task ListAsync(HttpContext context, EntityKind kind)
    {
        IReadOnlyList<EntityRow> rows = Current().Catalog.Rows(kind);
        if (kind == EntityKind.Consumers && context.Request.Query["custom_id"] is [{ Length: > 0 } customId, ..])
        {
            // Kong's only filter by a field (kong/api/routes/consumers.lua).
            Guid? id = state.Published.Model.Consumers.FirstOrDefault(consumer => consumer.CustomId == customId)?.Id;
            rows = [.. rows.Where(row => row.Id == id)];
        }

        return PageAsync(context, rows, "/" + kind.ApiName, carriesQuery: true);
    }

    private Task NestedListAsync(HttpContext context, EntityKind kind, ForeignField foreign, EntityKind parentKind, string key)
    {
        EntityCatalog catalog = Current().Catalog;
        return catalog.Find(parentKind, key) is { } parent
            ? PageAsync(context, catalog.Rows(kind, foreign.Field, parent.Id), $"/{parentKind.ApiName}/{parent.Id}/{kind.NestedName}", carriesQuery: false)
            : ApiError.NotFoundAsync(context);
    }

    private Task CreateNestedAsync(HttpContext context, EntityKind kind, EntityKind parentKind, string key) =>
        Find(parentKind, key) is null ? ApiError.NotFoundAsync(context) : ApiError.UnsupportedAsync(context, "create", kind.Name);

    private AdminRoute One(EntityKind kind)
    {
        AdminHandler Write(string verb) => ById(kind, (context, arguments) =>
            ApiError.UnsupportedAsync(context, verb, kind.Name, Field(kind, arguments[0])));
        return new AdminRoute($"/{kind.ApiName}/{{{kind.Name}}}",
            (HttpMethods.Get, ById(kind, (context, arguments) => AnswerAsync(context, catalog => catalog.Find(kind, arguments[0])))),
            (HttpMethods.Put, Write("create or update")),
            (HttpMethods.Patch, Write("update")),
            (HttpMethods.Delete, Write("remove")));
    }

    // A key is looked for before the id is judged; certificates are found by a server name too (kong/api/endpoints.lua, kong/db/dao/init.lua).
    private static AdminHandler ById(EntityKind kind, AdminHandler handler) => kind.Key is not null || kind == EntityKind.Certificates
        ? handler
        : (context, arguments) => Guid.TryParseExact(arguments[0], "D", out _) ? handler(context, arguments) : ApiError.InvalidIdAsync(context);

    // /routes/{routes}/service: the one that a field refers to.
    private AdminRoute ParentOf(EntityKind kind, ForeignField foreign, EntityKind parent)
    {
        AdminHandler Write(string verb) => (context, arguments) =>
            Find(kind, arguments[0]) is { } row && (row.Parent(foreign.Field) is not null || verb == "create or update")
                ? ApiError.UnsupportedAsync(context, verb, parent.Name)
                : ApiError.NotFoundAsync(context);
        return new AdminRoute($"/{kind.ApiName}/{{{kind.Name}}}/{foreign.Field}",
            (HttpMethods.Get, ById(kind, (context, arguments) => AnswerAsync(
                context, catalog => catalog.Find(kind, arguments[0])?.Parent(foreign.Field) is { } id ? catalog.Find(parent, id) : null))),
            (HttpMethods.Put, Write("create or update")),
            (HttpMethods.Patch, Write("update")),
            (HttpMethods.Delete, (context, arguments) => Find(kind, arguments[0])?.Parent(foreign.Field) is null
                ? ApiError.NotFoundAsync(context)
                : JsonAnswers.MessageAsync(context, StatusCodes.Status405MethodNotAllowed, "Method not allowed")));
    }

    // /services/{services}/routes/{routes}: found only under its own parent.
    private AdminRoute NestedOne(EntityKind kind, ForeignField foreign, EntityKind parentKind)
    {
        EntityRow? Find(EntityCatalog catalog, string[] arguments) =>
            catalog.Find(parentKind, arguments[0]) is { } parent ? catalog.Find(kind, foreign.Field, parent.Id, arguments[1]) : null;
        AdminHandler Write(string verb) => (context, arguments) =>
            (verb == "create or update" ? Current().Catalog.Find(parentKind, arguments[0]) : Find(Current().Catalog, arguments)) is null
                ? ApiError.NotFoundAsync(context)
                : ApiError.UnsupportedAsync(context, verb, kind.Name, Field(kind, arguments[1]));
        return new AdminRoute($"/{parentKind.ApiName}/{{{parentKind.Name}}}/{kind.NestedName}/{{{kind.Name}}}",
            (HttpMethods.Get, (context, arguments) => AnswerAsync(context, catalog => Find(catalog, arguments))),
            (HttpMethods.Put, Write("create or update")),
            (HttpMethods.Patch, Write("update")),
            (HttpMethods.Delete, Write("remove")));
    }

    private Task AnswerAsync(HttpContext context, Func<EntityCatalog, EntityRow?> find)
    {
        (EntityCatalog catalog, EntityJson json) = Current();
        return find(catalog) is { } row ? JsonAnswers.NodeAsync(context, StatusCodes.Status200OK, row.Render(json)) : ApiError.NotFoundAsync(context);
    }

    private Task TagsAsync(HttpContext context, string? only)
    {
        if (PageQuery.Read(context, hasTags: false, out Task refusal) is not { } page)
        {
            return refusal;
        }

        EntityCatalog catalog = Current().Catalog;
        JsonArray data = [];
        int position = -1;
        string? offset = null;
        foreach ((EntityRow row, string tag) in EntityKind.All
            .SelectMany(catalog.Rows)
            .SelectMany(static row => row.Tags.Select(tag => (row, tag)))
            .Where(pair => only is null || pair.tag == only)
            .Skip(page.Start))
        {
            position++;
            if (data.Count == page.Size)
            {
                offset = PageQuery.Offset(page.Start + position);
                break;
            }

            data.Add((JsonNode)new JsonObject { ["entity_name"] = row.Kind.Name, ["entity_id"] = row.Id.ToString(), ["tag"] = tag });
        }

        JsonObject answer = new() { ["data"] = data, ["next"] = null };
        if (offset is not null)
        {
            answer["offset"] = offset;
            answer["next"] = Next(context, only is null ? "/tags" : "/tags/" + Uri.EscapeDataString(only), offset, carriesQuery: true);
        }

        return JsonAnswers.NodeAsync(context, StatusCodes.Status200OK, answer);
    }

    // Writes by key name the field in their refusal; those by id do not.
    private static string? Field(EntityKind kind, string idOrKey) => Guid.TryParseExact(idOrKey, "D", out _) ? null : kind.Key;

    private sealed record CatalogOf(PublishedConfiguration Published, EntityCatalog Catalog, EntityJson Json);
}
