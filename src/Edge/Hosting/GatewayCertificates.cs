using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Admin.Gateways;
using VoltageSoda.Edge.Configuration.Tls;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Listeners;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// The certificates of Gateway servers: Secret documents, <c>EDGE_CERT_DIR</c> or the files that a server names. A server without one fails its
/// handshakes and nobody else's; files are looked at every second and replaced for new handshakes. Thread-safe.
/// </summary>
internal sealed class GatewayCertificates(string? folder, EdgeMetrics metrics, TimeProvider time, ILogger log)
{
    private const long LookMilliseconds = 1000;

    private readonly Lock _gate = new();
    private Dictionary<GatewayTlsPlan, Source> _sources = new(ReferenceEqualityComparer.Instance);
    private Dictionary<GatewayTlsPlan, Source> _previous = new(ReferenceEqualityComparer.Instance);
    private Dictionary<string, Source> _byKey = [];
    private long _lookedAt;

    /// <summary>Reads what a snapshot's servers show; called before it is published.</summary>
    public void Adopt(MeshSnapshot mesh)
    {
        lock (_gate)
        {
            Dictionary<GatewayTlsPlan, Source> next = new(ReferenceEqualityComparer.Instance);
            Dictionary<string, Source> byKey = [];
            foreach (GatewayTlsPlan plan in mesh.Listeners.SelectMany(static listener => listener.Servers).Select(static server => server.Tls).OfType<GatewayTlsPlan>())
            {
                string key = KeyOf(plan);
                if (!byKey.TryGetValue(key, out Source? source))
                {
                    source = _byKey.GetValueOrDefault(key) ?? Open(plan);
                    byKey[key] = source;
                }

                next[plan] = source;
            }

            // Handshakes of connections that came in a moment ago still ask for the servers of the snapshot before.
            _previous = _sources;
            Volatile.Write(ref _sources, next);
            _byKey = byKey;
        }
    }

    /// <summary>Looks whether files have changed, at most once per second.</summary>
    public void Tick()
    {
        long now = time.GetTimestamp();
        if (_lookedAt != 0 && time.GetElapsedTime(_lookedAt, now).TotalMilliseconds < LookMilliseconds)
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
            foreach (Source source in _byKey.Values)
            {
                if (source.Places.Count != 0 && Fingerprint(source.Places) is var found && found != source.Fingerprint)
                {
                    source.Fingerprint = found;
                    Read(source, isNew: false);
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
                .. _byKey.Values.Where(static source => source.Current is not null)
                    .SelectMany(static source => source.Current!.Identities.Select(identity => ("gateway:" + source.Name, identity.NotAfter))),
            ];
        }
    }

    /// <summary>The same with where each comes from, for who asks what is shown.</summary>
    public IReadOnlyList<GatewayCertificate> Shown()
    {
        lock (_gate)
        {
            return
            [
                .. _byKey.Values.Where(static source => source.Current is not null)
                    .SelectMany(static source => source.Current!.Identities.Select(identity => new GatewayCertificate(
                        "gateway:" + source.Name,
                        source.Places.Select(static place => place.Certificate).FirstOrDefault(File.Exists) ?? "kubernetes://" + source.Name,
                        identity.NotAfter,
                        identity.Leaf))),
            ];
        }
    }

    /// <summary>The choice on a bound listener.</summary>
    public ICertificateChoice For(GatewayListenerPlan bound) => new Choice(this, bound);

    private ServerCertificate? Find(GatewayTlsPlan plan) =>
        (Volatile.Read(ref _sources).GetValueOrDefault(plan) ?? Volatile.Read(ref _previous).GetValueOrDefault(plan))?.Current;

