using System.Text;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Yaml;

/// <summary>
/// Textual repairs of lenient mode, line by line so that places stay true: tabs in the indentation become two spaces, and a plain value that
/// begins with a character YAML reserves (<c>@ ` %</c>, or <c>*.</c> of a wildcard host) gets quotes. Pure.
/// </summary>
internal static class YamlRepairs
{
    public static (string Text, List<YamlProblem> Repairs) Apply(string file, string text)
    {
        List<YamlProblem> repairs = [];
        StringBuilder result = new(text.Length + 16);
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            string repaired = Quoted(Untabbed(line));
            if (!ReferenceEquals(line, repaired) && line != repaired)
            {
                int column = 1;
                while (column <= Math.Min(line.Length, repaired.Length) && line[column - 1] == repaired[column - 1])
                {
                    column++;
                }

                repairs.Add(new YamlProblem(YamlProblemKind.Repaired, new SourceSpan(file, i + 1, column), Reason(line)));
            }

            result.Append(repaired);
            if (i < lines.Length - 1)
            {
                result.Append('\n');
            }
        }

        return (result.ToString(), repairs);
    }

    private static string Reason(string line)
    {
        int content = line.AsSpan().IndexOfAnyExcept(' ', '\t');
        return content > 0 && line.AsSpan(0, content).Contains('\t')
            ? "a tab in the indentation is not YAML; read as two spaces"
            : "a value that begins with a reserved character is not YAML; read as if it had quotes";
    }

    private static string Untabbed(string line)
    {
        int content = line.AsSpan().IndexOfAnyExcept(' ', '\t');
        if (content <= 0 || !line.AsSpan(0, content).Contains('\t'))
        {
            return line;
        }

        return line[..content].Replace("\t", "  ", StringComparison.Ordinal) + line[content..];
    }

    private static string Quoted(string line)
    {
        int start = ValueStart(line);
        if (start < 0)
        {
            return line;
        }

        string value = line[start..].TrimEnd('\r', ' ');
        bool reserved = value.Length > 1 && (value[0] is '@' or '`' or '%' || value.StartsWith("*.", StringComparison.Ordinal));
        return reserved ? $"{line[..start]}'{value.Replace("'", "''", StringComparison.Ordinal)}'" : line;
    }

    // After "- " and after the first "key: ".
    private static int ValueStart(string line)
    {
        int at = line.AsSpan().IndexOfAnyExcept(' ');
        if (at < 0 || line[at] == '#')
        {
            return -1;
        }

        while (at + 1 < line.Length && line[at] == '-' && line[at + 1] == ' ')
        {
            at += 2;
        }

        int colon = line.IndexOf(": ", at, StringComparison.Ordinal);
        return colon < 0 ? at : colon + 2;
    }
}
