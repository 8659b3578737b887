using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration;

/// <summary>What loading the configuration gave. Immutable.</summary>
public sealed record LoadResult
{
    /// <summary>Kong's <c>configuration_hash</c> of an empty configuration.</summary>
    public const string EmptyHash = KongModel.EmptyHash;

    /// <summary>The merged Kong documents; null when <see cref="Refused"/> or when no document was given.</summary>
    public KongModel? Model { get; init; }

    /// <summary>What the Istio and Kubernetes documents say; null when <see cref="Refused"/>, when there was none, or when a text was posted.</summary>
    public MeshModel? Mesh { get; init; }

    /// <summary>Everything found, in the order of the documents.</summary>
    public IReadOnlyList<ConfigDiagnostic> Findings { get; init; } = [];

    /// <summary>True when it must not be served (exit 65 at start, the old snapshot stays on reload).</summary>
    public bool Refused { get; init; }

    /// <summary>MD5 of the raw text, 32 lower-case hex digits (Kong's <c>configuration_hash</c>); zeros when it has no entity.</summary>
    public string Hash { get; init; } = EmptyHash;

    /// <summary>Changes whenever a watched file's name or content changes.</summary>
    internal string Fingerprint { get; init; } = "";

    /// <summary>Files that were read, in order.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}
