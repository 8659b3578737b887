namespace VoltageSoda.Edge.Configuration.Yaml;

/// <summary>
/// What becomes of a key that stands twice in one mapping. Of two scalars the last counts, as in Kong's reader. Two mappings are merged, and a
/// list or mapping that would be dropped is told as such: with it could go a plugin that guards access. Stateless.
/// </summary>
internal static class RepeatedKeys
{
    /// <summary>Adds an entry to a mapping that is being read.</summary>
    public static void Add(YamlMapping mapping, YamlEntry entry, string path, List<YamlProblem> problems) =>
        mapping.Add(mapping.Find(entry.Key) is { IsMerged: false } earlier ? Settle(earlier, entry, path, problems) : entry);

    private static YamlEntry Settle(YamlEntry earlier, YamlEntry later, string path, List<YamlProblem> problems)
    {
        string message = $"duplicate key '{later.Key}' (first at line {earlier.KeySpan.Line})";
        switch (earlier.Value)
        {
            case YamlMapping { Entries.Count: > 0 } first when later.Value is YamlMapping second:
                problems.Add(new YamlProblem(YamlProblemKind.MergedKey, later.KeySpan, message, path));
                return later with { Value = Merge(first, second, path, problems) };
            case YamlMapping { Entries.Count: > 0 }:
            case YamlSequence { Items.Count: > 0 }:
                problems.Add(new YamlProblem(
                    YamlProblemKind.DroppedBlock, later.KeySpan, $"{message}, and the first one's {earlier.Value.TypeName} would be dropped", path));
                return later;
            case YamlScalar first when later.Value is YamlScalar second && first.Text == second.Text && first.Type == second.Type:
                problems.Add(new YamlProblem(YamlProblemKind.EqualKey, later.KeySpan, message, path));
                return later;
            default:
                problems.Add(new YamlProblem(YamlProblemKind.DuplicateKey, later.KeySpan, message, path));
                return later;
        }
    }

    // Only a mapping made here is added to in place: others may be shared through an anchor. So a key that stands a thousand times costs no more
    // than what it holds.
    private static YamlMapping Merge(YamlMapping first, YamlMapping second, string path, List<YamlProblem> problems)
    {
        YamlMapping target = first;
        if (!first.IsMade)
        {
            target = new YamlMapping(second.Span) { IsMade = true };
            foreach (YamlEntry entry in first.Distinct)
            {
                target.Add(entry with { IsMerged = false });
            }
        }

        foreach (YamlEntry entry in second.Distinct)
        {
            Add(target, entry with { IsMerged = false }, $"{path}.{entry.Key}", problems);
        }

        return target;
    }
}
