using System.Globalization;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>One step of a path: a name, or a position from 0.</summary>
internal readonly record struct PathStep(string Name, int Index)
{
    public bool IsIndex => Name.Length == 0;
}

/// <summary>Reads paths of findings: <c>services[0].plugins[1].config.limit_by</c>. Pure.</summary>
internal static class FieldPath
{
    public static List<PathStep> Parse(string path)
    {
        List<PathStep> steps = [];
        foreach (string part in path.Split('.'))
        {
            string rest = part;
            int open = rest.IndexOf('[');
            string name = open < 0 ? rest : rest[..open];
            if (name.Length > 0)
            {
                steps.Add(new PathStep(name, 0));
            }

            while (open >= 0)
            {
                int close = rest.IndexOf(']', open);
                if (close > open && int.TryParse(rest.AsSpan(open + 1, close - open - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                {
                    steps.Add(new PathStep("", index));
                    open = rest.IndexOf('[', close);
                }
                else
                {
                    open = -1;
                }
            }
        }

        return steps;
    }
}
