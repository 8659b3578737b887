using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// Gathers <c>KONG_DECLARATIVE_CONFIG</c>, <c>KONG_DECLARATIVE_CONFIG_STRING</c>, <c>EDGE_CONFIG</c> and paths of the command line, and loads
/// them. Stateless; every <see cref="Load"/> reads the files again. Thread-safe.
/// </summary>
public sealed class ConfigSource
{
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
    public bool IsConfigured => throw new NotImplementedException();

    /// <summary>Reads every source. Never throws on what the files contain; unreadable files are findings.</summary>
    public LoadResult Load() => throw new NotImplementedException();

    /// <summary>Reads one document that was posted to the Admin API: JSON first, then YAML; no <c>${}</c> expansion.</summary>
    public LoadResult LoadPosted(string text) => throw new NotImplementedException();
}
