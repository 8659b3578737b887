using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>meshConfig</c> (<c>mesh/v1alpha1/config.proto</c>). Fields that a proxy at the edge has no use for are accepted.</summary>
internal static class MeshConfigReader
{
    private static readonly string[] Elsewhere =
    [
        "proxyListenPort", "proxyInboundListenPort", "proxyHttpPort", "protocolDetectionTimeout", "ingressClass", "ingressService",
        "ingressControllerMode", "ingressSelector", "enableTracing", "enableEnvoyAccessLogService", "disableEnvoyListenerLog",
        "outboundTrafficPolicy", "inboundTrafficPolicy", "configSources", "defaultServiceExportTo",
        "defaultVirtualServiceExportTo", "defaultDestinationRuleExportTo", "dnsRefreshRate", "h2UpgradePolicy", "inboundClusterStatName",
        "outboundClusterStatName", "certificates", "caCertificates", "ca", "thriftConfig", "serviceSettings", "enablePrometheusMerge",
        "verifyCertificateAtClient", "serviceScopeConfigs", "discoverySelectors", "meshMTLS", "tlsDefaults", "mixerAddress", "sdsUdsPath",
    ];

    private static readonly string[] ProviderTypes =
    [
        "envoyExtAuthzHttp", "envoyExtAuthzGrpc", "zipkin", "lightstep", "datadog", "stackdriver", "opencensus", "skywalking", "opentelemetry",
        "prometheus", "envoyFileAccessLog", "envoyHttpAls", "envoyTcpAls", "envoyOtelAls", "sds",
    ];

    /// <summary>Reads it; <paramref name="elsewhere"/> gets the fields that say nothing to this process.</summary>
    public static MeshConfig Read(MeshRecord record, List<string> elsewhere)
    {
        MeshRecord? proxyRecord = record.Record("defaultConfig");
        ProxyConfigReader? proxy = proxyRecord is null ? null : new ProxyConfigReader(proxyRecord, elsewhere);
        TrafficPolicy? policy = record.Record("defaultTrafficPolicy") is { } written ? TrafficPolicyReader.Read(written) : null;
        MeshRecord? providers = record.Record("defaultProviders");
        MeshConfig config = new()
        {
            TrustDomain = record.Text("trustDomain") ?? "cluster.local",
            RootNamespace = RootOf(record),
            TrustDomainAliases = record.Names("trustDomainAliases"),
            AccessLogFile = record.Text("accessLogFile"),
            AccessLogFormat = record.Text("accessLogFormat"),
            AccessLogFormatSpan = record.SpanOf("accessLogFormat"),
            AccessLogJson = record.Choice<bool>("accessLogEncoding", ("TEXT", false), ("JSON", true)) ?? false,
            DefaultTrafficPolicy = proxy?.Policy is { } mapped ? Filled(policy, mapped) : policy,
            DefaultLoadBalancing = proxy?.Balancing,
            DefaultHttpRetryPolicy = RetryReader.Read(record, "defaultHttpRetryPolicy"),
            ConnectTimeout = record.Duration("connectTimeout"),
            TcpKeepalive = record.Record("tcpKeepalive") is { } keepalive ? ConnectionPoolReader.Keepalive(keepalive) : null,
            PathNormalization = record.Record("pathNormalization") is { } paths ? Normalization(paths) : null,
            LocalityLb = record.Record("localityLbSetting") is { } locality ? LocalityReader.Read(locality) : null,
            EnableAutoMtls = record.Boolean("enableAutoMtls") ?? proxy?.AutoMtls ?? true,
            ExtensionProviders = Providers(record),
            DefaultAccessLogProviders = providers?.Names("accessLogging") ?? [],
            DefaultMetricsProviders = providers?.Names("metrics") ?? [],
            DefaultTracingProviders = providers?.Names("tracing") ?? [],
            Proxy = proxy?.Config ?? new ProxyConfig(),
        };
        providers?.Done();
        elsewhere.AddRange(record.Unread.Where(static field => Elsewhere.Contains(field)).Select(field => record.PathOf(field)["spec.".Length..]));
        record.Accept(Elsewhere);
        record.Done();
        return config;
    }

    private static string RootOf(MeshRecord record)
    {
        string root = record.Text("rootNamespace") ?? MeshModel.RootNamespace;
        if (root != MeshModel.RootNamespace)
        {
            record.Report(FindingCodes.RootNamespace, "rootNamespace", $"is not {MeshModel.RootNamespace}",
                "guards of both namespaces count for the whole mesh, everything else in it for the namespace alone");
        }

        return root;
    }

    private static TrafficPolicy Filled(TrafficPolicy? written, TrafficPolicy mapped) =>
        written is null
            ? mapped
            : written with
            {
                ConnectionPool = written.ConnectionPool ?? mapped.ConnectionPool,
                OutlierDetection = written.OutlierDetection ?? mapped.OutlierDetection,
            };

    private static PathNormalization Normalization(MeshRecord record)
    {
        PathNormalization normalization = record.Choice<PathNormalization>("normalization",
            ("DEFAULT", PathNormalization.Base),
            ("BASE", PathNormalization.Base),
            ("NONE", PathNormalization.None),
            ("MERGE_SLASHES", PathNormalization.MergeSlashes),
            ("DECODE_AND_MERGE_SLASHES", PathNormalization.DecodeAndMergeSlashes)) ?? PathNormalization.Base;
        record.Done();
        return normalization;
    }

    private static List<ExtensionProvider> Providers(MeshRecord mesh)
    {
        List<ExtensionProvider> providers = [];
        foreach (MeshRecord record in mesh.Records("extensionProviders"))
        {
            if (record.Required("name") is not { } name)
            {
                continue;
            }

            record.OneOf(ProviderTypes);
            string type = ProviderTypes.FirstOrDefault(record.Has) ?? "";
            MeshRecord? body = type.Length == 0 ? null : record.Record(type);
            record.Done();
            if (type.Length == 0)
            {
                record.ReportHere(FindingCodes.MeshRequired, $"one of {string.Join(", ", ProviderTypes)} is required");
            }

            providers.Add(new ExtensionProvider(name, type, body?.Text("service"), body?.Port("port"), record.Span));
        }

        return providers;
    }
}
