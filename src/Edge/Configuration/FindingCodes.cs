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
    internal static readonly FindingCode MeshDocument = Rejected("VSE2001", "mesh-document", "An Istio document of a kind that is not read; leaving it out could open what it closes.");
    internal static readonly FindingCode KubernetesDocument = Note("VSE2002", "kubernetes-document", "A Kubernetes document that says nothing to the edge.");
    internal static readonly FindingCode MeshSyntax = Rejected("VSE2003", "mesh-syntax", "An Istio or Kubernetes document is not YAML. Lenient mode repairs what it can, leaves the rest out and denies what it guards.");
    internal static readonly FindingCode ObjectTwice = Advice("VSE2004", "object-twice", "Two documents have the same kind, namespace and name; the last one counts.");
    internal static readonly FindingCode ObjectName = Advice("VSE2005", "object-name", "A document has no name, or one that Kubernetes would refuse.");
    internal static readonly FindingCode OperatorUnknown = Invalid("VSE2006", "operator-unknown", "EDGE_CLUSTER_NAME names a cluster of which there is no IstioOperator document.");
    internal static readonly FindingCode OperatorNotChosen = Note("VSE2007", "operator-not-chosen", "An IstioOperator document of another cluster; EDGE_CLUSTER_NAME chooses.");
    internal static readonly FindingCode OperatorElsewhere = Note("VSE2008", "operator-elsewhere", "Parts of an IstioOperator document that speak to Kubernetes and not to a proxy.");
    internal static readonly FindingCode WithoutEffect = Advice("VSE2009", "without-effect", "A document that is accepted and has no effect at the edge.");
    internal static readonly FindingCode NetworkPolicy = Note("VSE2010", "network-policy", "A NetworkPolicy is enforced by the platform, not here.");

    internal static readonly FindingCode MissingSeparator = Invalid("VSE2011", "missing-separator", "kind or apiVersion stands twice in one document: the line --- between two documents is missing, and one of them would be lost.");
    internal static readonly FindingCode MeshDuplicateKey = Deviation("VSE2012", "mesh-duplicate-key", "A key stands twice in one mapping of an Istio or Kubernetes document; of two scalars the last counts, mappings are merged.");
    internal static readonly FindingCode MeshDroppedValue = Rejected("VSE2013", "mesh-dropped-value", "A key stands twice in one mapping of an Istio or Kubernetes document, and a list, or what guards access, would be dropped with the first.");
    internal static readonly FindingCode MeshRepaired = Advice("VSE2014", "mesh-repaired", "Lenient mode repaired the text of an Istio or Kubernetes document that is not YAML.");
    internal static readonly FindingCode RootNamespace = Deviation("VSE2015", "root-namespace", "meshConfig.rootNamespace is not istio-system. Guards of both namespaces count for the whole mesh; what else stands in it counts for the namespace alone.");

    internal static readonly FindingCode MeshUnknownField = Deviation("VSE2020", "mesh-unknown-field", "A field that Istio does not know; it is left out.");
    internal static readonly FindingCode MeshRequired = Rejected("VSE2021", "mesh-required", "Something required is missing.");
    internal static readonly FindingCode MeshWrongType = Rejected("VSE2022", "mesh-wrong-type", "A value has the wrong type and cannot be converted.");
    internal static readonly FindingCode MeshConvertedType = Deviation("VSE2023", "mesh-converted-type", "A value is no text; it is taken as it is written.");
    internal static readonly FindingCode MeshNotAllowed = Rejected("VSE2024", "mesh-value-not-allowed", "A value is none of the allowed ones.");
    internal static readonly FindingCode MeshOutOfRange = Rejected("VSE2025", "mesh-out-of-range", "A number is outside its range.");
    internal static readonly FindingCode MeshBadValue = Rejected("VSE2026", "mesh-bad-value", "A value does not have the form it must have.");
    internal static readonly FindingCode MeshOneOf = Rejected("VSE2027", "mesh-one-of", "Fields are set of which only one may be.");
    internal static readonly FindingCode MeshContradiction = Rejected("VSE2028", "mesh-contradiction", "Fields contradict each other; Istio refuses the document.");
    internal static readonly FindingCode MeshDuration = Rejected("VSE2029", "mesh-duration", "A value is no duration, or one that is not allowed.");
    internal static readonly FindingCode MeshHost = Rejected("VSE2030", "mesh-host", "A host is none, or has a wildcard where none is allowed.");
    internal static readonly FindingCode MeshPattern = Rejected("VSE2031", "mesh-pattern", "A regular expression is invalid, too long, or needs back-tracking.");
    internal static readonly FindingCode DeprecatedField = Advice("VSE2032", "deprecated-field", "A field that Istio has deprecated; it is honoured.");
    internal static readonly FindingCode ComesLater = Advice("VSE2033", "comes-later", "Something is read and not served yet.");
    internal static readonly FindingCode EdgeField = Note("VSE2034", "edge-field", "A field of the edge alone, which Istio refuses.");

    internal static readonly FindingCode SecurityNotEnforced = Rejected("VSE2040", "security-not-enforced", "A document that guards access is not enforced yet. Serving without it would open what it closes; lenient mode answers 403 to every request to what it guards.");
    internal static readonly FindingCode MeshUnknownGuardField = Rejected("VSE2043", "mesh-unknown-guard-field", "An unknown field of a match or of TLS, where leaving it out could let more through than was meant.");
    internal static readonly FindingCode ClientCertificates = Degraded("VSE2042", "client-certificates", "A Gateway server asks for clients' certificates, which are not verified yet; its handshakes fail.");
    internal static readonly FindingCode Http2OnlyServer = Degraded("VSE2044", "http2-only-server", "A Gateway server speaks HTTP/2 alone, which is not served yet; its handshakes fail.");
    internal static readonly FindingCode InternalHeader = Deviation("VSE2045", "internal-header", "A header change names host or a field that begins with a colon, which is no header field; it is left out. The authority can be set in a request.");
    internal static readonly FindingCode PermissivePeers = Note("VSE2041", "permissive-peers", "A PeerAuthentication that demands nothing of clients.");

    internal static readonly FindingCode GatewayMissing = Degraded("VSE2050", "gateway-missing", "A virtual service names a Gateway that does not exist; it is not served there.");
    internal static readonly FindingCode NoCommonHost = Advice("VSE2051", "no-common-host", "A virtual service and its gateway have no host in common; nothing of it is served there.");
    internal static readonly FindingCode SidecarsOnly = Note("VSE2052", "sidecars-only", "A virtual service without gateways is for sidecars and not served at the edge.");
    internal static readonly FindingCode DelegateMissing = Degraded("VSE2053", "delegate-missing", "A rule delegates to a virtual service that does not exist or is no delegate; the rule does not exist.");
    internal static readonly FindingCode GatewaySelector = Advice("VSE2054", "gateway-selector", "A Gateway selects other proxies than the edge and is not served.");
    internal static readonly FindingCode DeadMatch = Advice("VSE2055", "dead-match", "A match behind a catch-all of the same rule has no effect.");
    internal static readonly FindingCode DuplicateMatch = Advice("VSE2056", "duplicate-match", "A match is the same as an earlier one and never decides.");
    internal static readonly FindingCode CoveredPrefix = Advice("VSE2057", "covered-prefix", "A match is covered by the prefix of an earlier one and is never reached.");
    internal static readonly FindingCode HttpsRedirectInert = Advice("VSE2058", "https-redirect-inert", "httpsRedirect on a server whose scheme is https already has no effect.");
    internal static readonly FindingCode CertificateUnused = Advice("VSE2059", "certificate-unused", "A certificate is named in a mode that uses none.");
    internal static readonly FindingCode OldTls = Advice("VSE2060", "old-tls", "A version of TLS is asked for that is not offered.");
    internal static readonly FindingCode SourceMatch = Advice("VSE2061", "source-match", "A condition on the proxy itself, which says nothing about clients.");
    internal static readonly FindingCode IgnoreCaseInert = Advice("VSE2062", "ignore-case-inert", "ignoreUriCase has no effect on this match.");
    internal static readonly FindingCode RetryCondition = Deviation("VSE2063", "retry-condition", "A condition for retries that nobody knows; it never holds.");
    internal static readonly FindingCode AbortWithoutStatus = Advice("VSE2064", "abort-without-status", "An injected abort has no status; nothing is aborted.");
    internal static readonly FindingCode FaultWithoutShare = Advice("VSE2065", "fault-without-share", "A fault without a percentage is injected into no request.");
    internal static readonly FindingCode HashWithoutKey = Advice("VSE2066", "hash-without-key", "Consistent hashing without a key is random.");
    internal static readonly FindingCode PassthroughBalancing = Advice("VSE2067", "passthrough-balancing", "PASSTHROUGH has no meaning at the edge.");
    internal static readonly FindingCode SamplingAboveAll = Advice("VSE2068", "sampling-above-all", "A sampling percentage above 100 is 1 in Istio.");
    internal static readonly FindingCode ConditionKey = Advice("VSE2069", "condition-key", "A condition of a policy has a key that is no attribute.");
    internal static readonly FindingCode RewriteOfPattern = Advice("VSE2070", "rewrite-of-pattern", "A path that a pattern matched has no matched beginning that rewrite.uri could replace; it stays. uriRegexRewrite rewrites it.");

    internal static readonly FindingCode MeshConfigPlace = Deviation("VSE2101", "mesh-config-place", "meshConfig stands where Istio does not look; it is read all the same.");
    internal static readonly FindingCode StatsExclusion = Deviation("VSE2102", "stats-exclusion", "proxyStatsMatcher has no exclusions in Istio; they are read.");
    internal static readonly FindingCode ProxyResources = Deviation("VSE2103", "proxy-resources", "The proxy's settings have no resources; they are left out.");
    internal static readonly FindingCode ProxyConfigPolicy = Deviation("VSE2104", "proxy-config-policy", "Limits or outlier detection in the proxy's settings; they are read as the mesh's default traffic policy.");
    internal static readonly FindingCode LbPolicy = Deviation("VSE2105", "lb-policy", "lbPolicy in the proxy's settings; it is read as the mesh's default balancing.");
    internal static readonly FindingCode AutoMtlsPlace = Deviation("VSE2106", "auto-mtls-place", "autoMtls in the proxy's settings; it is read as enableAutoMtls.");
    internal static readonly FindingCode TrustDomainPlace = Deviation("VSE2107", "trust-domain-place", "trustDomain stands outside of meshConfig; it is read all the same.");
    internal static readonly FindingCode RouteTrafficPolicy = Deviation("VSE2108", "route-traffic-policy", "A traffic policy in a route; it holds for destinations without a DestinationRule.");
    internal static readonly FindingCode ConsecutiveErrors = Deviation("VSE2109", "consecutive-errors", "A count of errors that Istio removed or never had; it is read as the one it meant.");
    internal static readonly FindingCode LeastConn = Advice("VSE2110", "least-conn", "LEAST_CONN is the old name of LEAST_REQUEST.");
    internal static readonly FindingCode OutlierFieldInHttp = Deviation("VSE2111", "outlier-field-in-http", "A field of outlier detection stands under connectionPool.http; it is read as outlier detection.");
    internal static readonly FindingCode CircuitBreaker = Deviation("VSE2112", "circuit-breaker", "circuitBreaker is no part of Istio's API any more; it is read as outlierDetection.");
    internal static readonly FindingCode FieldCase = Deviation("VSE2113", "field-case", "A field begins with a capital; it is read as the field it means.");
    internal static readonly FindingCode ConsistentHashPlace = Deviation("VSE2114", "consistent-hash-place", "consistentHash stands beside loadBalancer; it is read as part of it.");
    internal static readonly FindingCode SimpleAndHash = Deviation("VSE2115", "simple-and-hash", "Both simple and consistentHash are set; requests with the key are hashed, the others go by simple.");
    internal static readonly FindingCode MinimumRingSize = Advice("VSE2116", "minimum-ring-size", "minimumRingSize has moved into ringHash; it is honoured.");
    internal static readonly FindingCode RequestsPerConnection = Advice("VSE2117", "requests-per-connection", "So few requests per connection switch keep-alive off in all but name.");
    internal static readonly FindingCode NativeOutlierField = Deviation("VSE2118", "native-outlier-field", "A field of Envoy's outlier detection that Istio does not have; it is honoured.");
    internal static readonly FindingCode StdevFactor = Deviation("VSE2119", "stdev-factor", "A misspelt factor of the standard deviation; it is read, below 100 as the factor itself.");
    internal static readonly FindingCode PortLevelLoses = Advice("VSE2120", "port-level-loses", "The policy of a port replaces that of the host as a whole; blocks of the host do not hold there.");
    internal static readonly FindingCode RulesForOneHost = Advice("VSE2121", "rules-for-one-host", "Several DestinationRules are for one host; of the later ones only subsets with new names hold.");
    internal static readonly FindingCode MissingSubset = Degraded("VSE2122", "missing-subset", "A route names a subset that no DestinationRule defines; requests to it are answered 503.");
    internal static readonly FindingCode NativeRetryPolicy = Deviation("VSE2123", "native-retry-policy", "A retry policy in Envoy's shape; it fills what Istio's fields do not say.");
    internal static readonly FindingCode TlsOnPlaintextProtocol = Deviation("VSE2124", "tls-on-plaintext-protocol", "A Gateway server has tls with a plaintext protocol; it is served with TLS, never without.");
    internal static readonly FindingCode TokenPlaces = Note("VSE2125", "token-places", "Configured places of tokens replace the default ones.");
    internal static readonly FindingCode ExactContentType = Advice("VSE2126", "exact-content-type", "A content type is compared exactly; parameters such as charset fail.");
    internal static readonly FindingCode NetworkAsText = Advice("VSE2127", "network-as-text", "A network is compared as text, which no address equals.");
    internal static readonly FindingCode JoinedPrincipal = Deviation("VSE2128", "joined-principal", "A request principal that Istio splits in another place than it was meant.");
    internal static readonly FindingCode SecretInPolicy = Advice("VSE2129", "secret-in-policy", "A policy holds a secret in clear text.");
    internal static readonly FindingCode PublicPath = Advice("VSE2130", "public-path", "A policy opens a path that says much to everybody.");
    internal static readonly FindingCode TlsVersionCondition = Deviation("VSE2131", "tls-version-condition", "A condition on connection.tls.version, which Istio does not know.");
    internal static readonly FindingCode LegacyRole = Deviation("VSE2132", "legacy-role", "ServiceRole and ServiceRoleBinding were removed in Istio 1.6; they open nothing.");
    internal static readonly FindingCode UnclosedBracket = Deviation("VSE2133", "unclosed-bracket", "A condition's key lacks its closing bracket; it is read with it.");
    internal static readonly FindingCode ClientHeader = Advice("VSE2134", "client-header", "A condition on a header that clients choose themselves.");
    internal static readonly FindingCode UserIsPrincipal = Deviation("VSE2135", "user-is-principal", "A URL as user of a binding; it stands for the principal of a token.");
    internal static readonly FindingCode TagTemplate = Deviation("VSE2136", "tag-template", "A tag override is a template where Istio takes an expression.");
    internal static readonly FindingCode TagExpression = Deviation("VSE2144", "tag-expression", "The value of a metric's label cannot be read as an expression; a label of Istio's is dropped, another not added.");
    internal static readonly FindingCode TagCardinality = Advice("VSE2137", "tag-cardinality", "A label of metrics has as many values as there are clients.");
    internal static readonly FindingCode AccessLogLabels = Deviation("VSE2138", "access-log-labels", "accessLogging has no format in Istio; its labels are kept.");
    internal static readonly FindingCode UnknownProvider = Deviation("VSE2139", "unknown-provider", "Telemetry names a provider that is not defined; Istio ignores the entry.");
    internal static readonly FindingCode StatusTag = Deviation("VSE2140", "status-tag", "A tag reads :status out of the request, which has none.");
    internal static readonly FindingCode TelemetryPathLength = Deviation("VSE2141", "telemetry-path-length", "maxPathTagLength stands in a Telemetry document; it is kept.");
    internal static readonly FindingCode SelectorByName = Advice("VSE2143", "selector-by-name", "No known endpoint has the labels that a policy selects; the service with the name of its app label is taken.");
    internal static readonly FindingCode DeadRule = Advice("VSE2142", "dead-rule", "A rule is never reached, because an earlier one takes every request.");

    // Gateways and routes as they are compiled.
    internal static readonly FindingCode ServerConflict = Advice("VSE2200", "server-conflict", "A Gateway server clashes with one before it on the same port; it is skipped, as in Istio.");
    internal static readonly FindingCode ServerNotServed = Advice("VSE2201", "server-not-served", "A Gateway server of a protocol or TLS mode that is not served yet; it is skipped.");
    internal static readonly FindingCode GatewayBind = Degraded("VSE2203", "gateway-bind", "A Gateway server binds something that is no IP address; it is skipped.");
    internal static readonly FindingCode PortTaken = Invalid("VSE2204", "port-taken", "A Gateway server would bind a port that another listener of this process has.");
    internal static readonly FindingCode DelegateConflict = Degraded("VSE2205", "delegate-conflict", "A rule of a delegate lies outside of the rule that names it, or delegates itself; it does not exist.");
    internal static readonly FindingCode RouteValue = Invalid("VSE2206", "route-value", "A value of a route cannot be compiled: an operator of a header, a pattern, a substitution.");

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
    internal static readonly FindingCode PrivilegedPort = Degraded("VSE3051", "privileged-port", "A Gateway server's port is below those that this process may bind; it is skipped, as in Istio.");

    /// <summary>Every code, in the order of registration.</summary>
    public static IReadOnlyList<FindingCode> All => Registered;

    /// <summary>Finds a code.</summary>
    public static FindingCode? Find(string id) => Registered.Find(code => code.Id == id);

    private static FindingCode Note(string id, string name, string doc) => Register(id, name, FindingClass.Note, doc);

    private static FindingCode Advice(string id, string name, string doc) => Register(id, name, FindingClass.Advice, doc);

    private static FindingCode Deviation(string id, string name, string doc) => Register(id, name, FindingClass.Deviation, doc);

    private static FindingCode Degraded(string id, string name, string doc) => Register(id, name, FindingClass.Degraded, doc);

    private static FindingCode Rejected(string id, string name, string doc) => Register(id, name, FindingClass.Rejected, doc);

    private static FindingCode Invalid(string id, string name, string doc) => Register(id, name, FindingClass.Invalid, doc);

    private static FindingCode Register(string id, string name, FindingClass @class, string doc)
    {
        FindingCode code = new(id, name, @class, doc);
        Registered.Add(code);
        return code;
    }
}
