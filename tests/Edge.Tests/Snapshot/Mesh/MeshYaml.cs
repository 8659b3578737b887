using System.Text;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

/// <summary>Small documents through the readers and the compiler. Every host has a cluster unless a subset is named that no rule defines.</summary>
internal sealed class MeshYaml
{
    /// <summary>A Gateway named <c>gw</c> in namespace <c>ns</c> with one plain server for every host on port 80.</summary>
    public const string PlainGateway = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gw, namespace: ns}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 80, name: http, protocol: HTTP}
            hosts: ["*"]
        """;

    private MeshYaml(MeshModel model, MeshSnapshot snapshot, IReadOnlyList<MeshIssue> issues)
    {
        Model = model;
        Snapshot = snapshot;
        Issues = issues;
    }

    public MeshModel Model { get; }

    public MeshSnapshot Snapshot { get; }

    public IReadOnlyList<MeshIssue> Issues { get; }

    public static MeshYaml Compile(MeshOptions options, params string[] documents)
    {
        LoadResult loaded = Load("compat", documents);
        Assert.False(loaded.Refused, string.Join('\n', loaded.Findings));
        return Compile(loaded, options);
    }

    public static MeshYaml Compile(params string[] documents) => Compile(new MeshOptions(), documents);

    /// <summary>The plain gateway, and one VirtualService <c>vs</c> bound to it with the given rules (indented as items of <c>http</c>).</summary>
    public static MeshYaml Rules(string rules, MeshOptions? options = null) =>
        Compile(options ?? new MeshOptions(), PlainGateway, VirtualService("vs", "'*'", rules));

    public static string VirtualService(string name, string hosts, string rules, string gateways = "gw", string ns = "ns") =>
        $"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {name}, namespace: {ns}}}\n"
        + $"spec:\n  hosts: [{hosts}]\n  gateways: [{gateways}]\n  http:\n{Indent(rules, "  ")}\n";

    public static LoadResult Load(string mode, params string[] documents)
    {
        string folder = Directory.CreateTempSubdirectory("mesh-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "mesh.yaml"), string.Join("\n---\n", documents));
            return new ConfigSource(EdgeSettings.From([("EDGE_CONFIG", folder), ("EDGE_CONFIG_MODE", mode)])).Load();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static MeshYaml Compile(LoadResult loaded, MeshOptions options)
    {
        List<MeshIssue> issues = [];
        MeshModel model = loaded.Mesh ?? MeshModel.Empty;
        return new MeshYaml(model, MeshCompiler.Compile(model, options, new NamedClusters(model), issues), issues);
    }

    public GatewayListenerPlan Listener(int port) => Snapshot.Listeners.Single(listener => listener.Port == port);

    /// <summary>The route of a request to a plain listener or, with a server name, a TLS one; null when it has none.</summary>
    public MeshRoutePlan? Find(string url, string method = "GET", int? port = null, params (string Name, string Value)[] headers)
    {
        Uri parsed = new(url);
        GatewayListenerPlan listener = port is { } bound ? Listener(bound) : Snapshot.Listeners[0];
        GatewayServerPlan? server = listener.Server(Encoding.ASCII.GetBytes(parsed.Host));
        VirtualHostPlan? host = server?.VirtualHost(Encoding.ASCII.GetBytes(parsed.Authority));
        if (host is null)
        {
            return null;
        }

        HeaderBlock block = new();
        foreach ((string name, string value) in headers)
        {
            block.Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        }

        HeaderBlockEdits edits = new(block);
        MeshRequest request = new()
        {
            Method = Encoding.ASCII.GetBytes(method),
            Authority = Encoding.ASCII.GetBytes(parsed.Authority),
            PathAndQuery = Encoding.ASCII.GetBytes(parsed.PathAndQuery),
            Scheme = listener.IsTls ? "https"u8 : "http"u8,
        };
        return host.Routes.Find(request, ref edits);
    }

    /// <summary>The name of the rule that takes a request; null when none does.</summary>
    public string? Rule(string url, string method = "GET", params (string Name, string Value)[] headers) => Find(url, method, null, headers)?.Name;

    private static string Indent(string text, string by) => by + text.ReplaceLineEndings("\n").Replace("\n", "\n" + by, StringComparison.Ordinal);

    /// <summary>Knows every host, and the subsets that some DestinationRule of the host defines.</summary>
    private sealed class NamedClusters(MeshModel model) : IMeshDestinations
    {
        public MeshClusterLookup Find(string host, int port, string? subset)
        {
            bool isKnown = string.IsNullOrEmpty(subset) || model.DestinationRules.Any(
                rule => MeshHosts.Qualify(rule.Host, rule.Namespace) == host && rule.Subsets.Any(known => known.Name == subset));
            return isKnown
                ? new MeshClusterLookup(MeshClusterOutcome.Found, Plan(host, port, subset ?? ""))
                : new MeshClusterLookup(MeshClusterOutcome.SubsetMissing, null);
        }

        public int? OnlyPort(string host) =>
            model.KubernetesServices.FirstOrDefault(service => service.Host == host) is { Ports: [var only] } ? only.Number : null;

        private static MeshClusterPlan Plan(string host, int port, string subset) => new()
        {
            Name = $"outbound|{port}|{subset}|{host}",
            Host = host,
            Port = port,
            Subset = subset,
            Cluster = null!,
        };
    }
}
