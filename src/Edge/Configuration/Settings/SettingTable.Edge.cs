using System.Net;
using static VoltageSoda.Edge.Configuration.Settings.SettingRows;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <content>Sources, listeners and process.</content>
public static partial class SettingTable
{
    internal static readonly Setting<string?> DeclarativeConfig = Text("KONG_DECLARATIVE_CONFIG", "",
        "Kong declarative file (YAML or JSON), or a folder of them. Without any source the edge starts empty and /status/ready is 503.");

    internal static readonly Setting<string?> DeclarativeConfigString = SecretText("KONG_DECLARATIVE_CONFIG_STRING",
        "Kong declarative document as text.");

    internal static readonly Setting<IReadOnlyList<string>> EdgeConfig = Paths("EDGE_CONFIG",
        "Files or folders (recursive; .yaml, .yml and .json) with Istio, Kubernetes and Kong documents, told apart by their content.");

    internal static readonly Setting<ConfigMode> Mode = Choice("EDGE_CONFIG_MODE", "compat",
        "strict refuses what stock Kong and Istio refuse; compat repairs it with a located warning; lenient also repairs YAML that does not parse, leaves a mesh document out that cannot be served, and answers 403 for what it guards.",
        ("strict", ConfigMode.Strict), ("compat", ConfigMode.Compat), ("lenient", ConfigMode.Lenient));

    internal static readonly Setting<bool> Watch = Boolean("EDGE_CONFIG_WATCH", "on",
        "Reload when a file changes (debounced 200 ms). SIGHUP always reloads.");

    internal static readonly Setting<string?> SettingsFilePath = Text("EDGE_SETTINGS", "",
        "File in the syntax of kong.conf with values for any setting of this page; variables win over it.");

    internal static readonly Setting<IstioRouteOrder> RouteOrder = Choice("EDGE_ISTIO_ROUTE_ORDER", "first-match",
        "Order of VirtualService routes: as written, or exact before longer prefix before more conditions.",
        ("first-match", IstioRouteOrder.FirstMatch), ("specificity", IstioRouteOrder.Specificity));

    internal static readonly Setting<bool> MissingSubsetUsesService = Choice("EDGE_MISSING_SUBSET", "503",
        "What a route to an undefined subset gets: 503, or the whole service.",
        ("503", false), ("whole-service", true));

    internal static readonly Setting<string?> Locality = Text("EDGE_LOCALITY", "",
        "Where the edge is, region/zone/subzone; endpoints that are near go before others where outlier detection can tell that they fail.");

    internal static readonly Setting<string?> CertDir = Text("EDGE_CERT_DIR", "",
        "Folder with <namespace>/<credentialName>/{tls.crt,tls.key,ca.crt}, and istio/{cert-chain.pem,key.pem,root-cert.pem}.");

    internal static readonly Setting<string?> ClusterName = Text("EDGE_CLUSTER_NAME", "",
        "Which IstioOperator document holds, by cluster name, when there are several; the first with a control plane when not set.");

    internal static readonly Setting<bool> KongExact = Boolean("EDGE_KONG_EXACT", "off",
        "Take Kong's own behaviour everywhere the edge betters it on purpose (refused requests consume Redis quota; the log level cannot be changed).");

    internal static readonly Setting<IPAddress> GatewayBind = Address("EDGE_GATEWAY_BIND", "0.0.0.0",
        "Address that Gateway servers bind.");

    internal static readonly Setting<IReadOnlyDictionary<int, int>> GatewayPortMap = PortMap("EDGE_GATEWAY_PORT_MAP", '=',
        "Gateway server port = local port, such as 80=8080,443=9444; local port 0 lets the system choose.");

    internal static readonly Setting<int?> StatusPort = Port("EDGE_STATUS_PORT", "15021 when a Gateway is served, else off",
        "Port of /healthz/ready and /healthz/live.");

    internal static readonly Setting<int?> StatsPort = Port("EDGE_STATS_PORT", "15090 when a Gateway is served, else off",
        "Port of /stats/prometheus.");

    internal static readonly Setting<int?> AdminPort = Port("EDGE_ADMIN_PORT", "15000 when a Gateway is served, else off",
        "Port of /clusters, /config_dump, /stats, /listeners and /server_info.");

    internal static readonly Setting<IPAddress> AdminBind = Address("EDGE_ADMIN_BIND", "127.0.0.1",
        "Address that EDGE_ADMIN_PORT binds.");

    internal static readonly Setting<bool> AdminShowSecrets = Boolean("EDGE_ADMIN_SHOW_SECRETS", "off",
        "Show secrets of credentials and Redis passwords in the Admin API, as Kong does.");

    internal static readonly Setting<TransportChoice> Transport = Choice("EDGE_TRANSPORT", "auto",
        "Transport of the data plane; auto is uring where the kernel and the container allow io_uring, else epoll on Linux and sockets elsewhere.",
        ("auto", TransportChoice.Auto), ("uring", TransportChoice.Uring), ("epoll", TransportChoice.Epoll), ("sockets", TransportChoice.Sockets));

    internal static readonly Setting<int?> Loops = AutoInteger("EDGE_LOOPS", "auto", 1, 1024,
        "Event loops; auto is the CPU limit of the container, rounded up, at least 1.",
        "KONG_NGINX_WORKER_PROCESSES", "KONG_NGINX_MAIN_WORKER_PROCESSES");

    internal static readonly Setting<bool> ProxyProtocol = Boolean("EDGE_PROXY_PROTOCOL", "off",
        "Require a PROXY header on every proxy listener, from trusted addresses only; proxy_protocol in a listen entry does so for that one.");

    internal static readonly Setting<long> MemoryLimit = Size("EDGE_MEMORY_LIMIT", "0",
        "Memory ceiling of the process; 0 is the container's limit. At 90 % keep-alive stops, at 95 % new requests get 503, at 98 % accepting stops.");

    internal static readonly Setting<TimeSpan> MinimumDrain = Duration("MINIMUM_DRAIN_DURATION", "5s",
        "How long connections are still accepted after SIGTERM, while load balancers react.");

    internal static readonly Setting<TimeSpan> DrainTimeout = Duration("EDGE_DRAIN_TIMEOUT", "20s",
        "How long exchanges in flight may take after that.");

    private static Setting[] Sources =>
    [
        DeclarativeConfig, DeclarativeConfigString, EdgeConfig, Mode, Watch, SettingsFilePath, RouteOrder, MissingSubsetUsesService, Locality,
        CertDir, ClusterName, KongExact,
    ];

    private static Setting[] Listeners =>
    [
        ProxyListen, StatusListen, AdminListen, AdminGuiListen, StreamListen, GatewayBind, GatewayPortMap, StatusPort, StatsPort, AdminPort,
        AdminBind, AdminShowSecrets, Transport, Loops, ProxyProtocol, MemoryLimit, MinimumDrain, DrainTimeout,
    ];
}
