using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>
/// Turns Kong documents into one <see cref="KongModel"/>: entities of all documents are merged, nested or top level, references resolved by
/// name or id, and every finding is collected. One instance per load; used by one thread.
/// </summary>
internal sealed class KongReader
{
    private static readonly string[] Collections =
        ["ca_certificates", "certificates", "snis", "services", "upstreams", "targets", "consumers", "jwt_secrets",
        "keyauth_credentials", "basicauth_credentials", "acls", "routes", "plugins"];

    // Known to Kong, accepted, without effect: no plugin that uses them can be loaded, or they belong to features that do nothing here.
    private static readonly string[] InactiveCollections =
    [
        "hmacauth_credentials", "oauth2_credentials", "oauth2_tokens", "oauth2_authorization_codes", "sessions", "acme_storage",
        "ratelimiting_metrics", "response_ratelimiting_metrics", "vaults", "keys", "key_sets", "consumer_groups", "filter_chains",
        "workspaces", "parameters",
    ];

    private readonly KongLoad _load;
    private readonly Dictionary<string, List<RawEntity>> _raw = [];
    private readonly HashSet<int> _migrated = [];
    private readonly HashSet<int> _untransformed = [];

    private KongReader(KongLoad load)
    {
        _load = load;
        foreach (string collection in Collections)
        {
            _raw[collection] = [];
        }
    }

    /// <summary>Reads the documents in order. The model is complete only when nothing refuses.</summary>
    public static KongModel Read(KongLoad load, IReadOnlyList<KongDocument> documents)
    {
        KongReader reader = new(load);
        string? version = null;
        for (int i = 0; i < documents.Count; i++)
        {
            string own = reader.ReadRoot(documents[i], i);
            version ??= own;
        }

        KongModel model = reader.Build() with { FormatVersion = version ?? "3.0" };
        KongLints.Check(load, model);
        return model;
    }

    private string ReadRoot(KongDocument document, int number)
    {
        RecordReader root = new(_load, document.Root, "", guards: true);
        string version = ReadVersion(root);
        if (version is "1.1" or "2.1")
        {
            _migrated.Add(number);
        }

        if (root.Boolean("_transform") == false)
        {
            _untransformed.Add(number);
        }

        root.Accept("_info", "_workspace", "_konnect");
        foreach (string collection in Collections)
        {
            Collect(collection, root, number, null, null);
        }

        foreach (string collection in InactiveCollections)
        {
            if (root.Maps(collection).Any())
            {
                root.Report(FindingCodes.CollectionInactive, collection, "accepted, without effect", "ignored");
            }
        }

        root.Done();
        return version;
    }

    private string ReadVersion(RecordReader root)
    {
        // In a file the text is taken, and told; who posts gets Kong's answer.
        if (_load.Posted && root.Entry("_format_version") is { Value: not YamlScalar { Type: YamlScalarType.String } })
        {
            root.Report(FindingCodes.WrongType, "_format_version", "expected a string", hint: "put quotes around it");
            return "3.0";
        }

        if (root.Located("_format_version") is not { } version)
        {
            root.ReportRecord(_load.Posted ? FindingCodes.RequiredMissing : FindingCodes.FormatVersion, "_format_version: required field missing",
                "read as 3.0", "write _format_version: \"3.0\"");
            return "3.0";
        }

        if (version.Text is "1.1" or "2.1" or "3.0")
        {
            return version.Text;
        }

        root.Report(_load.Posted ? FindingCodes.NotAllowed : FindingCodes.FormatVersion, "_format_version", "expected one of: 1.1, 2.1, 3.0", "read as 3.0", $"it is '{version.Text}'");
        return "3.0";
    }

    private void Collect(string collection, RecordReader owner, int document, string? parentCollection, EntityRef? parent)
    {
        if (!_raw.TryGetValue(collection, out List<RawEntity>? list))
        {
            if (owner.Maps(collection).Any())
            {
                owner.Report(FindingCodes.CollectionInactive, collection, "accepted, without effect", "ignored");
            }

            return;
        }

        foreach ((YamlMapping node, string path) in owner.Maps(collection))
        {
            list.Add(new RawEntity(node, path, document, parentCollection, parent));
        }
    }

    private Action<string, RecordReader, EntityRef> NestedIn(string parentCollection, RawEntity raw) =>
        (collection, record, self) => Collect(collection, record, raw.Document, parentCollection, self);

