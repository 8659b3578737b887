namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// The registry of finding codes of both dialects: <c>VSE1xxx</c> Kong, <c>VSE2xxx</c> Istio and Kubernetes, <c>VSE3xxx</c> environment,
/// <c>VSE4xxx</c> runtime. A code never changes its meaning and is never used again for another.
/// </summary>
public static class FindingCodes
{
    private static readonly List<FindingCode> Registered = [];

    // Documents.
    internal static readonly FindingCode YamlSyntax = Invalid("VSE1001", "yaml-syntax", "The text is not YAML or JSON.");
    internal static readonly FindingCode DuplicateKey = Deviation("VSE1002", "duplicate-key", "A key stands twice in one mapping; the last one counts, as in Kong, and mappings are merged.");
    internal static readonly FindingCode DocumentLimit = Invalid("VSE1003", "document-limit", "The document is too deep or, with its aliases expanded, too large.");
    internal static readonly FindingCode FileUnreadable = Invalid("VSE1004", "file-unreadable", "A file or folder of the configuration cannot be read.");
    internal static readonly FindingCode NotDeclarative = Invalid("VSE1005", "not-declarative", "The document is no declarative configuration: its root is no map, or it is of no known kind.");
    internal static readonly FindingCode FormatVersion = Deviation("VSE1006", "format-version", "_format_version is missing or not one of 1.1, 2.1 and 3.0; the document is read as 3.0.");
    internal static readonly FindingCode YamlRepaired = Advice("VSE1007", "yaml-repaired", "Lenient mode repaired text that is not YAML.");
    internal static readonly FindingCode SeveralDocuments = Deviation("VSE1008", "several-documents", "Kong reads the first document of a file only; all are read.");
    internal static readonly FindingCode NoDocument = Advice("VSE1009", "no-document", "A source holds no document.");
    internal static readonly FindingCode NotUtf8 = Invalid("VSE1025", "not-utf8", "A file of the configuration is not UTF-8: what its bytes mean would have to be guessed.");
    internal static readonly FindingCode DroppedBlock = Invalid("VSE1022", "dropped-block", "A key stands twice in one mapping and the first holds a list or mapping. Kong drops it silently, and with it what may guard access (plugins, consumers, credentials).");

    // Schema.
    internal static readonly FindingCode UnknownField = Deviation("VSE1010", "unknown-field", "A field that Kong does not know; it is left out.");
    internal static readonly FindingCode UnknownGuardField = Invalid("VSE1011", "unknown-guard-field", "An unknown field where leaving it out could widen access (routes, credentials, scopes, jwt, acl); the start is refused instead.");
    internal static readonly FindingCode RequiredMissing = Invalid("VSE1012", "required-missing", "A required field is missing.");
    internal static readonly FindingCode WrongType = Invalid("VSE1013", "wrong-type", "A value has the wrong type and cannot be converted.");
    internal static readonly FindingCode ConvertedType = Deviation("VSE1014", "converted-type", "A value has the wrong type and was converted without loss.");
    internal static readonly FindingCode NotAllowed = Invalid("VSE1015", "value-not-allowed", "A value is none of the allowed ones.");
    internal static readonly FindingCode OutOfRange = Invalid("VSE1016", "out-of-range", "A number is outside its range.");
    internal static readonly FindingCode BadValue = Invalid("VSE1017", "bad-value", "A value does not have the form it must have.");
    internal static readonly FindingCode Uniqueness = Invalid("VSE1018", "uniqueness", "Two entities have the same unique key.");
    internal static readonly FindingCode BadReference = Invalid("VSE1019", "invalid-reference", "An entity refers to one that does not exist.");
    internal static readonly FindingCode EntityCheck = Invalid("VSE1020", "entity-check", "Fields of an entity contradict each other or too few are given.");
    internal static readonly FindingCode NormalizedPath = Deviation("VSE1021", "normalized-path", "A route path is not in normal form, so that no request could match it; its normal form is used.");

    internal static readonly FindingCode CommentType = Deviation("VSE1024", "comment-type", "_comment is no string or _ignore no array; nobody reads them, and Kong refuses the document.");
    internal static readonly FindingCode PathNeverMatches = Advice("VSE1023", "path-never-matches", "A route path holds a raw ? or #, which no request's path does: it never matches, in Kong as here.");

