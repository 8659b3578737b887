using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Cli.Demo;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class DemoTokenTests
{
    [Fact]
    public void Sign_KeyAndSecret_MakesAShortLivedToken()
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);

        string[] parts = DemoToken.Sign("the-key", "the-secret", now).Split('.');

        Assert.Equal(3, parts.Length);
        Assert.Equal("""{"alg":"HS256","typ":"JWT"}""", Encoding.ASCII.GetString(Base64Url.DecodeFromChars(parts[0])));
        using JsonDocument claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        Assert.Equal("the-key", claims.RootElement.GetProperty("iss").GetString());
        Assert.InRange(claims.RootElement.GetProperty("nbf").GetInt64(), 1_900_000_000 - 60, 1_900_000_000);
        Assert.InRange(claims.RootElement.GetProperty("exp").GetInt64(), 1_900_000_000 + 3000, 1_900_000_000 + 3599);
        Assert.Equal(
            HMACSHA256.HashData("the-secret"u8, Encoding.ASCII.GetBytes(parts[0] + "." + parts[1])), Base64Url.DecodeFromChars(parts[2]));
    }
}
