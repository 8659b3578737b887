using System.Collections.Frozen;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Telemetry.MeshMetrics;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// What Telemetry documents make of Istio's metrics (<c>istio: pilot/pkg/model/telemetry.go</c>): those of the root namespace and of the gateway's
/// own hold for all requests, those of another namespace for requests to its services. Immutable, thread-safe.
/// </summary>
internal sealed class MeshMetricsTable
{
    private static readonly string[] Metrics = ["REQUEST_COUNT", "REQUEST_DURATION", "REQUEST_SIZE", "RESPONSE_SIZE"];

    private readonly MeshMetricsPlan _everywhere;
    private readonly FrozenDictionary<string, MeshMetricsPlan> _byNamespace;

    /// <param name="model">The documents.</param>
    /// <param name="series">Where the series live.</param>
    public MeshMetricsTable(MeshModel model, MeshSeries series)
    {
        string own = MeshClusterCompiler.ProxyNamespace(model.MeshConfig);
        LabelSet labels = model.MeshConfig.IngressGateways.Count != 0 ? model.MeshConfig.IngressGateways[0].Labels : new LabelSet(
            [new KeyValuePair<string, string>("app", "istio-ingressgateway"), new KeyValuePair<string, string>("istio", "ingressgateway")]);

        // From the widest scope to the narrowest: what comes later wins.
        List<TelemetryDocument> general =
        [
            .. model.Telemetries.Where(static document => document.Namespace == MeshModel.RootNamespace && document.Selector.Count == 0),
            .. model.Telemetries.Where(document => document.Namespace == own && own != MeshModel.RootNamespace && document.Selector.Count == 0),
            .. model.Telemetries.Where(document => document.Namespace == own && document.Selector.Count != 0 && document.Selector.Selects(labels)),
        ];
        _everywhere = Plan(general, series);
        _byNamespace = model.Telemetries
            .Where(document => document.Namespace != own && document.Namespace != MeshModel.RootNamespace && document.Selector.Count == 0 && document.Metrics.Count != 0)
            .GroupBy(static document => document.Namespace)
            .ToFrozenDictionary(static group => group.Key, group => Plan([.. general, .. group], series));
    }

    /// <summary>The plan of a request to a service of a namespace; null or unknown for one that reaches none.</summary>
    public MeshMetricsPlan Of(string? serviceNamespace) =>
        _byNamespace.Count != 0 && serviceNamespace is not null && _byNamespace.TryGetValue(serviceNamespace, out MeshMetricsPlan? plan) ? plan : _everywhere;

    private static MeshMetricsPlan Plan(IReadOnlyList<TelemetryDocument> documents, MeshSeries series) =>
        new(series, [.. Metrics.Select(metric => ShapeOf(documents, metric, series))]);

    private static MetricShape? ShapeOf(IReadOnlyList<TelemetryDocument> documents, string metric, MeshSeries series)
    {
        bool disabled = false;
        Dictionary<string, TagOverride> tags = new(StringComparer.Ordinal);
        IEnumerable<MetricOverride> overrides = documents
            .SelectMany(static document => document.Metrics)
            .Where(static entry => entry.Providers.Count == 0 || entry.Providers.Any(static provider => provider.Name == "prometheus"))
            .SelectMany(static entry => entry.Overrides)
            .Where(change => change.Mode != TelemetryMode.Server && (change.Metric == metric || change.Metric == "ALL_METRICS"));
        foreach (MetricOverride change in overrides)
        {
            disabled = change.Disabled ?? disabled;
            foreach (TagOverride tag in change.TagOverrides)
            {
                tags[tag.Tag] = tag;
            }
        }

        return disabled ? null : Shape(tags.Values, series);
    }

    // An expression that cannot be read takes a label of Istio's away and adds none of one's own, as there.
    private static MetricShape Shape(IEnumerable<TagOverride> overrides, MeshSeries series)
    {
        HashSet<int> removed = [];
        List<MetricTag> tags = [];
        int read = 0;
        foreach (TagOverride change in overrides.OrderBy(static change => change.Tag, StringComparer.Ordinal))
        {
            int known = MeshLabels.IndexOf(change.Tag);
            MetricTag? tag = change.Remove || change.Value is null || !IsLabel(change.Tag) ? null : TagExpression.Read(change.Tag, change.Value);
            if (tag is { Copies: >= 0 } && tag.Copies == known)
            {
                continue;
            }

            if (known >= 0)
            {
                removed.Add(known);
            }

            if (tag is { IsRead: true } && ++read > MetricShape.MaxRead)
            {
                continue;
            }

            if (tag is not null)
            {
                tags.Add(tag);
            }
        }

        return series.Shape(removed, tags);
    }

    /// <summary>Whether Prometheus takes it as the name of a label, and a bucket has no use of its own for it.</summary>
    public static bool IsLabel(string name) =>
        name.Length != 0 && name != "le" && !char.IsAsciiDigit(name[0]) && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
}
