namespace VoltageSoda.Edge.Admin.Entities;

/// <summary>A field that refers to an entity of another collection.</summary>
/// <param name="Field">Name of the field.</param>
/// <param name="Reference">Collection it refers to.</param>
internal sealed record ForeignField(string Field, string Reference);

/// <summary>
/// One collection of Kong and the paths of its generated endpoints (<c>kong/api/endpoints.lua</c>; names from <c>kong/db/schema/entities</c> and
/// <c>kong/plugins/*/daos.lua</c>). Immutable.
/// </summary>
/// <param name="Name">Name of the collection.</param>
/// <param name="ApiName">First segment of its paths.</param>
/// <param name="NestedName">Segment under a parent.</param>
/// <param name="Key">Field that identifies an entity beside its id; null when only the id does.</param>
/// <param name="Foreign">Fields that refer to others.</param>
internal sealed record EntityKind(string Name, string ApiName, string NestedName, string? Key, IReadOnlyList<ForeignField> Foreign)
{
    public static readonly EntityKind Services = new("services", "services", "services", "name", [new("client_certificate", "certificates")]);
    public static readonly EntityKind Routes = new("routes", "routes", "routes", "name", [new("service", "services")]);
    public static readonly EntityKind Consumers = new("consumers", "consumers", "consumers", "username", []);
    public static readonly EntityKind Plugins = new("plugins", "plugins", "plugins", "instance_name",
        [new("route", "routes"), new("service", "services"), new("consumer", "consumers")]);

    public static readonly EntityKind Upstreams = new("upstreams", "upstreams", "upstreams", "name", [new("client_certificate", "certificates")]);
    public static readonly EntityKind Targets = new("targets", "targets", "targets", "target", [new("upstream", "upstreams")]);
    public static readonly EntityKind Certificates = new("certificates", "certificates", "certificates", null, []);
    public static readonly EntityKind Snis = new("snis", "snis", "snis", "name", [new("certificate", "certificates")]);
    public static readonly EntityKind CaCertificates = new("ca_certificates", "ca_certificates", "ca_certificates", null, []);
    public static readonly EntityKind JwtSecrets = OfConsumer("jwt_secrets", "jwts", "jwt", "key");
    // A group is no key of its own: it is found below its consumer only.
    public static readonly EntityKind Acls = OfConsumer("acls", "acls", "acls", null);
    public static readonly EntityKind KeyAuths = OfConsumer("keyauth_credentials", "key-auths", "key-auth", "key");
    public static readonly EntityKind BasicAuths = OfConsumer("basicauth_credentials", "basic-auths", "basic-auth", "username");

    // Collections whose entities are accepted without effect: their lists are there, and empty.
    public static readonly EntityKind HmacAuths = OfConsumer("hmacauth_credentials", "hmac-auths", "hmac-auth", "username");
    public static readonly EntityKind OAuth2 = OfConsumer("oauth2_credentials", "oauth2", "oauth2", "client_id");
    public static readonly EntityKind Vaults = new("vaults", "vaults", "vaults", "prefix", []);
    public static readonly EntityKind KeySets = new("key_sets", "key-sets", "key-sets", "name", []);
    public static readonly EntityKind Keys = new("keys", "keys", "keys", "name", [new("set", "key_sets")]);

    /// <summary>Every collection, parents before children.</summary>
    public static IReadOnlyList<EntityKind> All { get; } =
    [
        Certificates, CaCertificates, Snis, Services, Routes, Consumers, Plugins, Upstreams, Targets, JwtSecrets, Acls, KeyAuths, BasicAuths,
        HmacAuths, OAuth2, Vaults, KeySets, Keys,
    ];

    /// <summary>Finds a collection by its name.</summary>
    public static EntityKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    private static EntityKind OfConsumer(string name, string apiName, string nestedName, string? key) =>
        new(name, apiName, nestedName, key, [new("consumer", "consumers")]);
}
