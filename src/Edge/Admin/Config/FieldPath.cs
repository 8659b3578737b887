using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>One step of a path: a name, or a position from 0.</summary>
internal readonly record struct PathStep(string Name, int Index)
{
    public bool IsIndex => Name.Length == 0;
}

/// <summary>
/// Reads paths of findings: <c>services[0].plugins[1].config.limit_by</c>, with a key that has characters of a path in quotes
/// (<c>services[0]["a.b"]</c>). Pure.
/// </summary>
internal static class FieldPath
{
    public static List<PathStep> Parse(string path)
    {
        List<PathStep> steps = [];
        int at = 0;
        while (at < path.Length)
        {
            if (path[at] == '.')
            {
                at++;
            }
            else if (path.AsSpan(at).StartsWith("[\""))
            {
                steps.Add(new PathStep(Quoted(path, ref at), 0));
            }
            else if (path[at] == '[' && path.IndexOf(']', at) is > 0 and int close)
            {
                if (int.TryParse(path.AsSpan(at + 1, close - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                {
                    steps.Add(new PathStep("", index));
                }

                at = close + 1;
            }
            else
            {
                int end = path.AsSpan(at + 1).IndexOfAny('.', '[');
                end = end < 0 ? path.Length : at + 1 + end;
                steps.Add(new PathStep(path[at..end], 0));
                at = end;
            }
        }

        return steps;
    }

    private static string Quoted(string path, ref int at)
    {
        StringBuilder name = new();
        at += 2;
        while (at < path.Length && path[at] != '"')
        {
            at += path[at] == '\\' && at + 1 < path.Length ? 1 : 0;
            name.Append(path[at++]);
        }

        // The quote and the bracket behind it.
        at = Math.Min(at + 2, path.Length);
        return name.ToString();
    }
}
