using System.Collections.Frozen;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Which configured certificate a server name gets (<c>kong/runloop/certificate.lua</c>): the exact name, the name with its first label replaced
/// by a star, the name with its last label replaced by a star, then the entry <c>*</c>. Immutable, thread-safe.
/// </summary>
internal sealed class SniCertificates(IReadOnlyDictionary<string, ServerCertificate> names)
{
    public static readonly SniCertificates Empty = new(FrozenDictionary<string, ServerCertificate>.Empty);

    private readonly FrozenDictionary<string, ServerCertificate> _names = names.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The certificate for a name in lower case, or null: then the listener's own is shown.</summary>
    public ServerCertificate? Find(string? serverName)
    {
        if (_names.Count == 0)
        {
            return null;
        }

        if (serverName is not null)
        {
            if (_names.TryGetValue(serverName, out ServerCertificate? found))
            {
                return found;
            }

            int first = serverName.IndexOf('.', StringComparison.Ordinal);
            int last = serverName.LastIndexOf('.');
            if (first >= 0
                && (_names.TryGetValue("*" + serverName[first..], out found) || _names.TryGetValue(serverName[..(last + 1)] + "*", out found)))
            {
                return found;
            }
        }

        return _names.GetValueOrDefault("*");
    }

    /// <summary>Every certificate once, with the first name that it has.</summary>
    public IEnumerable<(string Name, CertificateIdentity Identity)> Identities() =>
        _names.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .SelectMany(static pair => pair.Value.Identities.Select(identity => (pair.Key, identity)))
            .DistinctBy(static pair => pair.identity);
}
