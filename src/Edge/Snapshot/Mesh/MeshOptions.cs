using System.Collections.Immutable;
using System.Net;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>In which order the rules of a virtual host are tried.</summary>
internal enum RouteOrder
{
    /// <summary>As written: the first that matches wins (Istio).</summary>
    FirstMatch,

    /// <summary>Exact paths, then longer beginnings, then more conditions; as written where these are equal.</summary>
    Specificity,
}

/// <summary>What decides how Gateways become listeners, besides the documents. Immutable.</summary>
internal sealed record MeshOptions
{
    /// <summary>Labels every edge has: Istio's own ingress gateway carries them.</summary>
    public static readonly LabelSet IngressLabels = new([new("istio", "ingressgateway"), new("app", "istio-ingressgateway")]);

    /// <summary><c>EDGE_GATEWAY_BIND</c>.</summary>
    public IPAddress Bind { get; init; } = IPAddress.Any;

    /// <summary><c>EDGE_GATEWAY_PORT_MAP</c>: port of a Gateway server to port to bind.</summary>
    public ImmutableDictionary<int, int> PortMap { get; init; } = ImmutableDictionary<int, int>.Empty;

    /// <summary><c>EDGE_ISTIO_ROUTE_ORDER</c>.</summary>
    public RouteOrder RouteOrder { get; init; }

    /// <summary>Labels that this proxy has in any case.</summary>
    public LabelSet Labels { get; init; } = IngressLabels;

    /// <summary>Labels of the operator's ingress gateways: the edge stands for each of them.</summary>
    public ImmutableArray<LabelSet> Ingresses { get; init; } = [];

    /// <summary>Namespace of this proxy.</summary>
    public string Namespace { get; init; } = MeshModel.RootNamespace;

    /// <summary>Ports below cannot be bound by this process; 0 for none.</summary>
    public int LowestPort { get; init; }

    /// <summary>These options with what the operator says about its ingress gateways: their labels, and the namespace of the first.</summary>
    public MeshOptions Of(MeshConfig config) => this with
    {
        Ingresses = [.. config.IngressGateways.Select(static ingress => ingress.Labels).Where(static labels => labels.Count != 0)],
        Namespace = config.IngressGateways.Count != 0 && config.IngressGateways[0].Namespace is { Length: > 0 } own ? own : Namespace,
    };

    /// <summary>
    /// Whether a selector of a Gateway, or <c>sourceLabels</c>, mean this proxy: its own labels, under those of one of the ingress gateways, have all
    /// that is asked for.
    /// </summary>
    public bool IsSelectedBy(LabelSet asked) =>
        asked.Selects(Labels) || Ingresses.Any(own => asked.All.All(label => (own[label.Key] ?? Labels[label.Key]) == label.Value));
}
