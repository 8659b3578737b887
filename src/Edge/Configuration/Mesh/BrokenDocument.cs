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
/// <param name="Guards">True when leaving it out could open what it closes.</param>
/// <param name="Span">Where it begins.</param>
internal sealed record BrokenDocument(string Group, string Kind, string? Name, string? Namespace, LabelSet? Selector, bool Guards, SourceSpan Span)
{
    /// <summary>Makes out what the lines say; null when they are no document of Istio or Kubernetes.</summary>
    public static BrokenDocument? Of(string file, string text, int firstLine)
    {
        Lines lines = new();
        int line = firstLine;
        int begin = 0;
        foreach (string raw in text.Split('\n'))
        {
            string content = raw.TrimEnd('\r', ' ', '\t');
            ReadOnlySpan<char> trimmed = content.AsSpan().Trim();
            if (!trimmed.IsEmpty && trimmed[0] != '#' && !trimmed.StartsWith("---", StringComparison.Ordinal))
            {
                begin = begin == 0 ? line : begin;
                lines.Take(content.AsSpan().IndexOfAnyExcept(' '), trimmed);
            }

            line++;
        }

        if (lines.Version is not { } version || lines.Kind is not { } kind)
        {
            return null;
        }

        int slash = version.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : version[..slash];
        bool several = lines.IsSeveral || kind.EndsWith("List", StringComparison.Ordinal);
        bool guards = MeshKinds.IsGuard(group, kind) || (several && MeshKinds.Mentions(text)) || (kind == "EnvoyFilter" && MeshKinds.NamesGuard(text));
        return new BrokenDocument(
            group, kind, lines.Name, several ? null : lines.Namespace, several ? null : lines.Selector, guards, new SourceSpan(file, Math.Max(begin, firstLine), 1));
    }

    // What is read here decides who stays closed: whatever is not plain counts as not made out.
    private sealed class Lines
    {
        private readonly List<KeyValuePair<string, string>> _labels = [];
        private string _section = "";
        private int _fieldIndent = -1;
        private int _labelsIndent = -1;
        private int _labelIndent = -1;
        private bool _hasLabels;
        private bool _isPlain = true;

        public string? Version { get; private set; }

        public string? Kind { get; private set; }

        public string? Name { get; private set; }

        public string? Namespace { get; private set; }

        /// <summary>More than one document seems to stand in the text.</summary>
        public bool IsSeveral { get; private set; }

        public LabelSet? Selector => _labels.Count > 0 && _isPlain ? new LabelSet(_labels) : null;

        public void Take(int indent, ReadOnlySpan<char> line)
        {
            (string key, string value) = Pair(line);
            if (indent == 0)
            {
                _section = key;
                _fieldIndent = -1;
                _labelsIndent = -1;
                switch (key)
                {
                    case "apiVersion":
                        IsSeveral |= Version is not null;
                        Version ??= value;
                        break;
                    case "kind":
                        IsSeveral |= Kind is not null;
                        Kind ??= value;
                        break;
                }

                return;
            }

            if (_fieldIndent < 0)
            {
                _fieldIndent = indent;
            }

            if (_section == "metadata" && indent == _fieldIndent)
            {
                Name = key == "name" ? value : Name;
                Namespace = key == "namespace" ? (MeshNames.IsLabel(value) ? value : null) : Namespace;
            }
            else if (_section == "spec")
            {
                Select(key, value, indent);
            }
        }

        private void Select(string key, string value, int indent)
        {
            if (key == "matchLabels")
            {
                // A flow mapping is not taken apart here, and of two selectors it is not known which one holds.
                _isPlain &= !_hasLabels && value.Length == 0;
                _hasLabels = true;
                _labelsIndent = indent;
                _labelIndent = -1;
                return;
            }

            if (_labelsIndent < 0)
            {
                return;
            }

            if (indent <= _labelsIndent)
            {
                _labelsIndent = -1;
                return;
            }

            _labelIndent = _labelIndent < 0 ? indent : _labelIndent;
            _isPlain &= indent == _labelIndent && LabelSyntax.IsKey(key) && value.Length > 0 && LabelSyntax.IsValue(value);
            _labels.Add(new(key, value));
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
}
