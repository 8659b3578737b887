using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Admin.Entities;

/// <summary>
/// The entities of one published configuration by collection, id, key and parent. Built when first asked for; immutable, thread-safe. Entities
/// of a collection stay in the order of declaration.
/// </summary>
internal sealed class EntityCatalog
{
    private readonly Dictionary<EntityKind, List<EntityRow>> _rows = [];
    private readonly Dictionary<(EntityKind, Guid), EntityRow> _byId = [];
    private readonly Dictionary<(EntityKind, string), EntityRow> _byKey = [];
    private readonly Dictionary<(EntityKind, string Field, Guid), List<EntityRow>> _byParent = [];

    public EntityCatalog(KongModel model)
    {
        foreach (EntityKind kind in EntityKind.All)
        {
            _rows[kind] = [];
        }

        AddCore(model);
        AddTraffic(model);
        foreach (KongConsumer consumer in model.Consumers)
        {
            Add(EntityKind.Consumers, consumer, consumer.Username, json => json.Consumer(consumer));
            foreach (KongJwtCredential credential in consumer.JwtCredentials)
            {
                string? key = credential.KeyWasGenerated ? null : credential.Key;
                Add(EntityKind.JwtSecrets, credential, key, json => json.JwtSecret(credential), ("consumer", credential.Consumer));
            }

            foreach (KongKeyCredential credential in consumer.KeyCredentials)
            {
                Add(EntityKind.KeyAuths, credential, credential.Key?.Reveal(), json => json.KeyCredential(credential), ("consumer", credential.Consumer));
            }

            foreach (KongBasicCredential credential in consumer.BasicCredentials)
            {
                Add(EntityKind.BasicAuths, credential, credential.Username, json => json.BasicCredential(credential), ("consumer", credential.Consumer));
            }

            foreach (KongAclGroup group in consumer.Groups)
            {
                Add(EntityKind.Acls, group, group.Group, json => json.AclGroup(group), ("consumer", group.Consumer));
            }
        }
    }

    /// <summary>The entities of a collection.</summary>
    public IReadOnlyList<EntityRow> Rows(EntityKind kind) => _rows[kind];

    /// <summary>The entities of a collection whose field refers to a parent.</summary>
    public IReadOnlyList<EntityRow> Rows(EntityKind kind, string field, Guid parent) =>
        _byParent.TryGetValue((kind, field, parent), out List<EntityRow>? rows) ? rows : [];

    /// <summary>An entity by id or, when the text is none, by key.</summary>
    public EntityRow? Find(EntityKind kind, string idOrKey) =>
        Guid.TryParseExact(idOrKey, "D", out Guid id) ? Find(kind, id) : _byKey.GetValueOrDefault((kind, idOrKey));

    /// <summary>
    /// An entity of a parent by id or key. A group of a consumer is found by its name too (<c>kong/plugins/acl/api.lua</c>).
    /// </summary>
    public EntityRow? Find(EntityKind kind, string field, Guid parent, string idOrKey)
    {
        if (kind == EntityKind.Acls && !Guid.TryParseExact(idOrKey, "D", out _))
        {
            return Rows(kind, field, parent).FirstOrDefault(row => row.Key == idOrKey);
        }

        return Find(kind, idOrKey) is { } row && row.Parent(field) == parent ? row : null;
    }

    /// <summary>An entity by id.</summary>
    public EntityRow? Find(EntityKind kind, Guid id) => _byId.GetValueOrDefault((kind, id));

    private void AddCore(KongModel model)
    {
        ILookup<Guid, string> names = model.Snis.ToLookup(static sni => sni.Certificate.Id, static sni => sni.Name);
        foreach (KongCertificate certificate in model.Certificates)
        {
            Add(EntityKind.Certificates, certificate, null, json => json.Certificate(certificate, names[certificate.Id]));
        }

        foreach (KongCaCertificate root in model.CaCertificates)
        {
            Add(EntityKind.CaCertificates, root, null, json => json.CaCertificate(root));
        }

        foreach (KongSni sni in model.Snis)
        {
            Add(EntityKind.Snis, sni, sni.Name, json => json.Sni(sni), ("certificate", sni.Certificate));
            // Kong finds a certificate by a server name too (kong/api/routes/certificates.lua).
            if (Find(EntityKind.Certificates, sni.Certificate.Id) is { } certificate)
            {
                _byKey.TryAdd((EntityKind.Certificates, sni.Name), certificate);
            }
        }
    }

    private void AddTraffic(KongModel model)
    {
        foreach (KongService service in model.Services)
        {
            Add(EntityKind.Services, service, service.Name, json => json.Service(service), ("client_certificate", service.ClientCertificate));
        }

        foreach (KongRoute route in model.Routes)
        {
            Add(EntityKind.Routes, route, route.Name, json => json.Route(route), ("service", route.Service));
        }

        foreach (KongPlugin plugin in model.Plugins)
        {
            Add(EntityKind.Plugins, plugin, plugin.InstanceName, json => json.Plugin(plugin),
                ("route", plugin.Route), ("service", plugin.Service), ("consumer", plugin.Consumer));
        }

        foreach (KongUpstream upstream in model.Upstreams)
        {
            Add(EntityKind.Upstreams, upstream, upstream.Name, json => json.Upstream(upstream), ("client_certificate", upstream.ClientCertificate));
            EntityRef parent = new(upstream.Id, upstream.Name, upstream.Span);
            foreach (KongTarget target in upstream.Targets)
            {
                Add(EntityKind.Targets, target, target.Target, json => json.Target(target, upstream.Id), ("upstream", parent));
            }
        }
    }

    private void Add(
        EntityKind kind, KongEntity entity, string? key, Func<EntityJson, System.Text.Json.Nodes.JsonObject> render,
        params ReadOnlySpan<(string Field, EntityRef? Reference)> parents)
    {
        List<KeyValuePair<string, Guid>> references = [];
        foreach ((string field, EntityRef? reference) in parents)
        {
            if (reference is not null)
            {
                references.Add(new(field, reference.Id));
            }
        }

        EntityRow row = new(kind, entity.Id, key, entity.Tags, references, render);
        _rows[kind].Add(row);
        _byId.TryAdd((kind, entity.Id), row);
        if (key is not null && kind != EntityKind.Acls)
        {
            _byKey.TryAdd((kind, key), row);
        }

        foreach ((string field, Guid parent) in references)
        {
            if (!_byParent.TryGetValue((kind, field, parent), out List<EntityRow>? rows))
            {
                _byParent[(kind, field, parent)] = rows = [];
            }

            rows.Add(row);
        }
    }
}
