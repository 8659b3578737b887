using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>Puts the edit lists of the transformers into words. Stateless.</summary>
internal static class EditSummary
{
    /// <summary>
    /// One line for each kind of edit. <paramref name="isPresent"/> says whether the message has a name; null where that is not known yet.
    /// </summary>
    public static IEnumerable<string> Of(TransformEdits edits, string what, Func<string, bool>? isPresent)
    {
        if (edits.Remove.Count != 0)
        {
            yield return Line("removes", edits.Remove, entry => entry.Name + Absent(entry));
        }

        if (edits.Rename.Count != 0)
        {
            yield return Line("renames", edits.Rename, entry => $"{entry.Name} to {entry.Value?.Text}{Absent(entry)}");
        }

        if (edits.Replace.Count != 0)
        {
            yield return Line("replaces", edits.Replace, entry => Value(entry) + Absent(entry));
        }

        if (edits.Add.Count != 0)
        {
            yield return Line("adds", edits.Add, entry => Value(entry) + (isPresent?.Invoke(entry.Name) == true ? " (has one already: stays)" : ""));
        }

        if (edits.Append.Count != 0)
        {
            yield return Line("appends", edits.Append, Value);
        }

        string Line(string verb, IReadOnlyList<TransformEntry> entries, Func<TransformEntry, string> text) =>
            $"{what}: {verb} {string.Join("; ", entries.Select(text))}";

        string Absent(TransformEntry entry) => isPresent?.Invoke(entry.Name) == false ? " (absent)" : "";
    }

    private static string Value(TransformEntry entry) => entry.Value is { } value ? $"{entry.Name}: {value.Text}" : entry.Name;
}
