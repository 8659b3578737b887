using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>Signs the one kind of token that the load needs (HS256 with iss, nbf, exp; RFC 7515). Pure.</summary>
internal static class BearerToken
{
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(30);

    public static string Sign(string issuer, string secret, DateTimeOffset now, TimeSpan lifetime)
    {
        string claims = string.Create(CultureInfo.InvariantCulture,
            $$"""{"iss":"{{System.Text.Json.JsonEncodedText.Encode(issuer)}}","nbf":{{(now - ClockSlack).ToUnixTimeSeconds()}},"exp":{{(now + lifetime).ToUnixTimeSeconds()}}}""");
        string signed = Encode("""{"alg":"HS256","typ":"JWT"}""") + "." + Encode(claims);
        byte[] signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed));
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
