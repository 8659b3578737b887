namespace VoltageSoda.Edge.Admin.Config;

/// <summary>Where in an entity something is wrong, which decides how Kong shows it.</summary>
public enum PostedFindingKind
{
    /// <summary>A field.</summary>
    Field,

    /// <summary>The entity as a whole.</summary>
    Entity,

    /// <summary>A reference to an entity that does not exist.</summary>
    Reference,

    /// <summary>A key that another entity has.</summary>
    Uniqueness,

    /// <summary>The text is no document at all.</summary>
    Document,
}

/// <summary>Why a posted document is refused.</summary>
/// <param name="Path">Dotted path in the document: <c>services[0].plugins[1].config.limit_by</c>.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">Kong's sentence, without the path.</param>
public sealed record PostedFinding(string Path, PostedFindingKind Kind, string Message);

/// <summary>How a post ended.</summary>
public enum PublishOutcome
{
    /// <summary>It is in force.</summary>
    Published,

    /// <summary>It was refused; what was in force still is.</summary>
    Refused,

    /// <summary>Another configuration is being published.</summary>
    Busy,

    /// <summary>The process is ending.</summary>
    Ending,
}

/// <summary>The result of a post.</summary>
/// <param name="Outcome">How it ended.</param>
public sealed record PublishResult(PublishOutcome Outcome)
{
    /// <summary>What is in force now; null unless published.</summary>
    public PublishedConfiguration? Published { get; init; }

    /// <summary>Why it was refused, in the order of the document.</summary>
    public IReadOnlyList<PostedFinding> Findings { get; init; } = [];

    /// <summary>The refused document as JSON text; null when it cannot be shown so.</summary>
    public string? Input { get; init; }
}

/// <summary>Loads and publishes what is posted; implemented by the host. Thread-safe.</summary>
public interface IConfigurationPublisher
{
    /// <summary>Kong's <c>configuration_hash</c> of a text: its MD5.</summary>
    string HashOf(string text);

    /// <summary>Publishes a document unless it is refused or another one is on its way.</summary>
    Task<PublishResult> PublishAsync(string text);

    /// <summary>What stock Kong would say of a document; nothing is published.</summary>
    IReadOnlyList<PostedFinding> Judge(string text);
}
