using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Yaml;

/// <summary>
/// Reads JSON into the same tree as YAML, by tokens, so that repeated keys are seen and everything has a place. Strict JSON: no comments, no
/// trailing commas. Never throws on the text. Stateless.
/// </summary>
internal static class JsonTextReader
{
    public static YamlStream Read(string file, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.StartsWith('\uFEFF') ? text[1..] : text);
        List<YamlProblem> problems = [];
        Places places = new(file, bytes);
        try
        {
            Utf8JsonReader reader = new(bytes, new JsonReaderOptions { MaxDepth = YamlReader.MaxDepth });
            if (!reader.Read())
            {
                return new YamlStream(file, [], problems);
            }

            YamlNode root = Node(ref reader, places, problems, "");
            while (reader.Read())
            {
                // Anything after the root is a JsonException.
            }

            return new YamlStream(file, root is YamlScalar { IsNull: true } ? [] : [root], problems);
        }
        catch (JsonException exception)
        {
            int line = (int)(exception.LineNumber ?? 0) + 1;
            int column = (int)(exception.BytePositionInLine ?? 0) + 1;
            int cut = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            string message = cut > 0 ? exception.Message[..cut] : exception.Message;
            problems.Add(new YamlProblem(YamlProblemKind.Syntax, new SourceSpan(file, line, column), message));
            return new YamlStream(file, [], problems);
        }
        catch (InvalidOperationException)
        {
            // A string with an escape that is no character, such as half of a surrogate pair.
            problems.Add(new YamlProblem(YamlProblemKind.Syntax, places.At(places.Last), "a string holds an invalid escape"));
            return new YamlStream(file, [], problems);
        }
    }

    private static YamlNode Node(ref Utf8JsonReader reader, Places places, List<YamlProblem> problems, string path)
    {
        SourceSpan span = places.At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                YamlMapping mapping = new(span);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    SourceSpan keySpan = places.At(reader.TokenStartIndex);
                    string key = reader.GetString() ?? "";
                    string childPath = path.Length == 0 ? key : $"{path}.{key}";
                    reader.Read();
                    YamlNode value = Node(ref reader, places, problems, childPath);
                    RepeatedKeys.Add(mapping, new YamlEntry(key, keySpan, value), childPath, problems);
                }

                return mapping;
            case JsonTokenType.StartArray:
                YamlSequence sequence = new(span);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    sequence.Add(Node(ref reader, places, problems, $"{path}[{sequence.Items.Count}]"));
                }

                return sequence;
            case JsonTokenType.Number:
                double number = reader.GetDouble();
                string text = Encoding.UTF8.GetString(reader.ValueSpan);
                bool whole = number == Math.Floor(number) && double.IsFinite(number);
                return new YamlScalar(span, text, whole ? YamlScalarType.Integer : YamlScalarType.Float, number, isPlain: true);
            case JsonTokenType.True or JsonTokenType.False:
                bool value1 = reader.TokenType == JsonTokenType.True;
                return new YamlScalar(span, value1 ? "true" : "false", YamlScalarType.Boolean, value1 ? 1 : 0, isPlain: true);
            case JsonTokenType.Null:
                return new YamlScalar(span, "", YamlScalarType.Null, 0, isPlain: true);
            default:
                return new YamlScalar(span, reader.GetString() ?? "", YamlScalarType.String, 0, isPlain: false);
        }
    }

    // Tokens come in order, so that counting lines goes on from the last place.
    private sealed class Places(string file, byte[] bytes)
    {
        private int _line = 1;
        private int _lineStart;
        private int _scanned;

        public long Last { get; private set; }

        public SourceSpan At(long index)
        {
            Last = index;
            while (_scanned < index)
            {
                if (bytes[_scanned++] == '\n')
                {
                    _line++;
                    _lineStart = _scanned;
                }
            }

            return new SourceSpan(file, _line, Encoding.UTF8.GetCharCount(bytes, _lineStart, (int)index - _lineStart) + 1);
        }
    }
}
