using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Cli.Demo;

/// <summary>A signed token of one consumer of the sample. Immutable.</summary>
/// <param name="Consumer">Whose it is.</param>
/// <param name="Variable">Name of a shell variable for it: <c>ADMIN</c>.</param>
/// <param name="Text">The token (RFC 7519, HS256).</param>
internal sealed record DemoToken(KongConsumer Consumer, string Variable, string Text)
{
    /// <summary>The sample's jwt plugin refuses a token that is valid for more than 3600 s.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(59);

    // A client whose clock is behind this one's must not be refused for it.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(10);

    /// <summary>Signs a token for each consumer that has a usable HS256 credential.</summary>
    public static IReadOnlyList<DemoToken> Sign(KongModel model, DateTimeOffset now)
    {
        List<DemoToken> tokens = [];
        foreach (KongConsumer consumer in model.Consumers)
        {
            KongJwtCredential? credential = consumer.JwtCredentials.FirstOrDefault(
                static candidate => candidate is { Disabled: false, KeyWasGenerated: false, Algorithm: "HS256", Secret: not null });
            if (credential is not null)
            {
                tokens.Add(new DemoToken(consumer, VariableOf(consumer.Label), Sign(credential.Key, credential.Secret!.Reveal(), now)));
            }
        }

        return tokens;
    }

    /// <summary>Signs the claims that the sample asks for.</summary>
    public static string Sign(string key, string secret, DateTimeOffset now)
    {
        string claims = Encode(JsonSerializer.SerializeToUtf8Bytes(
            new DemoClaims(key, now.Subtract(Skew).ToUnixTimeSeconds(), now.Add(Lifetime).ToUnixTimeSeconds()), DemoJson.Default.DemoClaims));
        string signed = $"{Encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"u8)}.{claims}";
        byte[] signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Encode(signature)}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    // voltage-soda-service-account: SERVICE_ACCOUNT.
    private static string VariableOf(string consumer)
    {
        const string Prefix = "voltage-soda-";
        string name = consumer.StartsWith(Prefix, StringComparison.Ordinal) ? consumer[Prefix.Length..] : consumer;
        return string.Concat(name.Select(static letter => char.IsAsciiLetterOrDigit(letter) ? char.ToUpperInvariant(letter) : '_'));
    }
}
