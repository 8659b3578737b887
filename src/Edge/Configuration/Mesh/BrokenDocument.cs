using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// A document whose text is not YAML, and what could be made out line by line: enough to know whether it guards access, and whom.
/// </summary>
/// <param name="Group">Group of its <c>apiVersion</c>.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name; null when it could not be made out.</param>
/// <param name="Namespace">Its namespace; null when it could not be made out.</param>
/// <param name="Selector">Labels of the workloads it selects; null when that could not be made out, which means all of them.</param>
/// <param name="Span">Where it begins.</param>
internal sealed record BrokenDocument(string Group, string Kind, string? Name, string? Namespace, LabelSet? Selector, SourceSpan Span)
{
    /// <summary>True when leaving it out could open what it closes.</summary>
    public bool Guards => MeshDocument.IsGuard(Group, Kind);

    /// <summary>Makes out what the lines say; null when they are no document of Istio or Kubernetes.</summary>
    public static BrokenDocument? Of(string file, string text, int firstLine)
    {
        string? version = null;
        string? kind = null;
        string? name = null;
        string? @namespace = null;
        string section = "";
        int line = firstLine;
        int begin = 0;
        List<KeyValuePair<string, string>>? labels = null;
        int labelIndent = -1;
        bool readable = true;
        foreach (string raw in text.Split('\n'))
        {
            string content = raw.TrimEnd('\r', ' ');
            int indent = content.Length - content.TrimStart(' ').Length;
            ReadOnlySpan<char> trimmed = content.AsSpan().Trim();
            if (!trimmed.IsEmpty && trimmed[0] != '#' && !trimmed.StartsWith("---", StringComparison.Ordinal))
            {
                begin = begin == 0 ? line : begin;
                (string key, string value) = Pair(trimmed);
                if (indent == 0)
                {
                    section = key;
                    version = key == "apiVersion" ? value : version;
                    kind = key == "kind" ? value : kind;
                }
                else if (section == "metadata" && indent <= 4)
                {
                    name = key == "name" ? value : name;
                    @namespace = key == "namespace" ? value : @namespace;
                }
                else if (section == "spec")
                {
                    (labels, labelIndent, readable) = Selects(key, value, indent, labels, labelIndent, readable);
                }
            }

            line++;
        }

        if (version is null || kind is null)
        {
            return null;
        }

        int slash = version.IndexOf('/', StringComparison.Ordinal);
        LabelSet? selector = labels is { Count: > 0 } && readable ? new LabelSet(labels) : null;
        return new BrokenDocument(slash < 0 ? "" : version[..slash], kind, name, @namespace, selector, new SourceSpan(file, Math.Max(begin, firstLine), 1));
    }

    private static (List<KeyValuePair<string, string>>? Labels, int Indent, bool Readable) Selects(
        string key, string value, int indent, List<KeyValuePair<string, string>>? labels, int labelIndent, bool readable)
    {
        if (key == "matchLabels" && labels is null)
        {
            // A flow mapping is not taken apart here.
            return ([], indent, value.Length == 0);
        }

        if (labelIndent < 0)
        {
            return (labels, labelIndent, readable);
        }

        if (indent <= labelIndent)
        {
            return (labels, -1, readable);
        }

        labels!.Add(new(key, value));
        return (labels, labelIndent, readable && value.Length > 0);
    }

    private static (string Key, string Value) Pair(ReadOnlySpan<char> line)
    {
        int colon = line.IndexOf(':');
        return colon < 0 ? (line.ToString(), "") : (line[..colon].Trim().Trim("\"'").ToString(), Comment(line[(colon + 1)..]).Trim().Trim("\"'").ToString());
    }

    private static ReadOnlySpan<char> Comment(ReadOnlySpan<char> value)
    {
        int comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? value : value[..comment];
    }
}
