using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.Configuration.Kong;
using VoltageSoda.Edge.Configuration.Mesh;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// Gathers <c>KONG_DECLARATIVE_CONFIG</c>, <c>KONG_DECLARATIVE_CONFIG_STRING</c>, <c>EDGE_CONFIG</c> and paths of the command line, and loads
/// them. Stateless; every <see cref="Load"/> reads the files again. Thread-safe.
/// </summary>
public sealed class ConfigSource
{
    private const string TextName = "KONG_DECLARATIVE_CONFIG_STRING";
    private const string PostedName = "posted configuration";

    /// <summary>Takes the settings that name the sources; <paramref name="paths"/> (of the command line) replace them when there are any.</summary>
    public ConfigSource(EdgeSettings settings, IReadOnlyList<string>? paths = null)
    {
        Settings = settings;
        Paths = paths ?? [];
    }

    /// <summary>The settings.</summary>
    public EdgeSettings Settings { get; }

    /// <summary>Paths of the command line.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>True when any source is named.</summary>
    public bool IsConfigured => WatchedPaths.Count > 0 || Settings.Sources.KongText is not null;

    /// <summary>Files and folders whose change is a change of the configuration.</summary>
    internal IReadOnlyList<string> WatchedPaths =>
        Paths.Count > 0
            ? Paths
            : Settings.Sources.KongFile is { } file ? [file, .. Settings.Sources.Paths] : Settings.Sources.Paths;

    /// <summary>Reads every source. Never throws on what the files contain; unreadable files are findings.</summary>
    public LoadResult Load() => Assemble(Gather());

    /// <summary>
    /// Reads one document that was posted to the Admin API: JSON first, then YAML; no <c>${}</c> expansion. <paramref name="mode"/> replaces the
    /// one of the settings.
    /// </summary>
    public LoadResult LoadPosted(string text, ConfigMode? mode = null)
    {
        FindingList findings = new(mode ?? Settings.Sources.Mode);
        YamlStream stream = YamlReader.ReadUnnamed(PostedName, text);
        List<KongDocument> documents = [];
        List<MeshDocument> others = [];
        Sort(stream, SourceKind.Kong, findings, documents, others);
        foreach (MeshDocument other in others)
        {
            findings.Add(FindingCodes.NotDeclarative, other.Span, "", $"expected a declarative configuration, it is a {other.Kind}");
        }

        if (documents.Count == 0 && !findings.Refused)
        {
            findings.Add(FindingCodes.NotDeclarative, new SourceSpan(PostedName, 1, 1), "", "expected a declarative configuration");
        }

        VariableExpander expander = new(Settings.Variables, ExpansionRule.Nothing);
        KongModel model = KongReader.Read(new KongLoad(findings, expander, KongPlugins.Enabled(Settings.Kong.Plugins), posted: true), documents);
        return new LoadResult
        {
            Model = findings.Refused ? null : model,
            Findings = findings.Findings,
            Refused = findings.Refused,
            Hash = Hash([text], model, findings.Refused),
            Files = [PostedName],
        };
    }

    /// <summary>A posted text as JSON, as it stands; null when it is no mapping or too long to be shown.</summary>
    public static string? PostedAsJson(string text) =>
        YamlReader.ReadUnnamed(PostedName, text).Documents is [YamlMapping root, ..] ? WrittenJson.Literal(root) : null;

    /// <summary>Kong's <c>configuration_hash</c> of a text: its MD5, 32 lower-case hex digits.</summary>
    public static string HashOf(string text) => Hash([text]);

    // A configuration without entities has no hash in Kong, whatever its text is (kong/db/declarative/import.lua).
    private static string Hash(IEnumerable<string> texts, KongModel model, bool refused) =>
        !refused && model.IsEmpty ? LoadResult.EmptyHash : Hash(texts);

    /// <summary>What the sources hold now, in a word that changes with it, without reading it as configuration.</summary>
    internal string CurrentFingerprint() => Fingerprint(Gather());

    // Names count too: a renamed file may change the order in which documents are merged.
    private static string Fingerprint(Gathered gathered) =>
        Hash(gathered.Texts.SelectMany(text => (string[])[text.File, text.Text])
            .Concat(gathered.Failures.SelectMany(failure => (string[])[failure.Span.ToString(), failure.Message]))
            .Select(part => $"{part.Length}:{part}"));

    private static string Hash(IEnumerable<string> texts)
    {
        using IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        bool any = false;
        foreach (string text in texts)
        {
            any = true;
            md5.AppendData(Encoding.UTF8.GetBytes(text));
        }

        return any ? Convert.ToHexStringLower(md5.GetHashAndReset()) : LoadResult.EmptyHash;
    }

