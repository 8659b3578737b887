using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Admin.Config;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Exchanges;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// Loads what is posted to the Admin API and hands it to the <see cref="Configurator"/>. Nothing in a posted document is expanded, so that nobody can
/// send the process's environment elsewhere. Thread-safe.
/// </summary>
internal sealed class PostedConfigurations(EdgeSettings settings, Configurator configurator, ServingState state) : IConfigurationPublisher
{
    private const int MostFindings = 10_000;

    private readonly ConfigSource _source = new(settings);

    public string HashOf(string text) => ConfigSource.HashOf(text);

    public async Task<PublishResult> PublishAsync(string text)
    {
        if (state.IsDraining)
        {
            return new PublishResult(PublishOutcome.Ending);
        }

        LoadResult loaded = _source.LoadPosted(text);
        (Configurator.Attempt attempt, PublishedConfiguration? published) = await configurator.TryReloadAsync(loaded);
        return attempt switch
        {
            Configurator.Attempt.Published => new PublishResult(PublishOutcome.Published) { Published = published },
            Configurator.Attempt.Busy => new PublishResult(PublishOutcome.Busy),
            Configurator.Attempt.Failed => new PublishResult(PublishOutcome.Refused)
            {
                Findings = [new PostedFinding("", PostedFindingKind.Document, "the configuration could not be put in force, see the log")],
                Input = ConfigSource.PostedAsJson(text),
            },
            _ => new PublishResult(PublishOutcome.Refused) { Findings = Refusals(loaded), Input = ConfigSource.PostedAsJson(text) },
        };
    }

    public IReadOnlyList<PostedFinding> Judge(string text) => Refusals(_source.LoadPosted(text, ConfigMode.Strict));

    private static List<PostedFinding> Refusals(LoadResult loaded) =>
        [.. loaded.Findings.Where(static finding => finding.Refuses).SelectMany(Told).Take(MostFindings)];

    // A reader points at the text to change; Kong may tell it of another field or of the entity.
    private static IEnumerable<PostedFinding> Told(ConfigDiagnostic finding) => finding.KongErrors is { } errors
        ? errors.Select(static error =>
            new PostedFinding(error.Path, error.OnEntity ? PostedFindingKind.Entity : PostedFindingKind.Field, error.Message))
        : [Convert(finding)];

    private static PostedFinding Convert(ConfigDiagnostic finding)
    {
        PostedFindingKind kind = Kind(finding);
        string message = finding.Code == FindingCodes.NotDeclarative.Id
            ? "failed parsing declarative configuration: expected an object"
            : WithoutField(finding.Message, finding.Path);
        string path = finding.Path;
        if (path.Length == 0 && kind == PostedFindingKind.Field)
        {
            // What is missing from the root is told by its name alone.
            path = FieldAtStart(ref message);
        }

        return new PostedFinding(path, path.Length == 0 && kind == PostedFindingKind.Field ? PostedFindingKind.Document : kind, message);
    }

    private static PostedFindingKind Kind(ConfigDiagnostic finding)
    {
        if (finding.Code == FindingCodes.YamlSyntax.Id || finding.Code == FindingCodes.NotDeclarative.Id
            || finding.Code == FindingCodes.DocumentLimit.Id || finding.Code == FindingCodes.DuplicateKey.Id
            || finding.Code == FindingCodes.DroppedBlock.Id
            || finding.Code == FindingCodes.SeveralDocuments.Id)
        {
            return PostedFindingKind.Document;
        }

        if (finding.Code == FindingCodes.BadReference.Id)
        {
            return PostedFindingKind.Reference;
        }

        return finding.Code == FindingCodes.Uniqueness.Id
            ? PostedFindingKind.Uniqueness
            : finding.Path.EndsWith(']') && finding.Code == FindingCodes.EntityCheck.Id ? PostedFindingKind.Entity : PostedFindingKind.Field;
    }

    // Findings begin with the field as people know it; Kong's sentence is what follows.
    private static string WithoutField(string message, string path)
    {
        int colon = message.IndexOf(": ", StringComparison.Ordinal);
        if (colon <= 0)
        {
            return message;
        }

        ReadOnlySpan<char> lead = message.AsSpan(0, colon);
        bool names = FieldPath.Parse(path) is [.., { IsIndex: false } last] && lead.EndsWith(last.Name) && path.EndsWith("\"]", StringComparison.Ordinal);
        names |= path.AsSpan().EndsWith(lead) && (path.Length == lead.Length || path[path.Length - lead.Length - 1] == '.');
        if (!names && lead.IndexOfAny(' ', '\'') < 0)
        {
            // The field of an element: "paths: …" at paths[3].
            int bracket = path.LastIndexOf('[');
            names = bracket > 0 && path.AsSpan(0, bracket).EndsWith(lead);
        }

        return names ? message[(colon + 2)..] : message;
    }

    private static string FieldAtStart(ref string message)
    {
        int colon = message.IndexOf(": ", StringComparison.Ordinal);
        if (colon <= 0 || message.AsSpan(0, colon).IndexOfAny(' ', '\'') >= 0)
        {
            return "";
        }

        string field = message[..colon];
        message = message[(colon + 2)..];
        return field;
    }
}
