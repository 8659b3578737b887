using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Reads <c>defaultConfig</c> (<c>mesh/v1alpha1/proxy.proto</c>), and what does not belong there but was plainly meant: limits, outlier
/// detection, a load balancer, mutual TLS.
/// </summary>
internal sealed class ProxyConfigReader
{
    private static readonly string[] Elsewhere =
    [
        "configPath", "binaryPath", "serviceCluster", "parentShutdownDuration", "discoveryAddress", "discoveryRefreshDelay", "zipkinAddress",
        "connectTimeout", "statsdUdpAddress", "proxyAdminPort", "controlPlaneAuthPolicy", "customConfigFile", "statNameLength", "concurrency",
        "proxyBootstrapTemplatePath", "interceptionMode", "sds", "envoyAccessLogService", "envoyMetricsService", "runtimeValues", "statusPort",
        "extraStatTags", "meshId", "readinessProbe", "caCertificatesPem", "image", "privateKeyProvider", "fileFlushInterval",
        "fileFlushMinSizeKb", "holdApplicationUntilProxyStarts", "statsCompression", "connectionSettings", "availabilityZone",
    ];

    /// <summary>Reads it; <paramref name="elsewhere"/> gets the fields that say nothing to this process.</summary>
    public ProxyConfigReader(MeshRecord record, List<string> elsewhere)
    {
        MeshRecord? pool = record.Record("connectionPool");
        MeshRecord? http = pool?.Record("http");
        OutlierSettings? outlier = OutlierReader.Read(record, http);
        ConnectionPoolSettings? limits = pool is null ? null : ConnectionPoolReader.Read(pool, http);
        foreach (string misplaced in (ReadOnlySpan<string>)["connectionPool", "outlierDetection"])
        {
            if (record.Has(misplaced))
            {
                record.ReportKey(FindingCodes.ProxyConfigPolicy, misplaced, "is no field of the proxy's settings; Istio ignores it",
                    $"read as meshConfig.defaultTrafficPolicy.{misplaced}: it fills what a DestinationRule does not say", "move it to meshConfig.defaultTrafficPolicy");
            }
        }

        Policy = limits is null && outlier is null ? null : new TrafficPolicy { Span = record.Span, ConnectionPool = limits, OutlierDetection = outlier };
        if (record.Has("lbPolicy"))
        {
            record.ReportKey(FindingCodes.LbPolicy, "lbPolicy", "is no field of the proxy's settings; Istio ignores it", "it is the balancing of hosts that name none",
                "write loadBalancer in a DestinationRule");
            Balancing = LoadBalancerReader.Simple(record, "lbPolicy");
        }

        if (record.Record("autoMtls") is { } mtls)
        {
            record.ReportKey(FindingCodes.AutoMtlsPlace, "autoMtls", "is no field of the proxy's settings; Istio ignores it", "read as meshConfig.enableAutoMtls",
                "write meshConfig.enableAutoMtls");
            AutoMtls = mtls.Boolean("enabled");
            mtls.Done();
        }

        if (record.Has("resources"))
        {
            record.ReportKey(FindingCodes.ProxyResources, "resources", "is no field of the proxy's settings; limits belong to the container", "left out");
        }

        Config = Proxy(record);
        elsewhere.AddRange(record.Unread.Where(static field => Elsewhere.Contains(field)).Select(field => record.PathOf(field)["spec.".Length..]));
        record.Accept(Elsewhere);
        record.Done();
    }

    /// <summary>The settings themselves.</summary>
    public ProxyConfig Config { get; }

    /// <summary>Limits and outlier detection that stood here; null when none did.</summary>
    public TrafficPolicy? Policy { get; }

    /// <summary>The load balancer that stood here; null when none did.</summary>
    public SimpleBalancing? Balancing { get; }

    /// <summary>Mutual TLS as it stood here; null when it did not.</summary>
    public bool? AutoMtls { get; }

    private static ProxyConfig Proxy(MeshRecord record)
    {
        MeshRecord? tracing = record.Record("tracing");
        MeshRecord? topology = record.Record("gatewayTopology");
        MeshRecord? headers = record.Record("proxyHeaders");
        MeshRecord? server = headers?.Record("server");
        ProxyConfig config = new()
        {
            TracingSampling = tracing is null ? null : Sampling(tracing),
            MaxPathTagLength = tracing?.Integer("maxPathTagLength"),
            StatsMatcher = record.Record("proxyStatsMatcher") is { } matcher ? Stats(matcher) : StatsMatcher.None,
            DrainDuration = record.Duration("drainDuration"),
            TerminationDrainDuration = record.Duration("terminationDrainDuration"),
            NumTrustedProxies = topology?.Integer("numTrustedProxies", 0, 255) ?? 0,
            ForwardClientCertDetails = topology?.Text("forwardClientCertDetails"),
            ProxyProtocol = topology?.Has("proxyProtocol") ?? false,
            ServerHeader = server?.Text("value"),
            ServerHeaderDisabled = server?.Boolean("disabled") ?? false,
            RequestIdDisabled = Disabled(headers, "requestId"),
            AttemptCountDisabled = Disabled(headers, "attemptCount"),
            EnvoyDebugHeadersDisabled = Disabled(headers, "envoyDebugHeaders"),
            PreserveHttp1HeaderCase = headers?.Boolean("preserveHttp1HeaderCase") ?? false,
            ProxyMetadata = record.Labels("proxyMetadata"),
        };
        tracing?.Accept("zipkin", "lightstep", "datadog", "stackdriver", "openCensusAgent", "customTags", "tlsSettings", "enableIstioTags");
        tracing?.Done();
        topology?.Done();
        server?.Done();
        headers?.Accept("forwardedClientCert", "metadataExchangeHeaders", "setCurrentClientCertDetails", "xForwardedHost", "xForwardedPort");
        headers?.Done();
        return config;
    }

    // Above 100 Istio falls back to 1 % (pilot/pkg/networking/core/tracing.go).
    private static double? Sampling(MeshRecord tracing)
    {
        if (tracing.Number("sampling", 0, 1_000_000) is not { } sampling)
        {
            return null;
        }

        if (sampling <= 100)
        {
            return sampling;
        }

        tracing.Report(FindingCodes.SamplingAboveAll, "sampling", "is a percentage; above 100 Istio takes 1", "read as 1", "write 100 for every request");
        return 1;
    }

    private static StatsMatcher Stats(MeshRecord record)
    {
        StatsMatcher matcher = new(
            record.Texts("inclusionPrefixes"), record.Texts("inclusionSuffixes"), Patterns(record, "inclusionRegexps"), Patterns(record, "exclusionRegexps"));
        if (record.Has("exclusionRegexps"))
        {
            record.ReportKey(FindingCodes.StatsExclusion, "exclusionRegexps", "is no field of Istio, whose matcher only adds", "read; what matches is not to be shown");
        }

        record.Done();
        return matcher;
    }

    private static IReadOnlyList<LocatedName> Patterns(MeshRecord record, string field)
    {
        IReadOnlyList<LocatedName> patterns = record.Texts(field);
        foreach (LocatedName pattern in patterns)
        {
            if (!PatternTranslator.TryTranslate(pattern.Name, out _, out string error))
            {
                record.Load.Add(FindingCodes.MeshPattern, pattern.Span, record.PathOf(field), $"{record.PathOf(field)}: {error}");
            }
        }

        return patterns;
    }

    private static bool Disabled(MeshRecord? headers, string field)
    {
        if (headers?.Record(field) is not { } record)
        {
            return false;
        }

        bool disabled = record.Boolean("disabled") ?? false;
        record.Done();
        return disabled;
    }
}
