using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>Signs tokens by hand, so that a test can get any part of one wrong.</summary>
internal static class TestTokens
{
    /// <summary>A token of an issuer with the claims given as JSON members, signed with HS256.</summary>
    public static string Hs256(string issuer, string secret, string claims = "\"sub\":\"x\"") =>
        Sign("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", $"{{\"iss\":\"{issuer}\",{claims}}}", secret);

    /// <summary>Signs any header and payload with HMAC-SHA256.</summary>
    public static string Sign(string header, string payload, string secret)
    {
        string input = Encode(header) + "." + Encode(payload);
        return $"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(input)))}";
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
