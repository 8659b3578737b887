using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Request fields that the plugins of a configuration set, remove or vouch for: an upstream that reads <c>_</c> as <c>-</c> must not take a
/// client's field for one of them. Over all plugins, since a head is read before its route is known. Pure.
/// </summary>
internal static class GuardedFields
{
    public static IReadOnlyList<string> Of(KongModel model)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (KongPlugin plugin in model.Plugins.Where(static plugin => plugin.Active))
        {
            names.UnionWith(OfPlugin(plugin.Config));
        }

        // What a configuration asks for by a name with an underscore is meant as it stands.
        names.UnionWith(model.Routes.SelectMany(static route => route.Headers).Select(static header => header.Name).Where(HasUnderscore));

        // A trailing asterisk is a letter of a name here and would make a prefix there.
        names.RemoveWhere(static name => name.Length == 0 || name.EndsWith('*'));
        return [.. names];
    }

    private static IEnumerable<string> OfPlugin(KongPluginConfig config) => config switch
    {
        CorrelationIdConfig correlation => [correlation.HeaderName],
        ZipkinConfig { TagsHeader: { } tags } => [tags],
        KeyAuthConfig { KeyInHeader: true } keys => keys.HideCredentials ? keys.KeyNames : keys.KeyNames.Where(HasUnderscore),
        RequestTransformerConfig { Headers: var edits } =>
        [
            .. edits.Remove.Concat(edits.Rename).Concat(edits.Replace).Concat(edits.Add).Concat(edits.Append).Select(static entry => entry.Name),
            .. edits.Rename.Select(static entry => entry.Value?.Text ?? string.Empty),
        ],
        _ => [],
    };

    private static bool HasUnderscore(string name) => name.Contains('_');
}