    private LoadResult Assemble(Gathered gathered)
    {
        FindingList findings = new(Settings.Sources.Mode);
        foreach (SourceFailure failure in gathered.Failures)
        {
            findings.Add(failure.Code, failure.Span, "", failure.Message, hint: failure.Hint);
        }

        bool lenient = Settings.Sources.Mode == ConfigMode.Lenient;
        List<KongDocument> documents = [];
        List<MeshDocument> meshDocuments = [];
        List<BrokenDocument> broken = [];
        foreach (SourceText source in gathered.Texts)
        {
            YamlStream stream = source.File == TextName
                ? YamlReader.ReadUnnamed(source.File, source.Text)
                : DocumentPieces.Read(source.File, source.Text, lenient, broken);
            Sort(stream, source.Kind, findings, documents, meshDocuments);
        }

        VariableExpander expander = new(Settings.Variables,
            Settings.Sources.Mode == ConfigMode.Strict ? ExpansionRule.VaultOnly : ExpansionRule.Everything,
            Settings.Get(SettingTable.VaultEnvPrefix) ?? "");
        KongModel model = KongReader.Read(new KongLoad(findings, expander, KongPlugins.Enabled(Settings.Kong.Plugins)), documents);
        if (documents.Count + meshDocuments.Count + broken.Count == 0 && findings.Findings.Count == 0)
        {
            foreach (SourceText source in gathered.Texts)
            {
                findings.Add(FindingCodes.NoDocument, new SourceSpan(source.File, 1, 1), "", "the file holds no document");
            }
        }

        MeshModel? mesh = MeshReader.Read(findings, meshDocuments, broken, Settings.Get(SettingTable.ClusterName));
        if (mesh is not null)
        {
            GatewayFindings.Check(mesh, Settings, kongDocument: documents.Count > 0, findings);
        }

        IReadOnlyList<ConfigDiagnostic> environment =
            EnvironmentLints.Check(Settings, expander.Used, documents.Count > 0 ? model : null, IsConfigured);
        bool refused = findings.Refused || environment.Any(finding => finding.Refuses);
        return new LoadResult
        {
            Model = refused || documents.Count == 0 ? null : model,
            Mesh = refused ? null : mesh,
            Findings = [.. InOrder(findings.Findings, gathered), .. environment],
            Refused = refused,
            Hash = mesh is null ? Hash(gathered.Texts.Select(text => text.Text), model, refused) : Hash(gathered.Texts.Select(text => text.Text)),
            Fingerprint = Fingerprint(gathered),
            Files = [.. gathered.Texts.Select(text => text.File)],
        };
    }

    // Readers go collection by collection; people read files from top to bottom.
    private static IEnumerable<ConfigDiagnostic> InOrder(IReadOnlyList<ConfigDiagnostic> findings, Gathered gathered)
    {
        Dictionary<string, int> order = [];
        foreach (SourceText text in gathered.Texts)
        {
            order.TryAdd(text.File, order.Count);
        }

        return findings
            .OrderBy(finding => order.GetValueOrDefault(finding.Span.File, -1))
            .ThenBy(finding => finding.Span.Line)
            .ThenBy(finding => finding.Span.Column)
            .ThenBy(finding => finding.Code, StringComparer.Ordinal);
    }

    private static void Sort(YamlStream stream, SourceKind kind, FindingList findings, List<KongDocument> documents, List<MeshDocument> meshDocuments)
    {
        List<(YamlNode Root, YamlProblem Problem)> lost = [];
        foreach (YamlProblem problem in stream.Problems)
        {
            MeshDocument? mesh = MeshAt(stream, problem);
            if (mesh is not null && problem is { Kind: YamlProblemKind.EqualKey or YamlProblemKind.DuplicateKey, Path: "kind" or "apiVersion" })
            {
                findings.Add(FindingCodes.MissingSeparator, problem.Span, problem.Path, $"{problem.Message}: two documents without a line --- between them are one",
                    hint: "write --- before the second");
                continue;
            }

            if (mesh is not null && IsLost(mesh, problem))
            {
                // Told with its document, which has to do without it.
                lost.Add((mesh.Root, problem));
                continue;
            }

            if (mesh is not null && problem.Kind == YamlProblemKind.EqualKey)
            {
                continue;
            }

            FindingCode code = problem.Kind switch
            {
                YamlProblemKind.DuplicateKey or YamlProblemKind.MergedKey when mesh is not null => FindingCodes.MeshDuplicateKey,
                YamlProblemKind.Repaired when mesh is not null => FindingCodes.MeshRepaired,
                YamlProblemKind.DuplicateKey or YamlProblemKind.EqualKey or YamlProblemKind.MergedKey => FindingCodes.DuplicateKey,
                YamlProblemKind.BrokenDocument => FindingCodes.MeshSyntax,
                YamlProblemKind.DroppedBlock => FindingCodes.DroppedBlock,
                YamlProblemKind.Limit => FindingCodes.DocumentLimit,
                YamlProblemKind.Repaired => FindingCodes.YamlRepaired,
                _ => FindingCodes.YamlSyntax,
            };
            string message = problem.Kind == YamlProblemKind.Syntax
                ? $"failed parsing declarative configuration: {problem.Message}"
                : problem.Kind == YamlProblemKind.BrokenDocument ? $"{problem.Path} is not YAML: {problem.Message}"
                : problem.Message;
            string? action = problem.Kind switch
            {
                YamlProblemKind.DuplicateKey or YamlProblemKind.EqualKey => "the last one counts",
                YamlProblemKind.BrokenDocument => "the document is left out",
                YamlProblemKind.MergedKey => "both are merged",
                _ => null,
            };
            string? hint = problem.Kind == YamlProblemKind.DroppedBlock ? "write it once, with what both hold"
                : problem.Kind == YamlProblemKind.Repaired && problem.Hint is { } written ? $"write {written}"
                : problem.Hint;
            findings.Add(code, problem.Span, problem.Kind == YamlProblemKind.BrokenDocument ? "" : problem.Path, message, action, hint);
        }

        int kongDocuments = 0;
        foreach (YamlNode root in stream.Documents)
        {
            if (root is YamlMapping map && (KongDocument.Looks(map) || (kind == SourceKind.Kong && map["kind"] is null)))
            {
                documents.Add(new KongDocument(stream.File, map));
                if (++kongDocuments == 2)
                {
                    findings.Add(FindingCodes.SeveralDocuments, root.Span, "", "a second document in one file", "all are read");
                }
            }
            else if (root is YamlMapping other && MeshDocument.Of(other) is { } document)
            {
                meshDocuments.Add(lost.Count == 0 ? document : document with { Lost = [.. lost.Where(entry => entry.Root == other).Select(static entry => entry.Problem)] });
            }
            else
            {
                OtherDocument(root, kind, findings);
            }
        }

        if (stream is { Documents.Count: 0, IsComplete: true } && kind == SourceKind.Kong)
        {
            findings.Add(FindingCodes.NoDocument, new SourceSpan(stream.File, 1, 1), "", "the file holds no document");
        }
    }

