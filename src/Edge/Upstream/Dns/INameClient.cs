namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>
/// Asks name servers one question. The I/O edge of <see cref="NameResolver"/>: <see cref="DnsNameClient"/> in production,
/// a script in tests. Implementations are thread-safe.
/// </summary>
public interface INameClient
{
    /// <summary>
    /// Asks the servers of <paramref name="configuration"/>, with its timeout and attempts, for one record type of a fully qualified
    /// name (no search list). Network failures are returned; only cancellation throws.
    /// </summary>
    ValueTask<NameReply> QueryAsync(ResolvConf configuration, string name, RecordKind kind, CancellationToken cancellation);
}
