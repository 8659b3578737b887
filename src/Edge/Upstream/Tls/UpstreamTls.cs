using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Upstream.Tls;

/// <summary>
/// How connections to an upstream are secured (a Kong service with protocol https). Immutable. Two connections are interchangeable only when
/// their <see cref="Identity"/> is equal: it names everything that decides who is spoken to and who speaks.
/// </summary>
internal sealed record UpstreamTls
{
    /// <summary>Host that is asked for and verified; an address is verified and not sent (RFC 6066 section 3).</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Whether the host of each request is asked for and verified instead, where it names one.</summary>
    public bool FollowsHost { get; init; }

    /// <summary>Whether the upstream must prove who it is; off as in Kong unless configured.</summary>
    public bool Verify { get; init; }

    /// <summary>
    /// Names of which the upstream's certificate must have one, instead of <see cref="ServerName"/>; empty checks no name, null the server name.
    /// </summary>
    public IReadOnlyList<string>? AcceptedNames { get; init; }

    /// <summary>Certificates allowed between the upstream's own and its root.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>Roots that chains may end in; null stands for those of the system.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>What this side shows when it is asked for a certificate; null shows none.</summary>
    public CertificateIdentity? Client { get; init; }

    /// <summary>Told of each handshake that failed, on the loop; must not block.</summary>
    public Action<UpstreamEndpoint, Telemetry.TlsOutcome, string>? Failed { get; init; }

    /// <summary>Equal for interchangeable connections, and for nothing else.</summary>
    public string Identity => string.Join(
        '|',
        "tls",
        ServerName,
        Verify ? $"verify {Depth} {(Roots is { } roots ? string.Join(',', roots.Select(static root => root.GetCertHashString(HashAlgorithmName.SHA256))) : "system")}" : "any",
        FollowsHost ? "host" : "",
        Client?.Leaf.GetCertHashString(HashAlgorithmName.SHA256) ?? "",
        AcceptedNames is null ? "" : "names " + string.Join(',', AcceptedNames));

    /// <summary>The same settings towards another host.</summary>
    public UpstreamTls For(string serverName) => this with { ServerName = serverName };

    /// <summary>
    /// Options of one handshake; <paramref name="judge"/> remembers why it failed. Sessions are not resumed: one that was agreed on without
    /// verification must not stand in for one with it.
    /// </summary>
    public SslClientAuthenticationOptions Options(UpstreamVerification judge) => new()
    {
        TargetHost = ServerName,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = judge.Judge,
        ClientCertificateContext = Client?.Context,
        AllowRenegotiation = false,
        AllowTlsResume = false,
    };

    private X509ChainPolicy Policy()
    {
        // Missing certificates of a chain are the upstream's to send: fetching them would stop a handshake for another server's sake.
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (Roots is { } roots)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        return policy;
    }
}
