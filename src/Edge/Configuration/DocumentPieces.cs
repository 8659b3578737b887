using VoltageSoda.Edge.Configuration.Mesh;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// Reads a text of several documents so that one that is not YAML does not take the others with it: the text is cut at its <c>---</c> lines and
/// each piece is read alone, at its own lines. Anchors never reach over such a line, so that nothing changes for the good ones. Stateless.
/// </summary>
internal static class DocumentPieces
{
    // Enough for any real file; a text of nothing but separators is read as one.
    private const int MostPieces = 10_000;

    /// <summary>Reads a text; lenient mode repairs what it can.</summary>
    /// <param name="file">Name for people; <c>.json</c> is read as JSON.</param>
    /// <param name="text">The text.</param>
    /// <param name="lenient">Repairs are taken instead of suggested.</param>
    /// <param name="broken">Documents of Istio or Kubernetes that are no YAML are added.</param>
    public static YamlStream Read(string file, string text, bool lenient, List<BrokenDocument> broken)
    {
        YamlStream whole = YamlReader.Read(file, text);
        if (whole.IsComplete || file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return whole;
        }

        List<YamlNode> documents = [];
        List<YamlProblem> problems = [];
        foreach ((string piece, int line) in Cut(text))
        {
            YamlStream stream = YamlReader.ReadPiece(file, piece, line - 1);
            if (!stream.IsComplete)
            {
                stream = Broken(file, piece, line, stream, lenient, broken);
            }

            documents.AddRange(stream.Documents);
            problems.AddRange(stream.Problems);
        }

        return new YamlStream(file, documents, problems);
    }

    private static YamlStream Broken(string file, string piece, int line, YamlStream stream, bool lenient, List<BrokenDocument> broken)
    {
        (string repaired, List<YamlProblem> repairs) = YamlRepairs.Apply(file, piece, line - 1);
        YamlStream? second = repairs.Count == 0 ? null : YamlReader.ReadPiece(file, repaired, line - 1);
        if (second is { IsComplete: true } && lenient)
        {
            return second with { Problems = [.. repairs, .. second.Problems] };
        }

        string? suggestion = second is { IsComplete: true }
            ? $"EDGE_CONFIG_MODE=lenient repairs it: {string.Join("; ", repairs.Select(static repair => $"line {repair.Span.Line}: {repair.Hint ?? repair.Message}"))}"
            : null;
        BrokenDocument? document = BrokenDocument.Of(file, piece, line);
        if (document is not null)
        {
            broken.Add(document);
        }

        return stream with
        {
            Documents = document is null ? stream.Documents : [],
            Problems =
            [
                .. stream.Problems.Select(problem => problem.Kind == YamlProblemKind.Syntax
                    ? problem with { Kind = document is null ? YamlProblemKind.Syntax : YamlProblemKind.BrokenDocument, Hint = suggestion, Path = document?.Kind ?? "" }
                    : problem),
            ],
        };
    }

    private static IEnumerable<(string Piece, int Line)> Cut(string text)
    {
        string[] lines = text.Split('\n');
        int begin = 0;
        int pieces = 0;
        for (int i = 1; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("---", StringComparison.Ordinal) && (lines[i].Length == 3 || lines[i][3] is ' ' or '\r' or '\t') && ++pieces < MostPieces)
            {
                yield return (string.Join('\n', lines[begin..i]), begin + 1);
                begin = i;
            }
        }

        yield return (string.Join('\n', lines[begin..]), begin + 1);
    }
}
