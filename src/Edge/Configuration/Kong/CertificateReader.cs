using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VoltageSoda.Edge.Model;

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
        load.Findings.Add(FindingCodes.TlsMaterialInactive, record.Span, record.Path, "the certificate is loaded; TLS is not served yet", "inactive");
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
