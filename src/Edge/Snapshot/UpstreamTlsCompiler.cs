using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Transport.Tls;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Compiles how a service's connections are secured (<c>kong/db/schema/entities/services.lua</c>, <c>kong/runloop/handler.lua</c>): a
/// service's own client certificate goes before that of its upstream. Not thread-safe.
/// </summary>
internal sealed class UpstreamTlsCompiler(UpstreamTls defaults, ILogger log)
{
    private readonly UpstreamTlsLog _log = new(log);

    /// <summary>Null for a service over plain TCP.</summary>
    public UpstreamTls? Of(KongModel model, KongService service, KongUpstream? upstream)
    {
        if (service.Protocol != "https")
        {
            return null;
        }

        return defaults with
        {
            Verify = service.TlsVerify ?? defaults.Verify,
            Depth = service.TlsVerifyDepth ?? defaults.Depth,
            Roots = Roots(model, service) ?? defaults.Roots,
            Client = Client(model, service.ClientCertificate ?? upstream?.ClientCertificate),
            Failed = _log.Tell,
        };
    }

    /// <summary>
    /// What probes of an upstream trust and show: the roots of the settings and the upstream's certificate (<c>kong/runloop/balancer/healthcheckers.lua</c>).
    /// </summary>
    public UpstreamTls OfProbes(KongModel model, KongUpstream upstream) => defaults with { Client = Client(model, upstream.ClientCertificate) };

    private static X509Certificate2Collection? Roots(KongModel model, KongService service)
    {
        if (service.CaCertificates.Count == 0)
        {
            return null;
        }

        X509Certificate2Collection roots = [];
        foreach (KongCaCertificate root in model.CaCertificates.Where(root => service.CaCertificates.Contains(root.Id)))
        {
            if (TrustedRoots.TryParse(root.CertPem, out X509Certificate2Collection found, out _))
            {
                roots.AddRange(found);
            }
        }

        return roots;
    }

    private static CertificateIdentity? Client(KongModel model, EntityRef? shows) =>
        shows is { } reference
        && model.Certificates.FirstOrDefault(certificate => certificate.Id == reference.Id) is { } shown
            ? CertificateIdentity.FromPem(shown.CertPem, shown.KeyPem.Reveal(), out _, out _)
            : null;
}
