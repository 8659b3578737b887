namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>Asks real name servers over UDP, then TCP for truncated answers. Thread-safe.</summary>
public sealed class DnsNameClient : INameClient
{
    /// <inheritdoc/>
    public ValueTask<NameReply> QueryAsync(ResolvConf configuration, string name, RecordKind kind, CancellationToken cancellation) =>
        throw new NotImplementedException();
}
