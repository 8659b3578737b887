using VoltageSoda.Edge.Model;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace VoltageSoda.Edge.Configuration.Yaml;

/// <summary>
/// Reads YAML and JSON text into <see cref="YamlNode"/> trees with places, over YamlDotNet's parser events (its node model refuses repeated
/// keys). Never throws on the text: problems are returned. Anchors, aliases, merge keys and several documents work as in lyaml; depth and
/// expansion are bounded, so that a small text cannot become a large tree ("billion laughs"). Stateless.
/// </summary>
public static class YamlReader
{
    /// <summary>Deepest nesting.</summary>
    public const int MaxDepth = 200;

    /// <summary>Most nodes, with aliases counted every time.</summary>
    public const long MaxNodes = 5_000_000;

    /// <summary>Reads a text; names ending in <c>.json</c> are read as JSON, everything else as YAML.</summary>
    public static YamlStream Read(string file, string text)
    {
        if (file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return JsonTextReader.Read(file, text);
        }

        return ReadYaml(file, text);
    }

    /// <summary>Reads YAML that begins behind the first <paramref name="linesBefore"/> lines of its file.</summary>
    internal static YamlStream ReadPiece(string file, string text, int linesBefore) => ReadYaml(file, text, linesBefore);

    /// <summary>Reads a text without a file name as Kong does: JSON first, then YAML.</summary>
    public static YamlStream ReadUnnamed(string name, string text)
    {
        YamlStream json = JsonTextReader.Read(name, text);
        return json is { IsComplete: true, Documents.Count: > 0 } ? json : ReadYaml(name, text);
    }

    /// <summary>Reads YAML, repairing a text that does not parse: tabs in the indentation, and values that need quotes.</summary>
    public static YamlStream ReadLenient(string file, string text)
    {
        YamlStream stream = Read(file, text);
        if (stream.IsComplete || file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return stream;
        }

        (string repaired, List<YamlProblem> repairs) = YamlRepairs.Apply(file, text);
        if (repairs.Count == 0)
        {
            return stream;
        }

        YamlStream second = ReadYaml(file, repaired);
        return second.IsComplete ? second with { Problems = [.. repairs, .. second.Problems] } : stream;
    }

    private static YamlStream ReadYaml(string file, string text, int linesBefore = 0)
    {
        List<YamlNode> documents = [];
        List<YamlProblem> problems = [];
        Builder builder = new(file, problems, linesBefore);
        try
        {
            Parser parser = new(new StringReader(text));
            while (Advance(parser))
            {
                if (parser.Current is DocumentStart)
                {
                    builder.Reset();
                    Advance(parser);
                    if (builder.Node(parser, 0, "") is { } node && node is not YamlScalar { IsNull: true })
                    {
                        documents.Add(node);
                    }
                }
            }
        }
        catch (YamlException exception)
        {
            problems.Add(new YamlProblem(YamlProblemKind.Syntax, builder.At(Place(exception, text)), Clean(exception)));
        }
        catch (LimitReachedException exception)
        {
            problems.Add(new YamlProblem(YamlProblemKind.Limit, exception.Span, exception.Message));
        }

        return new YamlStream(file, documents, problems);
    }

    // On some broken texts the parser fails with an exception of its own inside (a plain scalar that is no simple key, for one).
    private static bool Advance(Parser parser)
    {
        Mark before = parser.Current?.End ?? new Mark(0, 1, 1);
        try
        {
            return parser.MoveNext();
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException
            or FormatException or OverflowException or InvalidCastException or NullReferenceException)
        {
            throw new SyntaxErrorException(before, before, "the text after this place is not YAML");
        }
    }

    // Of a tab in the indentation the parser tells where the mapping around it begins.
    private static Mark Place(YamlException exception, string text)
    {
        if (!exception.Message.Contains("invalid tab", StringComparison.Ordinal))
        {
            return exception.Start;
        }

        string[] lines = text.Split('\n');
        for (long line = Math.Max(exception.Start.Line, 1); line <= lines.Length; line++)
        {
            string content = lines[line - 1];
            int tab = content.IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && content.AsSpan(0, tab).Trim(' ').IsEmpty)
            {
                return new Mark(exception.Start.Index, line, tab + 1);
            }
        }

