using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>Destinations in words. Stateless.</summary>
internal static class DestinationWords
{
    /// <summary>What Istio retries where nobody says.</summary>
    public const string DefaultRetryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

    public static IReadOnlyList<ExplainedDestination> Of(MeshRoutePlan route)
    {
        decimal total = route.Destinations.Sum(static destination => (decimal)destination.Weight);
        return
        [
            .. route.Destinations.Select(destination => Of(destination, route.Rule, Math.Round(100m * destination.Weight / total, 4))),
        ];
    }

    public static IReadOnlyList<ExplainedDestination> OfMirrors(MeshRoutePlan route) =>
        [.. route.Mirrors.Select(mirror => Of(mirror.Destination, null, mirror.Share.Percent))];

    /// <summary>Why a destination has no cluster.</summary>
    public static string Missing(MeshDestinationPlan destination) => destination.Outcome switch
    {
        MeshClusterOutcome.SubsetMissing => $"no DestinationRule defines the subset of {destination.ClusterName}",
        MeshClusterOutcome.PortMissing => $"its service has no such port: {destination.ClusterName}",
        _ => $"there can be no such host: {destination.ClusterName}",
    };

    /// <summary>Adds the endpoints as far as they are known now.</summary>
    public static ExplainedGateway Complete(ExplainedGateway gateway, IReadOnlyList<MeshClusterPlan> clusters) => gateway with
    {
        Destinations =
        [
            .. gateway.Destinations.Select(destination => clusters.FirstOrDefault(cluster => cluster.Name == destination.Cluster) is { } cluster
                ? destination with { Endpoints = Endpoints(cluster.Cluster.Endpoints) }
                : destination),
        ],
    };

    private static ExplainedDestination Of(MeshDestinationPlan destination, HttpRule? rule, decimal percent) =>
        new(destination.ClusterName, Place.Of(destination.Span), percent)
        {
            Refusal = destination.Denied is { } guard ? $"403, {guard.Kind} {guard.Name} guards it and is not enforced here"
                : destination.Cluster is null ? $"503 NC, {Missing(destination)}"
                : null,
            Authority = destination.Authority,
            Headers = rule is null ? [] : Headers(rule, destination.Span, static settings => settings.Request),
            AnswerHeaders = rule is null ? [] : Headers(rule, destination.Span, static settings => settings.Response),
            DestinationRules = [.. (destination.Cluster?.Rules ?? []).Select(Place.Of).OfType<Place>()],
            Algorithm = destination.Cluster?.Cluster?.Algorithm,
            Policies = destination.Cluster is { } cluster ? ClusterWords.Of(cluster) : [],
        };

    private static IReadOnlyList<ExplainedEndpoint> Endpoints(EndpointSet set) =>
    [
        .. set.Endpoints.Select((endpoint, index) => new ExplainedEndpoint(endpoint.HostName, endpoint.Address, set.Weights[index], null)),
    ];

    // The route's changes and those of the destination, as configured.
    private static IReadOnlyList<string> Headers(HttpRule rule, SourceSpan destination, Func<HeaderSettings, HeaderOperations> side) =>
    [
        .. Changes(side(rule.Headers)),
        .. rule.Destinations.Where(own => own.Destination.Span == destination).SelectMany(own => Changes(side(own.Headers))),
    ];

    private static IEnumerable<string> Changes(HeaderOperations operations) =>
    [
        .. operations.Remove.Select(static name => $"remove {name}"),
        .. operations.Set.Select(static value => $"set {value.Name}: {value.Value}"),
        .. operations.Add.Select(static value => $"add {value.Name}: {value.Value}"),
    ];
}
