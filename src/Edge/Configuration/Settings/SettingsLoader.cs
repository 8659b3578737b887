using System.Collections;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// Reads the layers of settings into <see cref="EdgeSettings"/>: command line, then <c>EDGE_*</c>, then <c>KONG_*</c> and <c>OTEL_*</c>, then the
/// file that EDGE_SETTINGS names, then the default. Reads the files that <c>*_FILE</c> and EDGE_SETTINGS name, nothing else.
/// </summary>
public static class SettingsLoader
{
    /// <summary>What a finding about a variable gives as its file.</summary>
    public const string EnvironmentName = "environment";

    /// <summary>The variables of this process.</summary>
    public static IReadOnlyDictionary<string, string> ProcessVariables()
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return variables;
    }

    /// <summary>Merges the layers; never throws on values. Names of <paramref name="commandLine"/> are those of the table.</summary>
    public static EdgeSettings Load(IReadOnlyDictionary<string, string> variables, IReadOnlyDictionary<string, string>? commandLine = null)
    {
        // Bad values refuse in every mode, so that the mode of this list does not matter.
        FindingList findings = new(ConfigMode.Compat);
        Dictionary<string, (string Value, int Line)> file = ReadFile(variables, commandLine, findings, out string fileName);
        Dictionary<Setting, (object?, SettingOrigin)> given = [];
        foreach (Setting row in SettingTable.All)
        {
            if (Find(row, variables, commandLine, file, fileName, findings) is not { } found)
            {
                continue;
            }

            if (row.TryParseObject(found.Text, out object? value, out string error))
            {
                string shown = row.IsSecret ? Secret.Mask : found.Text;
                given[row] = (value, new SettingOrigin(found.Kind, found.Name, shown));
            }
            else
            {
                findings.Add(FindingCodes.BadSetting, found.Span, found.Name,
                    $"{found.Name}: {(row.IsSecret && !row.HasPlainErrors ? "the value cannot be read" : error)}", hint: Allowed(row));
            }
        }

        foreach ((string name, (_, int line)) in file)
        {
            if (SettingTable.Find(name) is null && !KongProperties.HasNoEffect(name))
            {
                findings.Add(FindingCodes.SettingsFileLine, new SourceSpan(fileName, line, 1), name, $"{name}: nobody reads this",
                    hint: NearestName.Find(name, SettingTable.All.Select(row => row.Name)) is { } nearest ? $"did you mean '{nearest}'?" : null);
            }
        }

        return new EdgeSettings(given, variables, findings.Findings);
    }

    private static Dictionary<string, (string Value, int Line)> ReadFile(
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyDictionary<string, string>? commandLine,
        FindingList findings,
        out string fileName)
    {
        string name = SettingTable.SettingsFilePath.Name;
        fileName = commandLine?.GetValueOrDefault(name) ?? variables.GetValueOrDefault(name) ?? "";
        if (fileName.Length == 0)
        {
            return [];
        }

        if (TextFile.TryRead(fileName, out string text, out string error))
        {
            return SettingsFile.Parse(text);
        }

        findings.Add(FindingCodes.BadSetting, new SourceSpan(EnvironmentName, 0, 0), name, $"{name}: {fileName}: {error}");
        return [];
    }

    private static Found? Find(
        Setting row,
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyDictionary<string, string>? commandLine,
        Dictionary<string, (string Value, int Line)> file,
        string fileName,
        FindingList findings)
    {
        if (commandLine is not null && commandLine.TryGetValue(row.Name, out string? option))
        {
            return new Found(SettingOriginKind.CommandLine, row.Name, option, new SourceSpan("command line", 0, 0));
        }

        foreach (string name in row.Aliases.Prepend(row.Name))
        {
            if (FromEnvironment(row, name, variables, findings) is { } found)
            {
                return found;
            }
        }

        foreach (string name in row.Aliases.Prepend(row.Name))
        {
            if (file.TryGetValue(name, out (string Value, int Line) line) && line.Value.Length > 0)
            {
                return new Found(SettingOriginKind.File, name, line.Value, new SourceSpan(fileName, line.Line, 1));
            }
        }

        return null;
    }

    // An empty variable counts as not given, as in Kong.
    private static Found? FromEnvironment(Setting row, string name, IReadOnlyDictionary<string, string> variables, FindingList findings)
    {
        SourceSpan span = new(EnvironmentName, 0, 0);
        string fileVariable = name + "_FILE";
        string? path = row.IsSecret && variables.TryGetValue(fileVariable, out string? given) && given.Length > 0 ? given : null;
        if (variables.TryGetValue(name, out string? text) && text.Length > 0 && !KongProperties.IsServiceLink(name, text))
        {
            if (path is not null)
            {
                findings.Add(FindingCodes.SecretTwice, span, fileVariable, $"{fileVariable}: {name} is given too and counts");
            }

            return new Found(SettingOriginKind.Environment, name, text, span);
        }

        if (path is null)
        {
            return null;
        }

        if (SecretFileReader.TryRead(path, out string secret, out string error))
        {
            // An empty file counts as not given, as an empty variable does.
            return secret.Length == 0 ? null : new Found(SettingOriginKind.SecretFile, fileVariable, secret, span);
        }

        findings.Add(FindingCodes.SecretFile, span, fileVariable, $"{fileVariable}: {error}");
        return null;
    }

    private static string Allowed(Setting row)
    {
        string range = row.Range is null ? "" : $", {row.Range}";
        string shownDefault = row.DefaultText.Length == 0 ? "none" : row.DefaultText;
        return $"{row.Kind}{range}; default {shownDefault}";
    }

    private sealed record Found(SettingOriginKind Kind, string Name, string Text, SourceSpan Span);
}
