using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>Reads roots that chains may end in. Stateless.</summary>
internal static class TrustedRoots
{
    /// <summary>Reads every certificate of a PEM text; false with the reason when there is none or one is broken.</summary>
    public static bool TryParse(string pem, out X509Certificate2Collection roots, out string reason)
    {
        roots = [];
        reason = "";
        try
        {
            roots.ImportFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            reason = exception.Message;
            return false;
        }

        reason = "no certificate in PEM form was found";
        return roots.Count != 0;
    }
}
