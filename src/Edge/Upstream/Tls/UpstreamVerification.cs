using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Upstream.Tls;

/// <summary>Judges the certificate that one upstream showed and remembers the verdict. One per handshake.</summary>
internal sealed class UpstreamVerification(UpstreamTls settings)
{
    /// <summary>Why the certificate was refused; <see cref="TlsOutcome.Ok"/> when it was not.</summary>
    public TlsOutcome Outcome { get; private set; }

    /// <summary>What was refused, for the log.</summary>
    public string Reason { get; private set; } = "";

    public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (!settings.Verify)
        {
            return true;
        }

        Outcome = Find(certificate, chain, errors);
        if (Outcome == TlsOutcome.Ok)
        {
            return true;
        }

        Reason = $"certificate of {certificate?.Subject ?? "nobody"} for {settings.ServerName}: {TlsOutcomes.Name(Outcome)}";
        return false;
    }

    private TlsOutcome Find(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if ((errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0 || chain is null)
        {
            return TlsOutcome.Untrusted;
        }

        if ((errors & SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            // A chain may be both foreign and old: that it is foreign weighs more.
            bool onlyTime = chain.ChainStatus.All(static status => status.Status is X509ChainStatusFlags.NotTimeValid or X509ChainStatusFlags.NoError);
            return onlyTime ? TlsOutcome.Expired : TlsOutcome.Untrusted;
        }

        if (settings.AcceptedNames is { } names ? !HasOneOf(certificate, names) : (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
        {
            return TlsOutcome.WrongName;
        }

        // As OpenSSL counts: neither the certificate itself nor the root.
        return chain.ChainElements.Count - 2 > settings.Depth ? TlsOutcome.TooDeep : TlsOutcome.Ok;
    }

    private static bool HasOneOf(X509Certificate? certificate, IReadOnlyList<string> names) =>
        names.Count == 0 || (certificate is X509Certificate2 shown && names.Any(name => Matches(shown, name)));

    // What is no host name is an identity as workloads have them, a URI, and compared as it stands.
    private static bool Matches(X509Certificate2 certificate, string name) =>
        Uri.CheckHostName(name) is not UriHostNameType.Unknown and not UriHostNameType.Basic
            ? certificate.MatchesHostname(name, allowCommonName: false)
            : UriNames.Has(certificate, name);
}
