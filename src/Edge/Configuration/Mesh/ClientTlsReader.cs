using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>tls</c> of a traffic policy (<c>pkg/config/validation/agent/validation.go</c>, ValidateTLS).</summary>
internal static class ClientTlsReader
{
    /// <summary>Reads it.</summary>
    public static ClientTlsSettings Read(MeshRecord record)
    {
        ClientTlsSettings tls = new()
        {
            Span = record.Span,
            Mode = record.Choice<ClientTlsMode>("mode",
                ("DISABLE", ClientTlsMode.Disable),
                ("SIMPLE", ClientTlsMode.Simple),
                ("MUTUAL", ClientTlsMode.Mutual),
                ("ISTIO_MUTUAL", ClientTlsMode.IstioMutual)) ?? ClientTlsMode.Disable,
            ClientCertificate = record.Text("clientCertificate"),
            PrivateKey = record.Text("privateKey"),
            CaCertificates = record.Text("caCertificates"),
            CaCrl = record.Text("caCrl"),
            CredentialName = record.Text("credentialName"),
            SubjectAltNames = record.Names("subjectAltNames"),
            Sni = record.Text("sni"),
            InsecureSkipVerify = record.Boolean("insecureSkipVerify"),
        };
        record.Done(guards: true);
        bool files = tls.ClientCertificate is not null || tls.PrivateKey is not null || tls.CaCertificates is not null || tls.CaCrl is not null;
        if (tls.Mode == ClientTlsMode.IstioMutual)
        {
            if (files || tls.CredentialName is not null)
            {
                record.ReportHere(FindingCodes.MeshContradiction, "ISTIO_MUTUAL uses the mesh's identity: no certificate, key, roots or credentialName may be given");
            }
        }
        else if (tls.CredentialName is not null && files)
        {
            record.ReportKey(FindingCodes.MeshOneOf, "credentialName", "only one of credentialName and files may be set");
        }
        else if (tls is { Mode: ClientTlsMode.Mutual, CredentialName: null } && (tls.ClientCertificate is null || tls.PrivateKey is null))
        {
            record.ReportHere(FindingCodes.MeshRequired, "MUTUAL needs clientCertificate and privateKey, or credentialName");
        }

        if (tls.InsecureSkipVerify == true && (tls.CaCertificates is not null || tls.SubjectAltNames.Count > 0))
        {
            record.ReportKey(FindingCodes.MeshContradiction, "insecureSkipVerify", "verifies nothing, so that caCertificates and subjectAltNames have no meaning");
        }

        return tls;
    }
}