    // Variables.
    internal static readonly FindingCode VariableMissing = Invalid("VSE1030", "variable-missing", "A ${NAME} or {vault://env/name} has no value and no default.");
    internal static readonly FindingCode CredentialDisabled = Degraded("VSE1031", "credential-disabled", "A credential's secret has no value; the credential never matches, everything else is served.");
    internal static readonly FindingCode RedisPasswordMissing = Degraded("VSE1032", "redis-password-missing", "A Redis user or password has no value; Redis counts as unreachable.");
    internal static readonly FindingCode LiteralReference = Invalid("VSE1033", "literal-reference", "A secret would be the literal text of a reference, which is public: strict mode and documents posted to the Admin API expand nothing.");
    internal static readonly FindingCode ShortSecret = Advice("VSE1034", "short-secret", "An HMAC secret is shorter than the hash (RFC 7518 3.2): it can be guessed.");

    internal static readonly FindingCode MaskedSecret = Invalid("VSE1035", "masked-secret", "A secret is the mask that is shown in place of secrets: everybody knows it.");

    // Entities.
    internal static readonly FindingCode UnsupportedProtocol = Invalid("VSE1040", "unsupported-protocol", "A protocol that is not served yet.");
    internal static readonly FindingCode PathHandling = Note("VSE1041", "path-handling-v1", "path_handling v1 has no effect with the traditional_compatible router.");
    internal static readonly FindingCode Buffering = Note("VSE1042", "buffering", "Bodies are streamed both ways; nothing is spooled to disk.");
    internal static readonly FindingCode PathMigrated = Note("VSE1043", "path-migrated", "A path of a 1.1 or 2.1 document looks like a regular expression and got the ~ prefix, as Kong 3 does.");
    internal static readonly FindingCode BadPattern = Invalid("VSE1044", "bad-pattern", "A regular expression is invalid or needs back-tracking (look-around, back-references).");
    internal static readonly FindingCode CertificateKey = Invalid("VSE1070", "certificate-key", "The key of a certificate cannot be read or belongs to another.");
    internal static readonly FindingCode CertificateExpired = Advice("VSE1071", "certificate-expired", "A certificate is expired, not valid yet, or about to expire.");
    internal static readonly FindingCode CollectionInactive = Advice("VSE1046", "collection-inactive", "Entities of this kind are accepted and have no effect.");
    internal static readonly FindingCode HashesNothing = Advice("VSE1037", "hashes-nothing", "Consistent hashing without an input sends every request to one target.");
    internal static readonly FindingCode NoWayBack = Advice("VSE1038", "no-way-back", "Passive checks take targets out and no active check lets them back: only the Admin API does.");
    internal static readonly FindingCode ProbeTypeUnsupported = Advice("VSE1039", "probe-type-unsupported", "Active checks of this type are not sent; passive ones work.");
    internal static readonly FindingCode DisabledService = Note("VSE1049", "service-disabled", "A disabled service takes its routes with it.");

    // Plugins.
    internal static readonly FindingCode PluginNotEnabled = Invalid("VSE1050", "plugin-not-enabled", "A plugin is configured and not in KONG_PLUGINS.");
    internal static readonly FindingCode PluginUnknown = Invalid("VSE1051", "plugin-unknown", "No plugin of Kong has this name; whether it guards access cannot be known.");
    internal static readonly FindingCode PluginGuardsUnbuilt = Invalid("VSE1052", "plugin-guard-unbuilt", "A plugin that guards access is not built yet; serving without it would open what it closes.");
    internal static readonly FindingCode PluginInactive = Advice("VSE1053", "plugin-inactive", "A plugin is loaded and does nothing yet.");
    internal static readonly FindingCode PluginScope = Invalid("VSE1054", "plugin-scope", "A plugin cannot have this scope.");
    internal static readonly FindingCode PluginNeedsDatabase = Invalid("VSE1055", "plugin-needs-database", "A plugin keeps what it makes in a database; there is none, and what it guards would be open without it.");
    internal static readonly FindingCode PluginBeforeConsumers = Advice("VSE1056", "plugin-before-consumers", "A plugin that runs before authentication is set for a consumer: the instance never runs, in Kong as here.");
    internal static readonly FindingCode PluginNeverRuns = Advice("VSE1057", "plugin-never-runs", "The protocols of a plugin name none of HTTP: the instance never runs, in Kong as here.");
    internal static readonly FindingCode FractionalLimit = Advice("VSE1061", "fractional-limit", "A limit has a fraction; requests are whole, so it is rounded up.");
    internal static readonly FindingCode UnknownAnonymous = Degraded("VSE1062", "unknown-anonymous", "The anonymous consumer of an authentication plugin does not exist; requests that fail authentication get 500, as in Kong.");
    internal static readonly FindingCode EntryWithoutValue = Deviation("VSE1063", "entry-without-value", "A transformer entry has no value; it is left out.");

