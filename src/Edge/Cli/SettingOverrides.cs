using System.CommandLine;
using System.CommandLine.Parsing;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Cli;

/// <summary>
/// <c>--set NAME=VALUE</c>, which every verb takes: a setting of docs/settings.md that wins over the environment and the settings file.
/// </summary>
internal static class SettingOverrides
{
    public static readonly Option<string[]> Option = Create();

    /// <summary>The settings of a process with these variables and what the command line says.</summary>
    public static EdgeSettings Read(ParseResult parsed, Terminal terminal) => SettingsLoader.Load(terminal.Variables, Given(parsed));

    /// <summary>What the command line says.</summary>
    public static IReadOnlyDictionary<string, string> Given(ParseResult parsed)
    {
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        foreach (string text in parsed.GetValue(Option) ?? [])
        {
            int equals = text.IndexOf('=');
            given[text[..equals]] = text[(equals + 1)..];
        }

        return given;
    }

    private static Option<string[]> Create()
    {
        Option<string[]> option = new("--set")
        {
            Description = "A setting that wins over its variable (docs/settings.md lists them); may be repeated.",
            HelpName = "NAME=VALUE",
            Recursive = true,
        };
        option.Validators.Add(Validate);
        return option;
    }

    private static void Validate(OptionResult result)
    {
        foreach (Token token in result.Tokens)
        {
            int equals = token.Value.IndexOf('=');
            if (equals <= 0)
            {
                result.AddError($"--set {token.Value}: NAME=VALUE is expected.");
                continue;
            }

            string name = token.Value[..equals];
            if (SettingTable.Find(name) is null)
            {
                string? near = NearestName.Find(name, SettingTable.All.Select(static row => row.Name));
                result.AddError($"--set {name}: there is no such setting{(near is null ? "" : $"; {near}?")} ('voltage-edge print' lists all).");
            }
        }
    }
}