    // The document of Istio or Kubernetes that a problem lies in.
    private static MeshDocument? MeshAt(YamlStream stream, YamlProblem problem)
    {
        int low = 0;
        int high = stream.Documents.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = stream.Documents[middle].Span.Line <= problem.Span.Line ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && stream.Documents[low - 1] is YamlMapping map && !KongDocument.Looks(map) ? MeshDocument.Of(map) : null;
    }

    // In a guard a second scalar may be the weaker one.
    private static bool IsLost(MeshDocument document, YamlProblem problem) =>
        problem.Kind == YamlProblemKind.DroppedBlock
        || (problem.Kind == YamlProblemKind.DuplicateKey && (document.Guards || document.Items is not null));

    private static void OtherDocument(YamlNode root, SourceKind kind, FindingList findings)
    {
        string expected = kind == SourceKind.Kong
            ? "expected a declarative configuration"
            : "neither a Kong document (_format_version) nor a Kubernetes one (kind)";
        string? hint = root is not YamlMapping map ? $"the root is {root.NamedType}"
            : map.Entries.FirstOrDefault(static entry => NearestName.Distance(entry.Key, "kind") <= 1) is { } near ? $"did you mean 'kind' by '{near.Key}'?"
            : null;
        findings.Add(FindingCodes.NotDeclarative, root.Span, "", expected, hint: hint);
    }

    private Gathered Gather()
    {
        List<SourceText> texts = [];
        List<SourceFailure> failures = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        void Read(IEnumerable<string> paths, SourceKind kind)
        {
            foreach (string path in paths)
            {
                IReadOnlyList<string> files = DocumentFiles.Find(
                    [path], (place, message) => failures.Add(new(FindingCodes.FileUnreadable, new SourceSpan(place, 0, 0), message)));
                if (files.Count == 0 && Directory.Exists(path))
                {
                    failures.Add(new(FindingCodes.NoDocument, new SourceSpan(path, 0, 0), "the folder holds no file of a configuration",
                        $"names end in {string.Join(", ", DocumentFiles.Extensions)}"));
                }

                foreach (string file in files)
                {
                    if (!seen.Add(DocumentFiles.RealPath(file)))
                    {
                        continue;
                    }

                    if (TextFile.TryRead(file, out string content, out string error, out int line, out int column))
                    {
                        texts.Add(new SourceText(file, content, kind));
                    }
                    else
                    {
                        failures.Add(new(line == 0 ? FindingCodes.FileUnreadable : FindingCodes.NotUtf8, new SourceSpan(file, line, column), error));
                    }
                }
            }
        }

        if (Paths.Count > 0)
        {
            Read(Paths, SourceKind.Any);
            return new Gathered(texts, failures);
        }

        if (Settings.Sources.KongFile is { } kongFile)
        {
            Read([kongFile], SourceKind.Kong);
        }

        if (Settings.Sources.KongText is { } text)
        {
            texts.Add(new SourceText(TextName, text, SourceKind.Kong));
        }

        Read(Settings.Sources.Paths, SourceKind.Any);
        return new Gathered(texts, failures);
    }

    private enum SourceKind
    {
        Kong,
        Any,
    }

    private sealed record SourceText(string File, string Text, SourceKind Kind);

    private sealed record SourceFailure(FindingCode Code, SourceSpan Span, string Message, string? Hint = null);

    private sealed record Gathered(IReadOnlyList<SourceText> Texts, IReadOnlyList<SourceFailure> Failures);
}
