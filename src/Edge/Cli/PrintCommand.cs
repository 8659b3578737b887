using System.CommandLine;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Cli;

/// <summary><c>voltage-edge print</c>: the effective settings, secrets masked, and on request where each came from.</summary>
internal static class PrintCommand
{
    public static Command Create(Terminal terminal)
    {
        Option<bool> origin = new("--origin") { Description = "Say for each setting where its value came from." };
        Command command = new("print", "Print the effective settings; secrets are masked.") { origin };
        command.SetAction((parsed, _) => RunAsync(SettingOverrides.Read(parsed, terminal), parsed.GetValue(origin), terminal));
        return command;
    }

    /// <summary>A value that cannot be read is told on the error stream and its default is shown; only what serves or loads refuses it.</summary>
    public static async Task<int> RunAsync(EdgeSettings settings, bool origin, Terminal terminal)
    {
        await terminal.ComplainAsync(settings);
        string section = "";
        foreach (Setting row in SettingTable.All)
        {
            if (row.Section != section)
            {
                await terminal.Output.WriteLineAsync(section.Length == 0 ? $"# {row.Section}" : $"\n# {row.Section}");
                section = row.Section;
            }

            SettingOrigin from = settings.OriginOf(row);
            string line = $"{row.Name}={from.Text}";
            await terminal.Output.WriteLineAsync(origin ? $"{line,-60} # {Describe(row, from)}" : line);
        }

        return ExitCodes.Ok;
    }

    private static string Describe(Setting row, SettingOrigin from) => from.Kind switch
    {
        SettingOriginKind.Default => "default",
        SettingOriginKind.File => "settings file " + from.Name,
        SettingOriginKind.SecretFile => "secret file " + from.Name,
        SettingOriginKind.CommandLine => "command line",
        _ => from.Name == row.Name ? "environment" : "environment, as " + from.Name,
    };
}