    internal static readonly FindingCode ErrorCode = Advice("VSE1064", "error-code", "The status of refused requests tells their clients no error, or is none that an answer can have; Kong fails such requests with 500.");

    // Rows of the Voltage Soda sample and their like: VSE11nn.
    internal static readonly FindingCode ForwardedHeaderEntry = Deviation("VSE1101", "forwarded-header-entry", "A transformer entry without a value names a header that the gateway always sends; it is left out.");
    internal static readonly FindingCode GatewayHeaderRemoval = Note("VSE1103", "gateway-header-removal", "The gateway adds this header after the plugins ran; removing it has no effect. KONG_HEADERS switches it off.");
    internal static readonly FindingCode CorsWildcard = Advice("VSE1104", "cors-wildcard", "Kong takes an origin with * as a regular expression, which does not mean sub-domains; it is read as one or more sub-domain labels (strict mode keeps Kong's meaning).");
    internal static readonly FindingCode RedisFieldRenamed = Note("VSE1105", "redis-field-renamed", "redis_* fields are redis.* since Kong 3.6; both are read.");
    internal static readonly FindingCode AclRetiredField = Deviation("VSE1107", "acl-retired-field", "whitelist and blacklist were removed in Kong 3.0 and are read as allow and deny; with both, deny is checked first, then allow must match.");
    internal static readonly FindingCode RejectStatus = Deviation("VSE1108", "reject-status-code", "request-size-limiting has no reject_status_code in Kong; it is taken as the status instead of 413.");
    internal static readonly FindingCode RetryCount = Advice("VSE1109", "retry-count", "retry_count no longer works in Kong; retries are limited by queue.max_retry_time.");
    internal static readonly FindingCode PublicKeyIgnored = Advice("VSE1110", "public-key-ignored", "A public key has no meaning for HS algorithms.");
    internal static readonly FindingCode CredentialWithoutKey = Advice("VSE1111", "credential-without-key", "Without a key Kong makes up a random one; no token can match the credential.");
    internal static readonly FindingCode ConsumerWithoutGroup = Advice("VSE1112", "consumer-without-group", "A consumer is in no group while an acl plugin allows groups only: it gets 403 there.");
    internal static readonly FindingCode PrometheusField = Deviation("VSE1113", "prometheus-field", "prometheus has no such field; it is left out.");
    internal static readonly FindingCode SampleRate = Deviation("VSE1114", "sample-rate", "zipkin calls it sample_ratio; the value is taken.");
    internal static readonly FindingCode TagHeader = Deviation("VSE1115", "tag-header", "zipkin calls it tags_header, and it is a name; true keeps the default name, false switches it off.");
    internal static readonly FindingCode HeaderTag = Deviation("VSE1116", "header-tag", "zipkin has no header_tag; it is taken as a tag read from that request header.");
    internal static readonly FindingCode StaticTags = Deviation("VSE1117", "static-tags", "static_tags are records of name and value; the single-key maps are read so.");
    internal static readonly FindingCode ThriftEndpoint = Advice("VSE1118", "thrift-endpoint", "This endpoint is Jaeger's Thrift collector, which refuses Zipkin spans.");
    internal static readonly FindingCode PluginShadowed = Advice("VSE1119", "plugin-shadowed", "Kong runs one instance of a plugin per request: the more specific one replaces the global one, their settings are not merged.");
    internal static readonly FindingCode PreflightRefused = Advice("VSE1121", "preflight-refused", "jwt or key-auth also refuses browsers' preflight requests, since no cors plugin answers them first.");
    internal static readonly FindingCode PreflightElsewhere = Advice("VSE1141", "preflight-elsewhere", "A route does not list OPTIONS; preflight requests to it match another route.");
    internal static readonly FindingCode AclBothLists = Deviation("VSE1142", "acl-both-lists", "Kong takes allow or deny, not both; deny is checked first, then allow must match.");

    // Istio and Kubernetes.
    internal static readonly FindingCode MeshDocument = Invalid("VSE2001", "mesh-document", "Istio documents are not read yet; leaving a policy out could open what it closes.");
    internal static readonly FindingCode KubernetesDocument = Note("VSE2002", "kubernetes-document", "A Kubernetes document that says nothing to the edge.");

