using System.Security.Cryptography.X509Certificates;

namespace VoltageSoda.Edge.Stores;

/// <summary>Roots that outgoing TLS is verified with (<c>KONG_LUA_SSL_TRUSTED_CERTIFICATE</c>): PEM files with commas, or <c>system</c>.</summary>
internal static class TrustedRoots
{
    /// <summary>Null leaves it to the system. Throws <see cref="IOException"/> for a file that cannot be used.</summary>
    public static X509Certificate2Collection? Load(string? setting)
    {
        X509Certificate2Collection roots = [];
        foreach (string entry in (setting ?? "system").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // Both together are the system's roots, which already are a superset for what matters here.
            if (entry == "system")
            {
                return null;
            }

            try
            {
                roots.ImportFromPemFile(entry);
            }
            catch (System.Security.Cryptography.CryptographicException exception)
            {
                throw new IOException($"KONG_LUA_SSL_TRUSTED_CERTIFICATE: {entry}: {exception.Message}", exception);
            }
        }

        return roots.Count == 0 ? null : roots;
    }
}
