using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Snapshot;

/// <summary>
/// Kong's iterator as it is written there: plugin by plugin in order of priority, each looked up in the cascade of its scopes when its turn
/// comes, with whatever consumer is known by then.
/// </summary>
internal sealed class ReferenceIterator(IEnumerable<KongPlugin> plugins)
{
    private readonly List<KongPlugin> _configured = [.. plugins.Where(plugin => plugin.Enabled && plugin.Protocols.Intersect(["http", "https", "grpc", "grpcs"]).Any())];

    /// <param name="route">Route matched, or null.</param>
    /// <param name="service">Its service, or null.</param>
    /// <param name="identified">Whom an authentication plugin of that name identifies, when it runs.</param>
    public List<KongPlugin> Run(string? route, string? service, IReadOnlyDictionary<string, string> identified)
    {
        string? consumer = null;
        List<KongPlugin> ran = [];
        foreach (string name in _configured.Select(plugin => plugin.Name).Distinct().OrderByDescending(PluginPriorities.Of))
        {
            if (LookUp(name, route, service, consumer) is { } found)
            {
                ran.Add(found);
                consumer = identified.GetValueOrDefault(name, consumer!);
            }
        }

        return ran;
    }

    private KongPlugin? LookUp(string name, string? route, string? service, string? consumer)
    {
        (string? Route, string? Service, string? Consumer)[] cascade =
        [
            (route, service, consumer), (route, null, consumer), (null, service, consumer), (route, service, null),
            (null, null, consumer), (route, null, null), (null, service, null), (null, null, null),
        ];
        foreach ((string? Route, string? Service, string? Consumer) scope in cascade)
        {
            if (_configured.Find(plugin => plugin.Name == name && plugin.Route?.Label == scope.Route
                && plugin.Service?.Label == scope.Service && plugin.Consumer?.Label == scope.Consumer) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
