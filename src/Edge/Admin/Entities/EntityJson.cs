using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Admin.Schemas;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Admin.Entities;

/// <summary>
/// Entities as Kong 3.4 prints them: every field with its default, null where there is nothing, references as <c>{"id": …}</c>, times in seconds.
/// Immutable; any thread.
/// </summary>
/// <param name="published">When the configuration was published: the time of creation of everything in it, as in Kong's DB-less mode.</param>
/// <param name="showSecrets">True to print secrets in clear.</param>
internal sealed partial class EntityJson(DateTimeOffset published, bool showSecrets)
{
    private readonly long _seconds = published.ToUnixTimeSeconds();

    public JsonObject Service(KongService service) => Stamped(service, new JsonObject
    {
        ["name"] = service.Name,
        ["retries"] = service.Retries,
        ["protocol"] = service.Protocol,
        ["host"] = service.Host,
        ["port"] = service.Port,
        ["path"] = service.Path,
        ["connect_timeout"] = Milliseconds(service.ConnectTimeout),
        ["write_timeout"] = Milliseconds(service.WriteTimeout),
        ["read_timeout"] = Milliseconds(service.ReadTimeout),
        ["client_certificate"] = KongJson.Foreign(service.ClientCertificate?.Id),
        ["tls_verify"] = service.TlsVerify,
        ["tls_verify_depth"] = service.TlsVerifyDepth,
        ["ca_certificates"] = KongJson.TextsOrNull([.. service.CaCertificates.Select(static id => id.ToString())]),
        ["enabled"] = service.Enabled,
    });

    public JsonObject Route(KongRoute route) => Stamped(route, new JsonObject
    {
        ["name"] = route.Name,
        ["protocols"] = KongJson.Texts(route.Protocols),
        ["methods"] = KongJson.TextsOrNull(route.Methods),
        ["hosts"] = KongJson.TextsOrNull([.. route.Hosts.Select(static host => host.Text)]),
        ["paths"] = KongJson.TextsOrNull([.. route.Paths.Select(static path => path.Text)]),
        ["headers"] = Headers(route.Headers),
        ["snis"] = KongJson.TextsOrNull(route.Snis),
        ["sources"] = null,
        ["destinations"] = null,
        ["https_redirect_status_code"] = route.HttpsRedirectStatusCode,
        ["regex_priority"] = route.RegexPriority,
        ["strip_path"] = route.StripPath,
        ["path_handling"] = route.PathHandling,
        ["preserve_host"] = route.PreserveHost,
        ["request_buffering"] = route.RequestBuffering,
        ["response_buffering"] = route.ResponseBuffering,
        ["service"] = KongJson.Foreign(route.Service?.Id),
    });

    public JsonObject Consumer(KongConsumer consumer) => Stamped(consumer, new JsonObject
    {
        ["username"] = consumer.Username,
        ["custom_id"] = consumer.CustomId,
    });

    public JsonObject Plugin(KongPlugin plugin) => Stamped(plugin, new JsonObject
    {
        ["name"] = plugin.Name,
        ["instance_name"] = plugin.InstanceName,
        ["route"] = KongJson.Foreign(plugin.Route?.Id),
        ["service"] = KongJson.Foreign(plugin.Service?.Id),
        ["consumer"] = KongJson.Foreign(plugin.Consumer?.Id),
        ["config"] = PluginConfig(plugin),
        ["protocols"] = KongJson.Texts(plugin.Protocols),
        ["enabled"] = plugin.Enabled,
    });

    public JsonObject JwtSecret(KongJwtCredential credential) => Created(credential, new JsonObject
    {
        ["consumer"] = KongJson.Foreign(credential.Consumer.Id),
        ["key"] = credential.KeyWasGenerated ? null : credential.Key,
        ["secret"] = Shown(credential.Secret),
        ["rsa_public_key"] = credential.PublicKeyPem,
        ["algorithm"] = credential.Algorithm,
    });

    public JsonObject KeyCredential(KongKeyCredential credential) => Created(credential, new JsonObject
    {
        ["consumer"] = KongJson.Foreign(credential.Consumer.Id),
        ["key"] = Shown(credential.Key),
        ["ttl"] = credential.Ttl is { } ttl ? KongJson.Number(Math.Floor(ttl.TotalSeconds)) : null,
    });

    public JsonObject BasicCredential(KongBasicCredential credential) => Created(credential, new JsonObject
    {
        ["consumer"] = KongJson.Foreign(credential.Consumer.Id),
        ["username"] = credential.Username,
        ["password"] = Shown(credential.Password),
    });

    public JsonObject AclGroup(KongAclGroup group) => Created(group, new JsonObject
    {
        ["consumer"] = KongJson.Foreign(group.Consumer.Id),
        ["group"] = group.Group,
    });

    public JsonObject Certificate(KongCertificate certificate, IEnumerable<string> names) => Stamped(certificate, new JsonObject
    {
        ["cert"] = certificate.CertPem,
        ["key"] = Shown(certificate.KeyPem),
        ["cert_alt"] = certificate.AltCertPem,
        ["key_alt"] = Shown(certificate.AltKeyPem),
        ["snis"] = KongJson.Texts(names),
    });

    public JsonObject Sni(KongSni sni) => Stamped(sni, new JsonObject
    {
        ["name"] = sni.Name,
        ["certificate"] = KongJson.Foreign(sni.Certificate.Id),
    });

    public JsonObject CaCertificate(KongCaCertificate root) => Stamped(root, new JsonObject
    {
        ["cert"] = root.CertPem,
        ["cert_digest"] = Digest(root.CertPem),
    });

    private JsonObject PluginConfig(KongPlugin plugin)
    {
        JsonObject written = plugin.Written is { } text && JsonNode.Parse(text.Reveal()) is JsonObject config ? config : [];
        LegacyConfig.Translate(plugin.Name, written);
        if (KongSchema.OfPlugin(plugin.Name) is { } schema)
        {
            return new SchemaDefaults(showSecrets).Complete(schema.Fields, written);
        }

        // Nothing is known of its fields, so that any of them may be secret.
        return showSecrets ? written : SecretNames.Mask(written);
    }

    // As Kong keeps it: hex SHA-256 of the DER form.
    private static string? Digest(string pem)
    {
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
            return certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static JsonObject? Headers(IReadOnlyList<KongHeaderMatch> headers)
    {
        if (headers.Count == 0)
        {
            return null;
        }

        JsonObject map = [];
        foreach (KongHeaderMatch header in headers)
        {
            map[header.WrittenName] = KongJson.Texts(header.Written);
        }

        return map;
    }

    private string? Shown(Secret? secret) => secret is null ? null : showSecrets ? secret.Reveal() : Secret.Mask;

    private JsonObject Stamped(KongEntity entity, JsonObject json)
    {
        Created(entity, json);
        json.Insert(2, "updated_at", _seconds);
        return json;
    }

    private JsonObject Created(KongEntity entity, JsonObject json)
    {
        json.Insert(0, "id", entity.Id.ToString());
        json.Insert(1, "created_at", _seconds);
        json["tags"] = KongJson.TextsOrNull(entity.Tags);
        return json;
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
