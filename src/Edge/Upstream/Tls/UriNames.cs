using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace VoltageSoda.Edge.Upstream.Tls;

/// <summary>
/// URIs among the subject's alternative names of a certificate (RFC 5280 section 4.2.1.6), which hold the identity of a workload
/// (<c>spiffe://…</c>). Stateless.
/// </summary>
internal static class UriNames
{
    private const string SubjectAltName = "2.5.29.17";
    private const int UriTag = 6;

    /// <summary>Whether the certificate has the name, letter for letter. What cannot be read has none.</summary>
    public static bool Has(X509Certificate2 certificate, string uri)
    {
        try
        {
            foreach (X509Extension extension in certificate.Extensions)
            {
                if (extension.Oid?.Value == SubjectAltName && Has(extension.RawData, uri))
                {
                    return true;
                }
            }
        }
        catch (AsnContentException)
        {
            // The peer's own text: it proves nothing.
        }

        return false;
    }

    private static bool Has(byte[] names, string uri)
    {
        Asn1Tag tag = new(TagClass.ContextSpecific, UriTag);
        AsnReader reader = new AsnReader(names, AsnEncodingRules.DER).ReadSequence();
        while (reader.HasData)
        {
            if (!reader.PeekTag().HasSameClassAndValue(tag))
            {
                reader.ReadEncodedValue();
            }
            else if (reader.ReadCharacterString(UniversalTagNumber.IA5String, tag) == uri)
            {
                return true;
            }
        }

        return false;
    }
}
