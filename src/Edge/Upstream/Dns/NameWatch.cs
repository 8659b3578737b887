namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>
/// One user's interest in a name. Dispose it to stop; after <see cref="Dispose"/> returns no new call to the callback starts.
/// Thread-safe.
/// </summary>
public sealed class NameWatch : IDisposable
{
    internal NameWatch()
    {
    }

    /// <summary>The name, port and record choice as they were given to <see cref="NameResolver.Watch"/>.</summary>
    public string Host { get; } = "";

    /// <summary>The latest answer, or null before the first.</summary>
    public NameAnswer? Current => throw new NotImplementedException();

    /// <summary>Completes once the first answer, success or failure, has been handed to the callback. Cancelled by disposal before that.</summary>
    public Task<NameAnswer> FirstAnswer => throw new NotImplementedException();

    /// <summary>
    /// Asks for a lookup now, because connecting to the known addresses fails. Brings the next one forward, to no sooner than
    /// <see cref="NameResolverOptions.RefreshInterval"/> after the last; cheap, callable from a loop.
    /// </summary>
    public void Refresh() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
