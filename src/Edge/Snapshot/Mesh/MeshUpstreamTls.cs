using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport.Tls;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// How connections to a destination are secured (<c>istio: pilot/pkg/networking/core/cluster_tls.go</c>). What cannot be honoured fails every
/// handshake: it never becomes plaintext and never an unverified connection. Stateless.
/// </summary>
internal static class MeshUpstreamTls
{
    // Envoy sets no limit of its own.
    private const int Depth = 100;

    /// <summary>Null over plain TCP.</summary>
    /// <param name="settings">The block; null without one.</param>
    /// <param name="destination">
    /// The destination. Where no server name is written, the authority of each request is asked for; its host stands for one that sends none.
    /// </param>
    /// <param name="secrets">Secrets that a credential may name.</param>
    /// <param name="ns">Namespace whose secrets are meant.</param>
    /// <param name="failed">Told of each handshake that fails.</param>
    public static UpstreamTls? Of(
        ClientTlsSettings? settings,
        MeshDestination destination,
        IReadOnlyList<TlsSecret> secrets,
        string ns,
        Action<UpstreamEndpoint, TlsOutcome, string>? failed)
    {
        if (settings is null || settings.Mode == ClientTlsMode.Disable)
        {
            return null;
        }

        TlsSecret? secret = settings.CredentialName is { } name ? secrets.FirstOrDefault(known => known.Name == name && known.Namespace == ns) : null;
        UpstreamTls tls = new()
        {
            ServerName = settings.Sni ?? destination.Host,
            FollowsHost = settings.Sni is null,
            Verify = settings.InsecureSkipVerify != true,
            Depth = Depth,
            Roots = Roots(settings, secret),
            AcceptedNames = Names(settings, destination),
            Failed = failed,
        };
        return settings.Mode switch
        {
            ClientTlsMode.Simple => tls,
            ClientTlsMode.Mutual when Client(settings, secret) is { } client => tls with { Client = client },

            // Without a certificate to show, or the mesh's identity, nobody is trusted.
            _ => tls with { Verify = true, Roots = [] },
        };
    }

    // Of the names that are asked for without a server name the check of the authority comes first, as with Envoy, whose connection has it.
    private static IReadOnlyList<string>? Names(ClientTlsSettings settings, MeshDestination destination) =>
        settings.SubjectAltNames.Count != 0 ? settings.SubjectAltNames
        : settings.Sni is not null ? destination.Service?.SubjectAltNames ?? []
        : null;

    private static X509Certificate2Collection? Roots(ClientTlsSettings settings, TlsSecret? secret)
    {
        string? pem = settings.CredentialName is not null ? secret?.CaCertificates
            : settings.CaCertificates is null or "system" ? null
            : Read(settings.CaCertificates) ?? "";
        bool named = settings.CredentialName is not null ? secret?.CaCertificates is not null : settings.CaCertificates is not null and not "system";
        return !named ? null : TrustedRoots.TryParse(pem!, out X509Certificate2Collection roots, out _) ? roots : [];
    }

    private static CertificateIdentity? Client(ClientTlsSettings settings, TlsSecret? secret)
    {
        string? certificate = settings.CredentialName is not null ? secret?.Certificate : Read(settings.ClientCertificate);
        string? key = settings.CredentialName is not null ? secret?.Key?.Reveal() : Read(settings.PrivateKey);
        return certificate is null || key is null ? null : CertificateIdentity.FromPem(certificate, key, out _, out _);
    }

    private static string? Read(string? path)
    {
        try
        {
            return path is null ? null : File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
