using System.Collections.Frozen;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// Every setting, one row each. The rows drive parsing, unknown-name warnings and docs/settings.md; the typed access is on
/// <see cref="EdgeSettings"/>. Immutable.
/// </summary>
public static partial class SettingTable
{
    private static readonly Lazy<IReadOnlyList<Setting>> Rows = new(Collect);
    private static readonly Lazy<FrozenDictionary<string, Setting>> Names = new(() =>
        All.SelectMany(row => row.Aliases.Prepend(row.Name).Select(name => (name, row)))
            .ToFrozenDictionary(pair => pair.name, pair => pair.row, StringComparer.Ordinal));

    // Features to come. A row leaves this list in the change that builds what it belongs to.
    private static Setting[] Later =>
    [
        H2MaxStreams, H2ResetRate, H2Continuations, H2ControlRate,
    ];

    /// <summary>Every row, in the order of the documentation.</summary>
    public static IReadOnlyList<Setting> All => Rows.Value;

    /// <summary>Finds the row of a variable or of an alias.</summary>
    public static Setting? Find(string name) => Names.Value.GetValueOrDefault(name);

    private static List<Setting> Collect()
    {
        List<Setting> rows = [];
        Add(rows, "Configuration sources", Sources);
        Add(rows, "Listeners and process", Listeners);
        Add(rows, "Limits", Limits);
        Add(rows, "Timeouts", Timeouts);
        Add(rows, "HTTP rules", Http);
        Add(rows, "Upstream connections", Pools);
        Add(rows, "HTTP/2 and TLS", Http2);
        Add(rows, "Logs and telemetry", Telemetry);
        Add(rows, "Kong properties", Kong);
        Array.ForEach(Later, row => row.MarkLater());
        return rows;
    }

    private static void Add(List<Setting> rows, string section, Setting[] part)
    {
        foreach (Setting row in part)
        {
            row.Section = section;
            rows.Add(row);
        }
    }
}
