using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Kong's rule that at most one configuration per plugin name runs for a request (<c>kong/runloop/plugins_iterator.lua</c>): the most
/// specific scope wins, nothing is merged. Immutable.
/// </summary>
internal sealed class PluginLookup
{
    // Order of execution, descending priority (PRIORITY in Kong's plugin handlers).
    private static readonly string[] ByPriority =
    [
        "zipkin", "cors", "jwt", "oauth2", "request-size-limiting", "acl", "rate-limiting", "request-transformer", "response-transformer",
        "prometheus", "http-log",
    ];

    private readonly Dictionary<string, List<KongPlugin>> _byName;

    public PluginLookup(IReadOnlyList<KongPlugin> plugins)
    {
        _byName = plugins.Where(static plugin => plugin.Enabled).GroupBy(static plugin => plugin.Name)
            .ToDictionary(static group => group.Key, static group => group.ToList());
    }

    /// <summary>Consumers that have an instance of their own somewhere.</summary>
    public IEnumerable<Guid> ScopedConsumers =>
        _byName.Values.SelectMany(static list => list).Where(static plugin => plugin.Consumer is not null)
            .Select(static plugin => plugin.Consumer!.Id).Distinct();

    /// <summary>The instances that run, in order of execution.</summary>
    public IReadOnlyList<KongPlugin> Applying(Guid? route, Guid? service, Guid? consumer)
    {
        List<KongPlugin> found = [];
        foreach ((_, List<KongPlugin> instances) in _byName.OrderBy(static pair => Rank(pair.Key)).ThenBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            KongPlugin? best = null;
            int bestRank = int.MaxValue;
            foreach (KongPlugin instance in instances)
            {
                int rank = Specificity(instance, route, service, consumer);
                if (rank < bestRank)
                {
                    best = instance;
                    bestRank = rank;
                }
            }

            if (best is not null)
            {
                found.Add(best);
            }
        }

        return found;
    }

    /// <summary>Position of a plugin in the order of execution; unknown ones last.</summary>
    public static int Rank(string name)
    {
        int index = Array.IndexOf(ByPriority, name);
        return index < 0 ? ByPriority.Length : index;
    }

    // route+service+consumer, route+consumer, service+consumer, route+service, consumer, route, service, global.
    private static int Specificity(KongPlugin plugin, Guid? route, Guid? service, Guid? consumer)
    {
        if ((plugin.Route is { } r && r.Id != route) || (plugin.Service is { } s && s.Id != service)
            || (plugin.Consumer is { } c && c.Id != consumer))
        {
            return int.MaxValue;
        }

        return (plugin.Route is not null, plugin.Service is not null, plugin.Consumer is not null) switch
        {
            (true, true, true) => 0,
            (true, false, true) => 1,
            (false, true, true) => 2,
            (true, true, false) => 3,
            (false, false, true) => 4,
            (true, false, false) => 5,
            (false, true, false) => 6,
            _ => 7,
        };
    }
}
