using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Kong's rule that at most one configuration per plugin name runs for a request (<c>kong/runloop/plugins_iterator.lua</c>): the most
/// specific scope wins, nothing is merged. Disabled instances, and those for streams alone, do not exist and hide nothing. The scheme of a
/// request does not matter: a guard with <c>protocols: [https]</c> guards over http too. Immutable.
/// </summary>
internal sealed class PluginLookup
{
    private const int Never = int.MaxValue;

    private readonly IReadOnlyList<KongPlugin>[] _byPriority;

    public PluginLookup(IReadOnlyList<KongPlugin> plugins)
    {
        IReadOnlyList<KongPlugin>[] byPriority =
        [
            .. plugins.Where(static plugin => plugin.Enabled && IsForHttp(plugin))
                .GroupBy(static plugin => plugin.Name, StringComparer.Ordinal)
                .OrderByDescending(static group => PluginPriorities.Of(group.Key))
                .ThenBy(static group => group.Key, StringComparer.Ordinal)
                .Select(static group => (IReadOnlyList<KongPlugin>)[.. group]),
        ];
        _byPriority = byPriority;
        ScopedConsumers =
        [
            .. byPriority.SelectMany(static list => list)
                .Where(static plugin => plugin.Consumer is not null && !PluginPriorities.RunsBeforeConsumers(plugin.Name))
                .Select(static plugin => plugin.Consumer!.Id)
                .Distinct(),
        ];
    }

    /// <summary>Consumers that have an instance of their own somewhere.</summary>
    public IReadOnlyList<Guid> ScopedConsumers { get; }

    /// <summary>
    /// The instances that run, in order of execution. The look-up takes place when a plugin's turn comes, so <paramref name="consumer"/>
    /// (identified by an authentication plugin) counts for the plugins after those alone.
    /// </summary>
    public IReadOnlyList<KongPlugin> Applying(Guid? route, Guid? service, Guid? consumer)
    {
        List<KongPlugin> found = [];
        foreach (IReadOnlyList<KongPlugin> instances in _byPriority)
        {
            Guid? known = PluginPriorities.RunsBeforeConsumers(instances[0].Name) ? null : consumer;
            KongPlugin? best = null;
            int bestRank = Never;
            foreach (KongPlugin instance in instances)
            {
                int rank = Specificity(instance, route, service, known);
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

    // Kong's should_process_plugin compares subsystems, of which http is one and streams the other.
    private static bool IsForHttp(KongPlugin plugin) => plugin.Protocols.Any(static protocol => protocol is "http" or "https" or "grpc" or "grpcs");

    // route+service+consumer, route+consumer, service+consumer, route+service, consumer, route, service, global.
    private static int Specificity(KongPlugin plugin, Guid? route, Guid? service, Guid? consumer)
    {
        if ((plugin.Route is { } r && r.Id != route) || (plugin.Service is { } s && s.Id != service)
            || (plugin.Consumer is { } c && c.Id != consumer))
        {
            return Never;
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
