namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// Watches the files of a <see cref="ConfigSource"/> and calls back when their content has changed: debounced, and a change that leaves the
/// content equal says nothing. Callbacks never overlap. Dispose to stop; thread-safe.
/// </summary>
public sealed class ConfigWatcher : IAsyncDisposable
{
    /// <summary>Prepares watching; <paramref name="onChanged"/> gets the new load result (which may be refused).</summary>
    public ConfigWatcher(ConfigSource source, Func<LoadResult, ValueTask> onChanged, TimeProvider clock) => throw new NotImplementedException();

    /// <summary>Begins watching; <paramref name="current"/> is what is being served.</summary>
    public void Start(LoadResult current) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
