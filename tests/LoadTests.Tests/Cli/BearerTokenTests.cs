using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.LoadTests.Cli;

namespace VoltageSoda.Edge.LoadTests.Tests.Cli;

public sealed class BearerTokenTests
{
    [Fact]
    public void Sign_Token_CarriesClaimsAndAValidSignature()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

        string[] parts = BearerToken.Sign("some-key", "secret", now, TimeSpan.FromMinutes(50)).Split('.');

        Assert.Equal(3, parts.Length);
        JsonElement claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        Assert.Equal("some-key", claims.GetProperty("iss").GetString());
        Assert.True(claims.GetProperty("nbf").GetInt64() <= 1_800_000_000);
        Assert.Equal(1_800_003_000, claims.GetProperty("exp").GetInt64());
        byte[] expected = HMACSHA256.HashData("secret"u8, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"));
        Assert.Equal(expected, Base64Url.DecodeFromChars(parts[2]));
    }
}
