using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>Tokens for jwt plugins; stateless.</summary>
internal static class Tokens
{
    public static string Hs256(string key, string secret)
    {
        string text = Part("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + Part($"{{\"iss\":\"{key}\"}}");
        return text + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text)));
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
