using System.Text;
using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Tests.Architecture;

/// <summary>docs/settings.md is written from the settings table. With EDGE_WRITE_DOCS=1 the test writes it instead of comparing.</summary>
public sealed class SettingsPageTests
{
    private const string Page = "docs/settings.md";

    private const string Head = """
        # Settings

        Every setting is an environment variable. Written from the settings table by a test
        (`EDGE_WRITE_DOCS=1 ./test.sh --filter SettingsPage`), so that it cannot differ from what the program reads.

        Precedence: command line, then `EDGE_*`, then `KONG_*`, then the settings file, then the default. A secret is also read from the file
        that `NAME_FILE` names. A name that is not known is a warning with the nearest one that is; a bad value stops the start.

        Durations are `500ms`, `10s`, `5m`, `1h`; sizes `64KiB`, `1MiB`; a bare number counts the unit that the row names. Lists are separated by
        commas.

        """;

    [Fact]
    public void Page_IsWhatTheTableSays()
    {
        string expected = Render();
        if (Environment.GetEnvironmentVariable("EDGE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Path.Combine(SourceTree.Root, Page), expected);
        }

        Assert.True(expected == SourceTree.Read(Page), $"{Page} is out of date: EDGE_WRITE_DOCS=1 ./test.sh --filter SettingsPage");
    }

    private static string Render()
    {
        StringBuilder page = new(Head);
        foreach (IGrouping<string, Setting> section in SettingTable.All.GroupBy(static row => row.Section))
        {
            page.Append($"\n## {section.Key}\n\n| name | values | default | meaning |\n|---|---|---|---|\n");
            foreach (Setting row in section)
            {
                string also = row.Aliases.Count == 0 ? "" : $" Also {string.Join(", ", row.Aliases.Select(static name => $"`{name}`"))}.";
                string fallback = row.DefaultText.Length == 0 ? "" : $"`{row.DefaultText}`";
                page.Append($"| `{row.Name}` | {Cell(Values(row))} | {Cell(fallback)} | {Cell(row.Doc + also)} |\n");
            }
        }

        return page.ToString();
    }

    private static string Values(Setting row)
    {
        string unit = row.Unit is null ? "" : $", bare number in {row.Unit}";
        string range = row.Range is null ? "" : $", {row.Range}";
        return row.Kind + unit + range;
    }

    // A bar would end the cell, also inside code.
    private static string Cell(string text) => text.Replace("|", "\\|").Replace("<", "&lt;").Replace('\n', ' ');
}
