using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>Puts the edit lists of the transformers into words. Stateless.</summary>
internal static class EditSummary
{
    /// <summary>
    /// One line for each edit. <paramref name="isPresent"/> says whether the message has a name; null where that is not known yet.
    /// </summary>
    public static IEnumerable<string> Of(TransformEdits edits, string what, Func<string, bool>? isPresent)
    {
        foreach (TransformEntry entry in edits.Remove)
        {
            yield return $"{what}: removes {entry.Name}{Absent(entry)}";
        }

        foreach (TransformEntry entry in edits.Rename)
        {
            yield return $"{what}: renames {entry.Name} to {entry.Value?.Text}{Absent(entry)}";
        }

        foreach (TransformEntry entry in edits.Replace)
        {
            yield return $"{what}: replaces {Value(entry)}{Absent(entry)}";
        }

        foreach (TransformEntry entry in edits.Add)
        {
            yield return $"{what}: adds {Value(entry)}{(isPresent?.Invoke(entry.Name) == true ? " (has one already: stays)" : "")}";
        }

        foreach (TransformEntry entry in edits.Append)
        {
            yield return $"{what}: appends {Value(entry)}";
        }

        string Absent(TransformEntry entry) => isPresent?.Invoke(entry.Name) == false ? " (absent)" : "";
    }

    private static string Value(TransformEntry entry) => entry.Value is { } value ? $"{entry.Name}: {value.Text}" : entry.Name;
}
