using System.Text;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Writes docs/settings.md from the table. Pure.</summary>
internal static class SettingsPage
{
    /// <summary>The page.</summary>
    public static string Render()
    {
        StringBuilder page = new();
        page.Append("""
            # Settings

            Every setting is an environment variable. Precedence: command line, then `EDGE_*`, then `KONG_*` and `OTEL_*`, then the file that
            `EDGE_SETTINGS` names, then the default. An empty variable counts as not given. An unknown `EDGE_*` or `KONG_*` variable is a warning
            with the nearest name, a value that cannot be read is a start error that names the variable. `voltage-edge print --origin` shows the
            effective values and where each came from.

            Values: durations `500ms`, `10s`, `5m`, `1h`, `1m30s` (a bare number counts the unit in brackets); sizes `65536`, `64KiB`, `1MiB`
            (nginx's `64k` and `1m` too); booleans `on|off|true|false|1|0`; lists with commas. Secrets may also come from the file that `NAME_FILE`
            names, and are masked wherever settings are shown.

            Listen addresses are Kong's: `ip:port [ssl] [http2] [proxy_protocol] [deferred] [bind] [reuseport] [backlog=N] [so_keepalive=on|off|idle:interval:count]`,
            `[::]:port` for IPv6 and `unix:/path` for a Unix socket, separated by commas, or `off`.

            This page is generated from the table in `src/Edge/Configuration/Settings`; a test keeps them equal.

            """.Replace("\r\n", "\n", StringComparison.Ordinal));
        string section = "";
        foreach (Setting row in SettingTable.All)
        {
            if (row.Section != section)
            {
                section = row.Section;
                page.Append($"\n## {section}\n\n| Variable | Value | Default | Meaning |\n|---|---|---|---|\n");
            }

            string unit = row.Unit is null or "bytes" ? "" : $" ({row.Unit})";
            string range = row.Range is null ? "" : $", {row.Range}";
            string aliases = row.Aliases.Count == 0 ? "" : $" Also {string.Join(", ", row.Aliases.Select(alias => $"`{alias}`"))}.";
            string shownDefault = row.DefaultText.Length == 0 ? "none" : $"`{row.DefaultText}`";
            page.Append($"| `{row.Name}` | {Cell(row.Kind + unit + range)} | {Cell(shownDefault)} | {Cell(row.Doc + aliases + (row.IsLater ? " Not in effect yet." : ""))} |\n");
        }

        return page.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
