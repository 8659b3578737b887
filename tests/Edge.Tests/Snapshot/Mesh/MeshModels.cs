using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

/// <summary>Documents of the mesh for tests, as short as they can be written in code.</summary>
internal static class MeshModels
{
    public static SourceSpan At(int line) => new("mesh.yaml", line, 1);

    public static LabelSet Labels(params string[] pairs) =>
        new(pairs.Select(static pair => new KeyValuePair<string, string>(pair.Split('=')[0], pair.Split('=')[1])));

    public static TrafficPolicy Policy(int line = 1) => new() { Span = At(line) };

    public static LoadBalancerSettings Balancer(SimpleBalancing? simple = null, ConsistentHashSettings? hash = null) =>
        new() { Span = At(1), Simple = simple, ConsistentHash = hash };

    public static ConnectionPoolSettings Pool(int? connections = null, int? pending = null, int? perConnection = null) => new()
    {
        Span = At(1),
        MaxConnections = connections,
        Http1MaxPendingRequests = pending,
        MaxRequestsPerConnection = perConnection,
    };

    public static OutlierSettings Outlier(int? consecutive = null) => new() { Span = At(1), Consecutive5xxErrors = consecutive };

    public static ClientTlsSettings Tls(ClientTlsMode mode) => new() { Span = At(1), Mode = mode };

    public static DestinationSubset Subset(string name, TrafficPolicy? policy = null, params string[] labels) =>
        new() { Span = At(2), Name = name, TrafficPolicy = policy, Labels = Labels(labels) };

    public static DestinationRule Rule(string name, string ns, string host, TrafficPolicy? policy = null, params DestinationSubset[] subsets) => new()
    {
        Name = name,
        Namespace = ns,
        Span = new SourceSpan(name, 1, 1),
        Host = host,
        ResolvedHost = host.Contains('.', StringComparison.Ordinal) || host.StartsWith('*') ? host : $"{host}.{ns}.svc.cluster.local",
        TrafficPolicy = policy,
        Subsets = subsets,
    };

    public static ServicePort Port(int number, string name = "http", int? target = null) => new(number, name, "HTTP", target, null, At(1));

    public static WorkloadEndpoint Endpoint(string address, string locality = "", int weight = 0, (string, int)[]? ports = null, params string[] labels) => new()
    {
        Span = At(3),
        Address = address,
        Locality = locality,
        Weight = weight,
        Ports = (ports ?? []).ToDictionary(static port => port.Item1, static port => port.Item2),
        Labels = Labels(labels),
    };

    public static ServiceEntry Entry(string host, ServiceResolution resolution, params WorkloadEndpoint[] endpoints) => new()
    {
        Name = "entry",
        Namespace = "shop",
        Span = At(1),
        Hosts = [new LocatedName(host, At(1))],
        Ports = [Port(8080)],
        Resolution = resolution,
        Endpoints = endpoints,
    };

    public static KubernetesService Service(string name, string ns, params ServicePort[] ports) =>
        new() { Name = name, Namespace = ns, Span = At(1), Ports = ports };

    public static EndpointSlice Slice(string service, string ns, (string Name, int Port)[] ports, params SliceEndpoint[] endpoints) => new()
    {
        Name = service + "-1",
        Namespace = ns,
        Span = At(1),
        ServiceName = service,
        Ports = [.. ports.Select(static port => new EndpointSlicePort(port.Name, port.Port, "TCP", null))],
        Endpoints = endpoints,
    };

    public static SliceEndpoint Pod(string address, bool ready = true, string? zone = null, params string[] labels) =>
        new() { Span = At(4), Addresses = [address], Ready = ready, Zone = zone, Labels = Labels(labels) };
}
