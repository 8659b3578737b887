using System.Net.Security;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Configuration.Tls;

/// <summary>
/// What <c>KONG_SSL_PROTOCOLS</c>, <c>KONG_SSL_CIPHER_SUITE</c> and <c>KONG_SSL_CIPHERS</c> give within the floor of TLS 1.2, and what of them cannot be
/// given. Immutable.
/// </summary>
/// <param name="Rules">What listeners agree to.</param>
/// <param name="Refused">Versions and suites that were asked for and are not offered.</param>
/// <param name="IsEmpty">Nothing is left to agree on.</param>
internal sealed record CipherChoice(TlsServerRules Rules, IReadOnlyList<string> Refused, bool IsEmpty)
{
    public static CipherChoice Of(string? protocols, bool protocolsGiven, string suite, string? ciphers)
    {
        List<string> refused = [];
        bool tls12 = suite != "modern";
        bool tls13 = true;
        if (protocolsGiven || suite == "custom")
        {
            string[] words = (protocols ?? "").Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries);
            refused.AddRange(words.Where(static word => !IsKnown(word)));
            tls12 &= words.Contains("TLSv1.2", StringComparer.OrdinalIgnoreCase);
            tls13 &= words.Contains("TLSv1.3", StringComparer.OrdinalIgnoreCase);
        }

        if (suite == "old")
        {
            refused.AddRange(["TLSv1", "TLSv1.1"]);
        }

        TlsCipherSuite[] suites = suite switch
        {
            "fips" => [.. TlsServerRules.Tls12Suites.Where(static known => known.Name.Contains("AES", StringComparison.Ordinal)).Select(static known => known.Suite)],
            "custom" => Custom(ciphers, refused),
            _ => [.. TlsServerRules.Tls12Suites.Select(static known => known.Suite)],
        };
        tls12 &= suites.Length != 0;
        return new CipherChoice(
            new TlsServerRules { Tls12 = tls12, Tls13 = tls13, Suites = suites }, [.. refused.Distinct(StringComparer.Ordinal)], !tls12 && !tls13);
    }

    private static bool IsKnown(string word) => word.Equals("TLSv1.2", StringComparison.OrdinalIgnoreCase) || word.Equals("TLSv1.3", StringComparison.OrdinalIgnoreCase);

    private static TlsCipherSuite[] Custom(string? ciphers, List<string> refused)
    {
        List<TlsCipherSuite> suites = [];
        foreach (string name in (ciphers ?? "").Split((char[])[':', ' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (TlsServerRules.Tls12Suites.FirstOrDefault(known => known.Name == name) is { Name: not null } found)
            {
                suites.Add(found.Suite);
            }
            else if (!name.StartsWith("TLS_", StringComparison.Ordinal) && name[0] is not ('!' or '-' or '+' or '@'))
            {
                refused.Add(name);
            }
        }

        return [.. suites];
    }
}
