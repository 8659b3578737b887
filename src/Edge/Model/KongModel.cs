namespace VoltageSoda.Edge.Model;

/// <summary>
/// Everything that the Kong documents say, merged over all files, references resolved, defaults filled in. Immutable; entities in the
/// order of declaration.
/// </summary>
public sealed record KongModel
{
    /// <summary>Kong's <c>configuration_hash</c> of an empty configuration.</summary>
    public const string EmptyHash = "00000000000000000000000000000000";

    /// <summary>A model without entities.</summary>
    public static readonly KongModel Empty = new();

    /// <summary><c>_format_version</c> of the first document.</summary>
    public string FormatVersion { get; init; } = "3.0";

    /// <summary>Services.</summary>
    public IReadOnlyList<KongService> Services { get; init; } = [];

    /// <summary>Routes.</summary>
    public IReadOnlyList<KongRoute> Routes { get; init; } = [];

    /// <summary>Upstreams with their targets.</summary>
    public IReadOnlyList<KongUpstream> Upstreams { get; init; } = [];

    /// <summary>Consumers with credentials and groups.</summary>
    public IReadOnlyList<KongConsumer> Consumers { get; init; } = [];

    /// <summary>Plugins of every scope.</summary>
    public IReadOnlyList<KongPlugin> Plugins { get; init; } = [];

    /// <summary>Certificates.</summary>
    public IReadOnlyList<KongCertificate> Certificates { get; init; } = [];

    /// <summary>Server names.</summary>
    public IReadOnlyList<KongSni> Snis { get; init; } = [];

    /// <summary>Trusted roots.</summary>
    public IReadOnlyList<KongCaCertificate> CaCertificates { get; init; } = [];

    /// <summary>True when there is no entity: readiness stays 503.</summary>
    public bool IsEmpty =>
        Services.Count + Routes.Count + Upstreams.Count + Consumers.Count + Plugins.Count + Certificates.Count + CaCertificates.Count == 0;
}
