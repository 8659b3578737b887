using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Hosting;

/// <summary>The effective settings under their names in kong.conf, as the Admin API's root shows them. Pure.</summary>
internal static class KongConfiguration
{
    public static IReadOnlyDictionary<string, object?> Of(EdgeSettings settings)
    {
        SortedDictionary<string, object?> values = new(StringComparer.Ordinal);
        foreach (Setting row in SettingTable.All)
        {
            string name = row.Name.ToLowerInvariant();
            values[name.StartsWith("kong_", StringComparison.Ordinal) ? name[5..] : name] = Value(settings, row);
        }

        values["database"] = "off";
        return values;
    }

    private static object? Value(EdgeSettings settings, Setting row)
    {
        string text = settings.OriginOf(row).Text;
        if (row.IsSecret)
        {
            return settings.IsGiven(row) ? Secret.Mask : null;
        }

        return row switch
        {
            Setting<bool> { Kind: "on, off" } flag => settings.Get(flag),
            Setting<long> { Kind: "number" } number => settings.Get(number),
            Setting<IReadOnlyList<string>> list => settings.Get(list),
            Setting<IReadOnlyList<ListenAddress>> listen => settings.Get(listen) is { Count: > 0 } addresses
                ? addresses.Select(static address => address.Text).ToArray()
                : new[] { "off" },
            _ => text.Length == 0 ? null : text,
        };
    }
}