        return exception.Start;
    }

    // YamlDotNet prefixes its own position, which the span already says.
    private static string Clean(YamlException exception)
    {
        string message = exception.Message;
        int colon = message.IndexOf("): ", StringComparison.Ordinal);
        return message.StartsWith('(') && colon > 0 ? message[(colon + 3)..] : message;
    }

    private sealed class LimitReachedException(SourceSpan span, string message) : Exception(message)
    {
        public SourceSpan Span { get; } = span;
    }

    private sealed class Builder(string file, List<YamlProblem> problems, int linesBefore)
    {
        private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
        private long _nodes;

        public void Reset() => _anchors.Clear();

        public SourceSpan At(Mark mark) => new(file, linesBefore + (int)Math.Max(mark.Line, 1), (int)Math.Max(mark.Column, 1));

        /// <summary>Reads the node at the parser's current event and leaves the parser on the node's last event.</summary>
        public YamlNode? Node(Parser parser, int depth, string path)
        {
            ParsingEvent current = parser.Current!;
            SourceSpan span = At(current.Start);
            if (depth > MaxDepth)
            {
                throw new LimitReachedException(span, $"nested deeper than {MaxDepth} levels");
            }

            switch (current)
            {
                case AnchorAlias alias:
                    return Alias(alias, span);
                case Scalar scalar:
                    YamlScalar value = Scalar(scalar, span);
                    Count(1, span);
                    Remember(scalar, value);
                    return value;
                case SequenceStart start:
                    return Sequence(parser, start, span, depth, path);
                case MappingStart start:
                    return Mapping(parser, start, span, depth, path);
                default:
                    return null;
            }
        }

        private YamlNode Alias(AnchorAlias alias, SourceSpan span)
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out YamlNode? target))
            {
                throw new SemanticErrorException(alias.Start, alias.End, "invalid reference: " + alias.Value.Value);
            }

            Count(target.Weight, span);
            return target;
        }

        private static YamlScalar Scalar(Scalar scalar, SourceSpan span)
        {
            bool plain = scalar.Style == ScalarStyle.Plain;
            (YamlScalarType type, double number) = (YamlScalarType.String, 0);
            if (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific && YamlScalarRules.Tagged(scalar.Tag.Value, scalar.Value) is { } tagged)
            {
                (type, number) = tagged;
            }
            else if (plain)
            {
                (type, number) = YamlScalarRules.Plain(scalar.Value);
            }

            return new YamlScalar(span, scalar.Value, type, number, plain);
        }

        private YamlSequence Sequence(Parser parser, SequenceStart start, SourceSpan span, int depth, string path)
        {
            YamlSequence sequence = new(span);
            Count(1, span);
            while (Advance(parser) && parser.Current is not SequenceEnd)
            {
                if (Node(parser, depth + 1, $"{path}[{sequence.Items.Count}]") is { } item)
                {
                    sequence.Add(item);
                }
            }

            // Only now, so that an alias inside its own anchor is an invalid reference and no cycle can arise.
            Remember(start, sequence);
            return sequence;
        }

        private YamlMapping Mapping(Parser parser, MappingStart start, SourceSpan span, int depth, string path)
        {
            YamlMapping mapping = new(span);
            Count(1, span);
            while (Advance(parser) && parser.Current is not MappingEnd)
            {
                SourceSpan keySpan = At(parser.Current!.Start);
                bool mergeTag = parser.Current is Scalar { Tag.IsEmpty: false } tagged && tagged.Tag.Value == "tag:yaml.org,2002:merge";
                YamlNode? keyNode = Node(parser, depth + 1, path);
                if (keyNode is not YamlScalar key)
                {
                    throw new SemanticErrorException(parser.Current!.Start, parser.Current.End, "a key must be a scalar");
                }

                if (!Advance(parser))
                {
                    break;
                }

                string childPath = path.Length == 0 ? key.Text : $"{path}.{key.Text}";
                YamlNode? value = Node(parser, depth + 1, childPath);
                if (value is null)
                {
                    continue;
                }

                if (mergeTag || (key.Text == "<<" && key.IsPlain))
                {
                    Merge(mapping, value, parser.Current!);
                }
                else
                {
                    RepeatedKeys.Add(mapping, new YamlEntry(key.Text, keySpan, value), childPath, problems);
                }
            }

            Remember(start, mapping);
            return mapping;
        }

        private void Merge(YamlMapping mapping, YamlNode value, ParsingEvent at)
        {
            IEnumerable<YamlNode> sources = value is YamlSequence list ? list.Items : [value];
            foreach (YamlNode source in sources)
            {
                if (source is not YamlMapping merged)
                {
                    throw new SemanticErrorException(at.Start, at.End, "invalid '<<' merge event: a map or a list of maps is needed");
                }

                foreach (YamlEntry entry in merged.Distinct)
                {
                    Count(1 + entry.Value.Weight, mapping.Span);
                    mapping.Add(entry with { IsMerged = true });
                }
            }
        }

        private void Remember(NodeEvent source, YamlNode node)
        {
            if (!source.Anchor.IsEmpty)
            {
                _anchors[source.Anchor.Value] = node;
            }
        }

        private void Count(long nodes, SourceSpan span)
        {
            _nodes += nodes;
            if (_nodes > MaxNodes)
            {
                throw new LimitReachedException(span, $"more than {MaxNodes} nodes, with aliases counted every time");
            }
        }
    }
}
