using System.Text;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Yaml;

/// <summary>
/// Textual repairs of lenient mode, line by line so that places stay true: tabs in the indentation become two spaces, a plain value that
/// begins with a character YAML reserves (<c>@ ` %</c>, or <c>*.</c> of a wildcard host) gets quotes, and a list entry that stands at the
/// indentation of a key inside another entry with the same key becomes that entry's sibling. Pure.
/// </summary>
internal static class YamlRepairs
{
    /// <summary>The repaired text and what was repaired; the text begins behind the first <paramref name="linesBefore"/> lines of its file.</summary>
    public static (string Text, List<YamlProblem> Repairs) Apply(string file, string text, int linesBefore = 0)
    {
        List<YamlProblem> repairs = [];
        StringBuilder result = new(text.Length + 16);
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            string repaired = Quoted(Untabbed(line));
            if (Sibling(lines, i) is { } entry)
            {
                repaired = new string(' ', entry.Indent) + line.TrimStart(' ');
                repairs.Add(new YamlProblem(
                    YamlProblemKind.Repaired,
                    new SourceSpan(file, linesBefore + i + 1, Indent(line) + 1),
                    $"a list entry '{entry.Key}' stands at the indentation of a key of the entry '{entry.Key}' at line {linesBefore + entry.Line}, which is not YAML; "
                    + "read as another entry beside that one, with the keys that follow it, and not as a part of it",
                    Hint: $"\"{repaired.TrimEnd('\r')}\", as another entry beside that of line {linesBefore + entry.Line}"));
            }
            else if (!ReferenceEquals(line, repaired) && line != repaired)
            {
                int column = 1;
                while (column <= Math.Min(line.Length, repaired.Length) && line[column - 1] == repaired[column - 1])
                {
                    column++;
                }

                repairs.Add(new YamlProblem(YamlProblemKind.Repaired, new SourceSpan(file, linesBefore + i + 1, column), Reason(line)));
            }

            result.Append(repaired);
            if (i < lines.Length - 1)
            {
                result.Append('\n');
            }
        }

        return (result.ToString(), repairs);
    }

    // A dash at the indentation of a key that has its value already cannot begin that key's list: it was meant for a list further out.
    private static (int Indent, string Key, int Line)? Sibling(string[] lines, int index)
    {
        string line = lines[index];
        int indent = Indent(line);
        if (indent == 0 || EntryKey(line) is not { } key)
        {
            return null;
        }

        int before = index - 1;
        while (before >= 0 && (lines[before].AsSpan().Trim().IsEmpty || lines[before].TrimStart(' ').StartsWith('#')))
        {
            before--;
        }

        if (before < 0 || Indent(lines[before]) != indent || lines[before][indent] == '-' || !HasValue(lines[before]))
        {
            return null;
        }

        for (int above = before; above >= 0; above--)
        {
            int outer = Indent(lines[above]);
            if (outer < indent && EntryKey(lines[above]) is { } enclosing)
            {
                return enclosing == key ? (outer, key, above + 1) : null;
            }
        }

        return null;
    }

    private static int Indent(string line)
    {
        int content = line.AsSpan().IndexOfAnyExcept(' ');
        return content < 0 ? line.Length : content;
    }

    private static string? EntryKey(string line)
    {
        ReadOnlySpan<char> content = line.AsSpan().Trim();
        return content.StartsWith("- ", StringComparison.Ordinal) && content.IndexOf(':') is > 2 and int colon ? content[2..colon].Trim().ToString() : null;
    }

    private static bool HasValue(string line)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && !line.AsSpan(colon + 2).Trim().IsEmpty;
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
