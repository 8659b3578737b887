namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// A settings file in the syntax of kong.conf: <c>name = value</c> lines, <c>#</c> begins a comment (<c>\#</c> does not). Names are Kong's
/// properties in lower case (<c>proxy_listen</c>) or full variable names (<c>EDGE_LOOPS</c>). Pure but for reading the file.
/// </summary>
internal static class SettingsFile
{
    /// <summary>Values by variable name, with their line.</summary>
    public static Dictionary<string, (string Value, int Line)> Parse(string text)
    {
        Dictionary<string, (string, int)> values = new(StringComparer.Ordinal);
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = WithoutComment(lines[i]).Trim();
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                continue;
            }

            string name = line[..equals].Trim();
            bool full = name.StartsWith("EDGE_", StringComparison.Ordinal) || name.StartsWith("KONG_", StringComparison.Ordinal)
                || SettingTable.Find(name) is not null;
            values[full ? name : "KONG_" + name.ToUpperInvariant()] = (line[(equals + 1)..].Trim(), i + 1);
        }

        return values;
    }

    private static string WithoutComment(string line)
    {
        for (int at = line.IndexOf('#', StringComparison.Ordinal); at >= 0; at = line.IndexOf('#', at + 1))
        {
            if (at == 0 || line[at - 1] != '\\')
            {
                return line[..at];
            }
        }

        return line.Replace("\\#", "#", StringComparison.Ordinal);
    }
}
