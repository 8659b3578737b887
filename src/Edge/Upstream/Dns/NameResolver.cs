namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>
/// Keeps the addresses of names current in the background, so that no exchange waits for name servers. Watches of the same name
/// share one lookup; nothing runs between lookups but a timer. Thread-safe. Disposal stops every watch.
/// </summary>
public sealed class NameResolver : IAsyncDisposable
{
    /// <summary>Starts a resolver. The client stays the caller's.</summary>
    public NameResolver(NameResolverOptions options, TimeProvider time, INameClient client)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(client);
    }

    /// <summary>Counters since start.</summary>
    public NameCounters Counters { get; } = new();

    /// <summary>
    /// Starts or joins the watching of a name. IP literals (IPv6 with or without brackets) are answered at once and never looked up.
    /// </summary>
    /// <param name="host">Name or IP literal; a trailing dot marks a fully qualified name.</param>
    /// <param name="defaultPort">Port of addresses whose record gives none.</param>
    /// <param name="allowSrv">Whether SRV records are asked for.</param>
    /// <param name="onChange">
    /// Called on the thread pool, one call at a time, with the first answer and then whenever the address set has changed; a change
    /// that is overtaken by the next may be skipped. Must not throw.
    /// </param>
    public NameWatch Watch(string host, int defaultPort, bool allowSrv, Action<NameAnswer> onChange) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