    // Parents before children, so that nested children are collected before their turn comes.
    private KongModel Build()
    {
        List<KongCaCertificate> roots = [.. _raw["ca_certificates"].Select(raw => CertificateReader.ReadCa(_load, raw))];
        List<KongCertificate> certificates = Each("certificates", raw => CertificateReader.Read(_load, raw, NestedIn("certificates", raw)));
        List<KongSni> snis = [.. _raw["snis"].Select(raw => CertificateReader.ReadSni(_load, raw)).OfType<KongSni>()];
        List<KongService> services = Each("services", raw => ServiceReader.Read(_load, raw, NestedIn("services", raw)));
        List<KongUpstream> upstreams = Upstreams();
        List<KongConsumer> consumers = Consumers();
        InOrder("routes");
        int routeOrder = 0;
        List<KongRoute> routes = Each("routes", raw =>
            RouteReader.Read(_load, raw, routeOrder++, _migrated.Contains(raw.Document), NestedIn("routes", raw)));
        InOrder("plugins");
        int pluginOrder = 0;
        List<KongPlugin> plugins = [.. _raw["plugins"].Select(raw => PluginReader.Read(_load, raw, pluginOrder++)).OfType<KongPlugin>()];
        return new KongModel
        {
            Services = services,
            Routes = routes,
            Upstreams = upstreams,
            Consumers = consumers,
            Plugins = plugins,
            Certificates = certificates,
            Snis = snis,
            CaCertificates = roots,
        };
    }

    private List<T> Each<T>(string collection, Func<RawEntity, T> read) => [.. _raw[collection].Select(read)];

    // Declaration order is the order of the text, whether nested or not.
    private void InOrder(string collection)
    {
        List<RawEntity> sorted = [.. _raw[collection]
            .OrderBy(raw => raw.Document)
            .ThenBy(raw => raw.Node.Span.Line)
            .ThenBy(raw => raw.Node.Span.Column)];
        _raw[collection] = sorted;
    }

    private List<KongUpstream> Upstreams()
    {
        List<KongUpstream> upstreams = Each("upstreams", raw => UpstreamReader.Read(_load, raw, NestedIn("upstreams", raw)));
        InOrder("targets");
        ILookup<Guid, KongTarget> targets = _raw["targets"]
            .Select(raw => UpstreamReader.ReadTarget(_load, raw))
            .Where(pair => pair.Upstream is not null)
            .ToLookup(pair => pair.Upstream!.Id, pair => pair.Target);
        return [.. upstreams.Select(upstream => upstream with { Targets = [.. targets[upstream.Id]] })];
    }

    private List<KongConsumer> Consumers()
    {
        List<KongConsumer> consumers = Each("consumers", raw => ConsumerReader.Read(_load, raw, NestedIn("consumers", raw)));
        InOrder("jwt_secrets");
        InOrder("keyauth_credentials");
        InOrder("basicauth_credentials");
        InOrder("acls");
        ILookup<Guid, KongJwtCredential> credentials = _raw["jwt_secrets"]
            .Select(raw => ConsumerReader.ReadJwt(_load, raw))
            .OfType<KongJwtCredential>()
            .ToLookup(credential => credential.Consumer.Id);
        ILookup<Guid, KongKeyCredential> keys = _raw["keyauth_credentials"]
            .Select(raw => CredentialReader.ReadKey(_load, raw))
            .OfType<KongKeyCredential>()
            .ToLookup(credential => credential.Consumer.Id);
        ILookup<Guid, KongBasicCredential> passwords = _raw["basicauth_credentials"]
            .Select(raw => CredentialReader.ReadBasic(_load, raw, transforms: !_untransformed.Contains(raw.Document)))
            .OfType<KongBasicCredential>()
            .ToLookup(credential => credential.Consumer.Id);
        ILookup<Guid, KongAclGroup> groups = _raw["acls"]
            .Select(raw => ConsumerReader.ReadAcl(_load, raw))
            .OfType<KongAclGroup>()
            .ToLookup(group => group.Consumer.Id);
        return
        [
            .. consumers.Select(consumer => consumer with
            {
                JwtCredentials = [.. credentials[consumer.Id]],
                KeyCredentials = [.. keys[consumer.Id]],
                BasicCredentials = [.. passwords[consumer.Id]],
                Groups = [.. groups[consumer.Id]],
            }),
        ];
    }
}
