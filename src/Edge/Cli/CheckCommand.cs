using System.CommandLine;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Cli;

/// <summary><c>voltage-edge check</c>: loads and compiles without serving, and prints what there is to say.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> paths = new("PATH")
        {
            Description = "Files or folders to check instead of those that the settings name.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Words.RefuseOptions(paths);
        Option<string> output = new("--output", "-o")
        {
            Description = "text: one finding a line with its hint; json: one document; sarif: SARIF 2.1.0 for code scanners.",
            HelpName = "text|json|sarif",
            DefaultValueFactory = static _ => "text",
        };
        output.AcceptOnlyFromAmong("text", "json", "sarif");
        Command command = new(
            "check", "Load and compile the configuration without serving. Exit code 0: nothing to say, 79: findings, 65: refused.") { paths, output };
        command.SetAction((parsed, _) => RunAsync(
            SettingOverrides.Read(parsed, terminal), parsed.GetValue(paths) ?? [], parsed.GetValue(output)!, terminal.Output));
        return command;
    }

    public static async Task<int> RunAsync(EdgeSettings settings, IReadOnlyList<string> paths, string format, TextWriter output)
    {
        ConfigSource source = new(settings, paths);
        LoadResult loaded = source.Load();
        if (!loaded.Refused && (loaded.Model is not null || loaded.Mesh is not null))
        {
            // What loads must also compile: nothing else may be left to find out at start.
            using OfflineSnapshot compiled = new(settings, loaded.Model ?? KongModel.Empty, loaded.Hash, loaded.Mesh);
        }

        switch (format)
        {
            case "json":
                await output.WriteLineAsync(DiagnosticText.Json(loaded).TrimEnd());
                break;
            case "sarif":
                await output.WriteLineAsync(DiagnosticText.Sarif(loaded, GatewayFields.ThisVersion).TrimEnd());
                break;
            default:
                await output.WriteAsync(DiagnosticText.Text(loaded.Findings));
                await output.WriteLineAsync(Verdict(loaded, source.IsConfigured));
                break;
        }

        return ExitCodeOf(loaded);
    }

    private static int ExitCodeOf(LoadResult all) =>
        all.Refused ? ExitCodes.Refused
        : all.Findings.Any(static finding => finding.Severity != DiagnosticSeverity.Info) ? ExitCodes.Findings
        : ExitCodes.Ok;

    // The findings end with their counts; this says what they amount to.
    private static string Verdict(LoadResult all, bool isNamed)
    {
        string files = all.Files.Count == 1 ? "1 file" : $"{all.Files.Count} files";
        return all.Refused ? $"{files}: refused"
            : all.Files.Count == 0 && isNamed ? "0 files: nothing to load"
            : all.Files.Count == 0 && all.Model is null && all.Mesh is null ? "no configuration is named: give a PATH, or set KONG_DECLARATIVE_CONFIG or EDGE_CONFIG"
            : all.Findings.Count == 0 ? $"{files}: nothing to say"
            : $"{files}: loadable";
    }
}