    // Environment.
    internal static readonly FindingCode UnknownVariable = Advice("VSE3001", "unknown-variable", "An EDGE_ or KONG_ variable that nobody reads.");
    internal static readonly FindingCode BadSetting = Invalid("VSE3002", "bad-setting", "A setting has a value that cannot be read.");
    internal static readonly FindingCode SecretFile = Invalid("VSE3004", "secret-file", "The file that a NAME_FILE variable names cannot be read.");
    internal static readonly FindingCode SecretTwice = Advice("VSE3005", "secret-twice", "Both NAME and NAME_FILE are given; NAME counts.");
    internal static readonly FindingCode NoEffect = Note("VSE3010", "no-effect", "A property of Kong that has no meaning here.");
    internal static readonly FindingCode NginxSnippet = Advice("VSE3011", "nginx-snippet", "nginx directives are not supported and are ignored.");
    internal static readonly FindingCode StreamListener = Invalid("VSE3013", "stream-listener", "TCP and UDP proxying is not supported yet.");
    internal static readonly FindingCode DatabaseMode = Invalid("VSE3014", "database-mode", "There is no database; configuration is declarative.");
    internal static readonly FindingCode HybridRole = Invalid("VSE3015", "hybrid-role", "There is no hybrid mode.");
    internal static readonly FindingCode AdminExposed = Advice("VSE3016", "admin-exposed", "The Admin API listens on an address that others can reach.");
    internal static readonly FindingCode NoTrustedIps = Advice("VSE3017", "no-trusted-ips", "Without KONG_TRUSTED_IPS a load balancer in front is the client: limits by address are shared by everybody.");
    internal static readonly FindingCode NoGui = Note("VSE3018", "no-gui", "There is no Kong Manager; its addresses answer 404.");
    internal static readonly FindingCode RouterFlavor = Deviation("VSE3019", "router-flavor", "Routes are matched as by traditional_compatible.");
    internal static readonly FindingCode ExpressionsRouter = Invalid("VSE3020", "expressions-router", "The expressions router is not supported.");
    internal static readonly FindingCode UnknownPluginEnabled = Advice("VSE3021", "unknown-plugin-enabled", "KONG_PLUGINS names a plugin that Kong does not bundle; it is not loaded.");
    internal static readonly FindingCode Http2Listener = Note("VSE3023", "http2-listener", "A listener with http2 serves HTTP/1.1 until HTTP/2 is supported.");
    internal static readonly FindingCode Http2Asked = Advice("VSE3040", "http2-asked", "HTTP/2 is asked for on a TLS listener, which offers HTTP/1.1 until HTTP/2 is supported.");
    internal static readonly FindingCode SettingsFileLine = Advice("VSE3024", "settings-file-line", "A line of the settings file names nothing that is read.");

    internal static readonly FindingCode ProxyProtocolUntrusted = Advice("VSE3025", "proxy-protocol-untrusted", "PROXY headers are believed from trusted addresses only and nobody is trusted: every connection is closed.");
    internal static readonly FindingCode ListenTwice = Invalid("VSE3026", "listen-twice", "One address is given to two listeners; connections would be shared out between them.");
    internal static readonly FindingCode ListenerCertificate = Invalid("VSE3041", "listener-certificate", "A certificate, key or root that a setting names cannot be used.");
    internal static readonly FindingCode TlsFloor = Advice("VSE3042", "tls-floor", "Versions or cipher suites were asked for that are not offered.");
    internal static readonly FindingCode TlsRulesEmpty = Invalid("VSE3043", "tls-rules-empty", "The settings leave no version of TLS to offer.");
    internal static readonly FindingCode NotYetRead = Note("VSE3027", "not-yet-read", "The setting is accepted; the feature it belongs to is not built yet.");

    internal static readonly FindingCode AccessLogFormat = Advice("VSE3050", "access-log-format", "A log format of nginx's configuration is named; lines are written as combined or JSON (EDGE_LOG_FORMAT).");

    /// <summary>Every code, in the order of registration.</summary>
    public static IReadOnlyList<FindingCode> All => Registered;

    /// <summary>Finds a code.</summary>
    public static FindingCode? Find(string id) => Registered.Find(code => code.Id == id);

    private static FindingCode Note(string id, string name, string doc) => Register(id, name, FindingClass.Note, doc);

    private static FindingCode Advice(string id, string name, string doc) => Register(id, name, FindingClass.Advice, doc);

    private static FindingCode Deviation(string id, string name, string doc) => Register(id, name, FindingClass.Deviation, doc);

    private static FindingCode Degraded(string id, string name, string doc) => Register(id, name, FindingClass.Degraded, doc);

    private static FindingCode Invalid(string id, string name, string doc) => Register(id, name, FindingClass.Invalid, doc);

    private static FindingCode Register(string id, string name, FindingClass @class, string doc)
    {
        FindingCode code = new(id, name, @class, doc);
        Registered.Add(code);
        return code;
    }
}
