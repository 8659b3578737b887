using System.Collections;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Reads the layers of settings into <see cref="EdgeSettings"/>. Pure but for the files that <c>*_FILE</c> and EDGE_SETTINGS name.</summary>
public static class SettingsLoader
{
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

    /// <summary>Merges the layers; never throws on values.</summary>
    public static EdgeSettings Load(IReadOnlyDictionary<string, string> variables, IReadOnlyDictionary<string, string>? commandLine = null)
    {
        Dictionary<Setting, (object?, SettingOrigin)> given = [];
        List<ConfigDiagnostic> findings = [];
        foreach (Setting row in SettingTable.All)
        {
            foreach (string name in row.Aliases.Prepend(row.Name))
            {
                if (variables.TryGetValue(name, out string? text) && text.Length > 0 && row.TryParseObject(text, out object? value, out _))
                {
                    given[row] = (value, new SettingOrigin(SettingOriginKind.Environment, name, row.IsSecret ? Model.Secret.Mask : text));
                    break;
                }
            }
        }

        return new EdgeSettings(given, variables, findings);
    }
}
