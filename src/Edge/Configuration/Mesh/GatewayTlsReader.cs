using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>tls</c> of a Gateway server (<c>pkg/config/validation/validation.go</c>, validateTLSOptions).</summary>
internal static class GatewayTlsReader
{
    /// <summary>Reads it.</summary>
    public static GatewayTls Read(MeshRecord record)
    {
        GatewayTls tls = new()
        {
            Span = record.Span,
            HttpsRedirect = record.Boolean("httpsRedirect") ?? false,
            Mode = record.Choice<GatewayTlsMode>("mode",
                ("PASSTHROUGH", GatewayTlsMode.Passthrough),
                ("SIMPLE", GatewayTlsMode.Simple),
                ("MUTUAL", GatewayTlsMode.Mutual),
                ("AUTO_PASSTHROUGH", GatewayTlsMode.AutoPassthrough),
                ("ISTIO_MUTUAL", GatewayTlsMode.IstioMutual),
                ("OPTIONAL_MUTUAL", GatewayTlsMode.OptionalMutual)) ?? GatewayTlsMode.Passthrough,
            CredentialName = Credential(record),
            ServerCertificate = record.Text("serverCertificate"),
            PrivateKey = record.Text("privateKey"),
            CaCertificates = record.Text("caCertificates"),
            CaCrl = record.Text("caCrl"),
            SubjectAltNames = record.Names("subjectAltNames"),
            VerifyCertificateSpki = record.Names("verifyCertificateSpki"),
            VerifyCertificateHash = record.Names("verifyCertificateHash"),
            MinProtocolVersion = Version(record, "minProtocolVersion"),
            MaxProtocolVersion = Version(record, "maxProtocolVersion"),
            CipherSuites = record.Names("cipherSuites"),
        };
        record.Accept("credentialNames", "caCertCredentialName");
        record.Done(guards: true);
        Check(record, tls);
        return tls;
    }

    // A list of credentials is for several key types; the first is served.
    private static string? Credential(MeshRecord record)
    {
        string? single = record.Text("credentialName");
        IReadOnlyList<string> several = record.Names("credentialNames");
        if (single is not null && several.Count > 0)
        {
            record.ReportKey(FindingCodes.MeshOneOf, "credentialNames", "only one of credentialName, credentialNames may be set");
        }

        if (several.Count > 1)
        {
            record.ReportKey(FindingCodes.ComesLater, "credentialNames", "several certificates for one server are not served", $"'{several[0]}' is");
        }

        return single ?? (several.Count > 0 ? several[0] : null);
    }

    private static MeshTlsVersion? Version(MeshRecord record, string field)
    {
        if (record.Text(field) == "TLS_AUTO")
        {
            return null;
        }

        return record.Choice<MeshTlsVersion>(field,
            ("TLSV1_0", MeshTlsVersion.Tls10), ("TLSV1_1", MeshTlsVersion.Tls11), ("TLSV1_2", MeshTlsVersion.Tls12), ("TLSV1_3", MeshTlsVersion.Tls13));
    }

    private static void Check(MeshRecord record, GatewayTls tls)
    {
        bool files = tls.ServerCertificate is not null || tls.PrivateKey is not null || tls.CaCertificates is not null;
        switch (tls.Mode)
        {
            case GatewayTlsMode.IstioMutual:
                if (files || tls.CredentialName is not null)
                {
                    record.ReportHere(FindingCodes.MeshContradiction, "ISTIO_MUTUAL uses the mesh's identity: no certificate, key, roots or credentialName may be given");
                }

                break;
            case GatewayTlsMode.Passthrough or GatewayTlsMode.AutoPassthrough:
                if ((files || tls.CredentialName is not null || tls.CaCrl is not null) && !record.Has("httpsRedirect")
                    && record.Text("mode") is null or "PASSTHROUGH" or "AUTO_PASSTHROUGH")
                {
                    record.ReportHere(FindingCodes.CertificateUnused, $"mode {(tls.Mode == GatewayTlsMode.Passthrough ? "PASSTHROUGH" : "AUTO_PASSTHROUGH")} uses no certificate",
                        "it is left out", record.Has("mode") ? null : "mode is PASSTHROUGH when it is not written; did you mean SIMPLE?");
                }

                break;
            default:
                Terminated(record, tls);
                break;
        }

        if (tls is { MinProtocolVersion: { } min, MaxProtocolVersion: { } max } && min > max)
        {
            record.ReportKey(FindingCodes.MeshContradiction, "minProtocolVersion", "is above maxProtocolVersion");
        }

        if (tls.MinProtocolVersion is MeshTlsVersion.Tls10 or MeshTlsVersion.Tls11)
        {
            record.Report(FindingCodes.OldTls, "minProtocolVersion", "versions below TLS 1.2 are broken (RFC 8996)", "TLS 1.2 is the lowest offered");
        }
    }

    private static void Terminated(MeshRecord record, GatewayTls tls)
    {
        if (tls is { CredentialName: not null, ServerCertificate: not null })
        {
            record.ReportKey(FindingCodes.MeshOneOf, "credentialName", "only one of credentialName and serverCertificate/privateKey may be set");
        }

        if (tls.CredentialName is null)
        {
            if (tls.ServerCertificate is null || tls.PrivateKey is null)
            {
                record.ReportHere(FindingCodes.MeshRequired, "a server that terminates TLS needs credentialName, or serverCertificate and privateKey");
            }

            if (tls.Mode is GatewayTlsMode.Mutual or GatewayTlsMode.OptionalMutual && tls.CaCertificates is null)
            {
                record.ReportHere(FindingCodes.MeshRequired, "caCertificates is required to check clients' certificates");
            }
        }

        if (tls.CaCrl is not null && (tls.CredentialName is not null || tls.Mode == GatewayTlsMode.Simple))
        {
            record.ReportKey(FindingCodes.MeshContradiction, "caCrl", tls.CredentialName is not null ? "belongs into the secret" : "has no meaning with SIMPLE");
        }
    }
}