    // What is read and how it is shown: two servers alike share one.
    private static string KeyOf(GatewayTlsPlan plan)
    {
        GatewayTls tls = plan.Settings;
        string secret = plan.Secret is { } document
            ? Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(document.Certificate + "\0" + document.Key?.Reveal())))
            : "";
        return string.Join('\0', plan.Namespace, tls.Mode, tls.CredentialName, tls.ServerCertificate, tls.PrivateKey,
            tls.MinProtocolVersion, tls.MaxProtocolVersion, string.Join(':', tls.CipherSuites), plan.Http2Only, secret);
    }

    private Source Open(GatewayTlsPlan plan)
    {
        Source source = new(plan, NameOf(plan), RulesOf(plan.Settings), Places(plan));
        source.Fingerprint = Fingerprint(source.Places);
        Read(source, isNew: true);
        return source;
    }

    private static string NameOf(GatewayTlsPlan plan) => plan.CredentialName is { } credential
        ? $"{plan.Namespace}/{credential}"
        : plan.Settings.ServerCertificate ?? plan.Namespace;

    // Pairs of files in the order in which they are tried.
    private List<(string Certificate, string Key)> Places(GatewayTlsPlan plan)
    {
        if (plan.Secret is not null)
        {
            return [];
        }

        if (plan.CredentialName is not { } credential)
        {
            return plan.Settings is { ServerCertificate: { } certificate, PrivateKey: { } key } ? [(certificate, key)] : [];
        }

        // A name with a place in the cluster's API still ends in the secret's name.
        string name = credential[(credential.LastIndexOf('/') + 1)..];
        if (folder is null || name.Length == 0 || name is "." or ".." || plan.Namespace.Contains('/', StringComparison.Ordinal))
        {
            return [];
        }

        string own = Path.Combine(folder, plan.Namespace, name);
        string shared = Path.Combine(folder, name);
        return
        [
            (Path.Combine(own, "tls.crt"), Path.Combine(own, "tls.key")), (Path.Combine(own, "cert"), Path.Combine(own, "key")),
            (Path.Combine(shared, "tls.crt"), Path.Combine(shared, "tls.key")), (Path.Combine(shared, "cert"), Path.Combine(shared, "key")),
        ];
    }

    private void Read(Source source, bool isNew)
    {
        if (source.Plan.Mode != GatewayTlsMode.Simple || source.Plan.Http2Only)
        {
            // Nobody who is served without what the server demands may be served at all.
            Log.GatewayCertificateMissing(log, source.Name, $"mode {source.Plan.Mode} is not served");
            return;
        }

        string reason = "neither a Secret document nor files";
        CertificateIdentity? identity = null;
        if (source.Plan.Secret is { } secret)
        {
            identity = secret is { Certificate: { } chain, Key: { } key }
                ? CertificateIdentity.FromPem(chain, key.Reveal(), out _, out reason)
                : null;
        }
        else if (source.Places.FirstOrDefault(static place => File.Exists(place.Certificate)) is { Certificate: not null } place)
        {
            identity = CertificateText.Read(place.Certificate, out reason) is { } certificate && CertificateText.Read(place.Key, out reason) is { } key
                ? CertificateIdentity.FromPem(certificate, key, out _, out reason)
                : null;
        }

        if (!isNew)
        {
            metrics.CertificateReloaded(identity is not null);
        }

        if (identity is null)
        {
            Log.GatewayCertificateMissing(log, source.Name, reason);
            return;
        }

        if (CertificateDates.Problem(identity.NotBefore, identity.NotAfter, time.GetUtcNow()) is { } problem)
        {
            Log.CertificateDoubtful(log, source.Name, problem);
        }

        source.Current = new ServerCertificate([identity], source.Rules);
        if (!isNew)
        {
            Log.CertificateReplaced(log, source.Name, identity.NotAfter);
        }
    }

    // Never below TLS 1.2, and of the suites only those with forward secrecy.
    private static TlsServerRules RulesOf(GatewayTls tls)
    {
        bool tls12 = tls.MinProtocolVersion is not MeshTlsVersion.Tls13;
        bool tls13 = tls.MaxProtocolVersion is null or MeshTlsVersion.Tls13;
        TlsServerRules rules = TlsServerRules.Default with { Tls12 = tls12, Tls13 = tls13 || !tls12 };
        System.Net.Security.TlsCipherSuite[] suites = [.. TlsServerRules.Tls12Suites.Where(suite => tls.CipherSuites.Contains(suite.Name)).Select(static suite => suite.Suite)];
        return suites.Length == 0 ? rules : rules with { Suites = suites };
    }

    // The content decides: a mounted Secret changes by a link far above the file, and a rewrite may keep size and time.
    private static string Fingerprint(IReadOnlyList<(string Certificate, string Key)> places)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string certificate, string key) in places)
        {
            hash.AppendData(Encoding.UTF8.GetBytes((CertificateText.Read(certificate, out _) ?? "-") + "\0" + (CertificateText.Read(key, out _) ?? "-") + "\0"));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private sealed class Source(GatewayTlsPlan plan, string name, TlsServerRules rules, IReadOnlyList<(string Certificate, string Key)> places)
    {
        private ServerCertificate? _current;

        public GatewayTlsPlan Plan { get; } = plan;

        public string Name { get; } = name;

        public TlsServerRules Rules { get; } = rules;

        public IReadOnlyList<(string Certificate, string Key)> Places { get; } = places;

        public string Fingerprint { get; set; } = "";

        public ServerCertificate? Current
        {
            get => Volatile.Read(ref _current);
            set => Volatile.Write(ref _current, value);
        }
    }

    private sealed class Choice(GatewayCertificates all, GatewayListenerPlan bound) : ICertificateChoice
    {
        public bool AnswersPlainHttp => false;

        public ServerCertificate? Choose(EdgeWorker worker, ConnectionContext connection, string? serverName, out TlsOutcome outcome)
        {
            EdgeSnapshot snapshot = worker.Snapshots.Current;
            byte[] name = serverName is null ? [] : Encoding.ASCII.GetBytes(serverName);
            if (snapshot.Mesh.Find(bound)?.Server(name) is not { Tls: { } tls })
            {
                outcome = TlsOutcome.UnknownName;
                Exchanges.Mesh.MeshSettlement.WriteUnserved(worker, snapshot, connection, name);
                return null;
            }

            ServerCertificate? found = all.Find(tls);
            outcome = found is null ? TlsOutcome.NoCertificate : TlsOutcome.Ok;
            return found;
        }
    }
}
