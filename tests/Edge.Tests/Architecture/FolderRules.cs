namespace VoltageSoda.Edge.Tests.Architecture;

/// <summary>Which folders of src/Edge may use which. An arrow is followed to its end: what a folder may use, its users may use.</summary>
internal static class FolderRules
{
    /// <summary>Folders that anybody may use and that use none but each other's leaves named here.</summary>
    public static readonly string[] Leaves = ["Transport", "Model", "Telemetry"];

    /// <summary>The composition root: it builds the graph by hand and so sees all of it.</summary>
    public static readonly string[] Roots = ["Program.cs", "Cli", "Demo"];

    public static readonly IReadOnlyDictionary<string, string[]> Arrows = new Dictionary<string, string[]>
    {
        ["Hosting"] = ["Configuration", "Listeners", "Admin"],
        ["Configuration"] = ["Snapshot"],
        ["Snapshot"] = ["Upstream", "Stores"],
        ["Listeners"] = ["Downstream"],
        ["Downstream"] = ["Exchanges"],
        ["Exchanges"] = ["Snapshot", "Upstream", "Relay", "Stores"],
        ["Admin"] = ["Snapshot", "Telemetry"],
        ["Upstream"] = [],
        ["Relay"] = [],
        ["Stores"] = [],
        ["Transport"] = [],
        ["Model"] = [],
        ["Telemetry"] = [],
    };

    /// <summary>
    /// Uses that go against the arrows and wait for their types to move. The list only shrinks: a use that is gone must leave it.
    /// </summary>
    public static readonly string[] Debts = [];

    /// <summary>Why a file of <paramref name="user"/> may not name <paramref name="used"/>, or null when it may.</summary>
    public static string? Refuse(string user, string used)
    {
        if (user == used || Roots.Contains(user))
        {
            return null;
        }

        if (!Arrows.ContainsKey(user))
        {
            return $"the folder {user} has no place in the rules";
        }

        if (Leaves.Contains(user))
        {
            return $"{user} uses nobody";
        }

        return Leaves.Contains(used) || Reaches(user, used) ? null : $"no arrow leads from {user} to {used}";
    }

    private static bool Reaches(string from, string to) => Arrows[from].Any(next => next == to || Reaches(next, to));
}
