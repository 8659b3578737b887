using VoltageSoda.Edge.Configuration.Yaml;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// The kinds of Istio and of Kubernetes that mean something here, and which of them guard access. A word that is misspelt never makes a guard into
/// something that may be left out. Pure.
/// </summary>
internal static class MeshKinds
{
    /// <summary>Every kind of Istio that is known, with its group.</summary>
    private static readonly (string Group, string Kind)[] Istio =
    [
        ("networking.istio.io", "Gateway"), ("networking.istio.io", "VirtualService"), ("networking.istio.io", "DestinationRule"),
        ("networking.istio.io", "ServiceEntry"), ("networking.istio.io", "WorkloadEntry"), ("networking.istio.io", "WorkloadGroup"),
        ("networking.istio.io", "Sidecar"), ("networking.istio.io", "EnvoyFilter"), ("networking.istio.io", "ProxyConfig"),
        ("security.istio.io", "AuthorizationPolicy"), ("security.istio.io", "RequestAuthentication"), ("security.istio.io", "PeerAuthentication"),
        ("telemetry.istio.io", "Telemetry"), ("install.istio.io", "IstioOperator"), ("extensions.istio.io", "WasmPlugin"),
        ("rbac.istio.io", "ServiceRole"), ("rbac.istio.io", "ServiceRoleBinding"), ("rbac.istio.io", "RbacConfig"),
        ("rbac.istio.io", "ClusterRbacConfig"), ("authentication.istio.io", "Policy"), ("authentication.istio.io", "MeshPolicy"),
    ];

    // Nobody but Istio has kinds of these names, bar the one below.
    private static readonly string[] GuardsOfAnyGroup = ["AuthorizationPolicy", "RequestAuthentication", "PeerAuthentication", "WasmPlugin", "ClusterRbacConfig", "RbacConfig"];
    private static readonly string[] GuardsOfIstio = [.. GuardsOfAnyGroup, "Policy", "MeshPolicy"];
    private const string Linkerd = "policy.linkerd.io";

    // Names of Envoy's filters that decide who may pass, or may do so.
    private static readonly string[] GuardingFilters =
        ["rbac", "authz", "jwt", "oauth2", "basic_auth", "api_key_auth", "credential", "csrf", ".lua", "wasm", "ext_proc", "golang", "client_ssl_auth"];

    /// <summary>Kinds that take requests in, which this process does not read: Gateway API, Ingress.</summary>
    public static bool IsOtherIngress(string group, string kind) =>
        group is "gateway.networking.k8s.io" || (group is "networking.k8s.io" or "extensions" && kind is "Ingress");

    /// <summary>True for the groups of Istio.</summary>
    public static bool IsIstio(string group) => group.EndsWith(".istio.io", StringComparison.Ordinal);

    /// <summary>True when leaving out a document of this kind could open what it closes.</summary>
    public static bool IsGuard(string group, string kind) =>
        group is "security.istio.io" or "authentication.istio.io" or "extensions.istio.io"
        || (IsIstio(group) && GuardsOfIstio.Contains(kind))
        || (GuardsOfAnyGroup.Contains(kind) && group != Linkerd)
        || (IsIstio(group) && !IsKnown(group, kind) && (NearestKind(kind) is not { } nearest || IsGuard(GroupOf(nearest), nearest)));

    /// <summary>True for a kind of Istio in its own group.</summary>
    public static bool IsKnown(string group, string kind) => Istio.Contains((group, kind));

    /// <summary>The kind of Istio that somebody meant, or null.</summary>
    public static string? NearestKind(string kind) => NearestName.Find(kind, Istio.Select(static known => known.Kind));

    /// <summary>
    /// The group that a kind of Istio belongs to, where it stands in another that was plainly meant to be Istio's: none, or one that is misspelt. Null
    /// when the kind is not Istio's, or the group somebody else's.
    /// </summary>
    public static string? MeantGroup(string group, string kind)
    {
        if (Array.Find(Istio, known => known.Kind == kind).Group is not { } own || own == group)
        {
            return null;
        }

        bool meant = group.Length == 0 || group.Contains("istio", StringComparison.OrdinalIgnoreCase) || NearestName.Distance(group, own) <= 3;
        return meant ? own : null;
    }

    /// <summary>True when text of an EnvoyFilter names a filter that may guard access.</summary>
    public static bool NamesGuard(string text) => Array.Exists(GuardingFilters, filter => text.Contains(filter, StringComparison.OrdinalIgnoreCase));

    /// <summary>True when an EnvoyFilter names a filter that may guard access.</summary>
    public static bool NamesGuard(YamlNode node) => node switch
    {
        YamlScalar scalar => NamesGuard(scalar.Text),
        YamlSequence list => list.Items.Any(NamesGuard),
        YamlMapping map => map.Entries.Any(static entry => NamesGuard(entry.Key) || NamesGuard(entry.Value)),
        _ => false,
    };

    /// <summary>True when text that cannot be taken apart names a kind that guards access.</summary>
    public static bool Mentions(string text) => Array.Exists(GuardsOfIstio, kind => text.Contains(kind, StringComparison.Ordinal)) || text.Contains("EnvoyFilter", StringComparison.Ordinal);

    private static string GroupOf(string kind) => Array.Find(Istio, known => known.Kind == kind).Group;
}
