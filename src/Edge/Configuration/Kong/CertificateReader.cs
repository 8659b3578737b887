using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.Configuration.Tls;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Reads certificates, server names and roots (<c>kong/db/schema/entities/certificates.lua</c>, <c>snis.lua</c>, <c>ca_certificates.lua</c>).</summary>
internal static class CertificateReader
{
    public static KongCertificate Read(KongLoad load, RawEntity raw, Action<string, RecordReader, EntityRef> nested)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: false);
        string pem = ReadCertificate(record, "cert", required: true) ?? "";
        (Secret? key, string? missing, bool reported) = record.SecretText("key");
        if (key is null && !reported)
        {
            record.Report(missing is null ? FindingCodes.RequiredMissing : FindingCodes.VariableMissing, "key", missing ?? "required field missing");
        }

        KongCertificate certificate = new()
        {
            Id = EntityFields.Id(record, "certificates", pem),
            CertPem = pem,
            KeyPem = key ?? new Secret(""),
            AltCertPem = ReadCertificate(record, "cert_alt", required: false),
            AltKeyPem = record.SecretText("key_alt").Value,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        EntityRef self = new(certificate.Id, certificate.Label, certificate.Span);
        nested("snis", record, self);
        record.Done();
        load.Index.Register("certificates", certificate, null);
        CheckPair(record, "cert", certificate.CertPem, "key", certificate.KeyPem);
        if (certificate.AltCertPem is { } altCert && certificate.AltKeyPem is { } altKey)
        {
            CheckPair(record, "cert_alt", altCert, "key_alt", altKey);
        }
        else if (certificate.AltCertPem is not null || certificate.AltKeyPem is not null)
        {
            const string Sentence = "all or none of these fields must be set: 'cert_alt', 'key_alt'";
            record.Report(FindingCodes.EntityCheck, "cert_alt", Sentence, kong: [record.EntityError(Sentence)]);
        }

        return certificate;
    }

    public static KongSni? ReadSni(KongLoad load, RawEntity raw)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: false);
        EntityRef? certificate = EntityFields.Parent(record, raw, "certificates", "certificate", required: true, out _);
        string? name = EntityFields.Name(record, "snis", checkCharacters: false);
        if (name is null && !record.Has("name"))
        {
            record.Report(FindingCodes.RequiredMissing, "name", "required field missing");
        }
        else if (name is not null && !EntityFields.TryHost(name.Replace("*", "abc", StringComparison.Ordinal), out _))
        {
            record.Report(FindingCodes.BadValue, "name", $"invalid value: {name}");
        }

        KongSni sni = new()
        {
            Id = EntityFields.Id(record, "snis", name ?? ""),
            Name = name ?? "",
            Certificate = certificate ?? new EntityRef(Guid.Empty, "", record.Span),
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        record.Done();
        return certificate is null || name is null ? null : sni;
    }

    public static KongCaCertificate ReadCa(KongLoad load, RawEntity raw)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: false);
        string pem = ReadCertificate(record, "cert", required: true) ?? "";
        record.Accept("cert_digest");
        KongCaCertificate certificate = new()
        {
            Id = EntityFields.Id(record, "ca_certificates", pem),
            CertPem = pem,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        record.Done();
        load.Index.Register("ca_certificates", certificate, null);
        return certificate;
    }

    // A certificate that cannot be read was reported with its field; here it is the key's turn.
    private static void CheckPair(RecordReader record, string certField, string cert, string keyField, Secret key)
    {
        if (cert.Length == 0 || key.Reveal().Length == 0)
        {
            return;
        }

        if (CertificateIdentity.FromPem(cert, key.Reveal(), out PemFault fault, out string reason) is { } identity)
        {
            ReportDates(record, certField, identity.NotBefore, identity.NotAfter);
        }
        else if (fault != PemFault.Certificate)
        {
            record.Report(FindingCodes.CertificateKey, keyField, fault == PemFault.Mismatch ? "certificate does not match key" : $"invalid key: {reason}");
        }
    }

    private static void ReportDates(RecordReader record, string field, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        if (CertificateDates.Problem(notBefore, notAfter, TimeProvider.System.GetUtcNow()) is { } problem)
        {
            record.Report(FindingCodes.CertificateExpired, field, $"the certificate {(problem.StartsWith("not", StringComparison.Ordinal) ? "is " : "")}{problem}");
        }
    }

    private static string? ReadCertificate(RecordReader record, string field, bool required)
    {
        if (record.Text(field, required) is not { } pem)
        {
            return null;
        }

        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            record.Report(FindingCodes.BadValue, field, $"invalid certificate: {exception.Message}");
        }

        return pem;
    }
}
