using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Configuration.Tls;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// The certificates of the process's own TLS listeners (<c>KONG_SSL_CERT</c> and the like) and their rotation: the files are looked at every second,
/// a changed pair replaces the old one for new handshakes, a broken one is logged and counted and leaves the old in force. Thread-safe.
/// </summary>
internal sealed class ListenerCertificates
{
    // A look costs a few system calls per file; a rotation is planned hours ahead.
    private const long LookMilliseconds = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Surface> _surfaces = [];
    private readonly TlsServerRules _rules;
    private readonly EdgeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lazy<IReadOnlyList<CertificateIdentity>> _selfSigned;
    private long _lookedAt;

    public ListenerCertificates(TlsServerRules rules, EdgeMetrics metrics, TimeProvider time, ILogger log)
    {
        _rules = rules;
        _metrics = metrics;
        _time = time;
        _log = log;
        _selfSigned = new Lazy<IReadOnlyList<CertificateIdentity>>(() => SelfSignedCertificate.Make(time.GetUtcNow()));
    }

    /// <summary>The certificate of a listener, read or made on the first call. Throws <see cref="IOException"/> when what is configured cannot be used.</summary>
    public ServerCertificateHolder For(CertificatePairs pairs)
    {
        lock (_gate)
        {
            if (_surfaces.TryGetValue(pairs.Name, out Surface? known))
            {
                return known.Holder;
            }

            string fingerprint = Fingerprint(pairs);
            string? failure = null;
            IReadOnlyList<CertificateIdentity>? identities = pairs.IsEmpty
                ? _selfSigned.Value
                : pairs.Read((property, reason) => failure = $"{property}: {reason}");
            if (identities is null)
            {
                throw new IOException(failure);
            }

            ServerCertificateHolder holder = new(new ServerCertificate(identities, _rules));
            _surfaces[pairs.Name] = new Surface(pairs, holder) { Fingerprint = fingerprint };
            return holder;
        }
    }

    /// <summary>Looks whether files have changed, at most once per second.</summary>
    public void Tick()
    {
        long now = _time.GetTimestamp();
        if (_lookedAt != 0 && _time.GetElapsedTime(_lookedAt, now).TotalMilliseconds < LookMilliseconds)
        {
            return;
        }

        _lookedAt = now;
        Look();
    }

    /// <summary>Looks now.</summary>
    public void Look()
    {
        lock (_gate)
        {
            foreach (Surface surface in _surfaces.Values)
            {
                if (!surface.Pairs.IsEmpty && Fingerprint(surface.Pairs) is var found && found != surface.Fingerprint)
                {
                    surface.Fingerprint = found;
                    Reload(surface);
                }
            }
        }
    }

    /// <summary>Every certificate in use with when it expires, for metrics.</summary>
    public IEnumerable<(string Name, DateTimeOffset NotAfter)> Expiries()
    {
        lock (_gate)
        {
            return
            [
                .. _surfaces.Values.SelectMany(static surface => surface.Holder.Current.Identities.Select(
                    identity => (surface.Pairs.Name + (identity.IsEcdsa ? ":ecdsa" : ":rsa"), identity.NotAfter))),
            ];
        }
    }

    private void Reload(Surface surface)
    {
        bool failed = false;
        IReadOnlyList<CertificateIdentity>? identities = surface.Pairs.Read((property, reason) =>
        {
            failed = true;
            Log.CertificateKept(_log, property, reason);
        });
        _metrics.CertificateReloaded(identities is not null && !failed);
        if (identities is null)
        {
            return;
        }

        foreach (CertificateIdentity identity in identities)
        {
            if (CertificateDates.Problem(identity.NotBefore, identity.NotAfter, _time.GetUtcNow()) is { } problem)
            {
                Log.CertificateDoubtful(_log, surface.Pairs.Name, problem);
            }
        }

        surface.Holder.Publish(new ServerCertificate(identities, _rules));
        Log.CertificateReplaced(_log, surface.Pairs.Name, identities[0].NotAfter);
    }

    // The content decides: a mounted Secret changes by a link far above the file, and a rewrite may keep size and time.
    private static string Fingerprint(CertificatePairs pairs)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in pairs.Files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(CertificateText.Read(file, out string reason) ?? "missing " + reason));
            hash.AppendData([0]);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private sealed record Surface(CertificatePairs Pairs, ServerCertificateHolder Holder)
    {
        public string Fingerprint { get; set; } = "";
    }
}
