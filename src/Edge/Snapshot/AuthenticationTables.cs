using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Authentication;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>What callers are verified against in one configuration. Immutable.</summary>
internal sealed class AuthenticationTables
{
    /// <param name="model">Consumers with their credentials.</param>
    /// <param name="consumers">The consumers as policies see them, by id.</param>
    /// <param name="nowUnixSeconds">When the configuration is loaded: credentials with a time to live end so much later.</param>
    public AuthenticationTables(KongModel model, IReadOnlyDictionary<Guid, Consumer> consumers, long nowUnixSeconds)
    {
        Jwt = new CredentialTable(
            model.Consumers.SelectMany(static consumer => consumer.JwtCredentials)
                .Where(static credential => !credential.KeyWasGenerated && Enum.TryParse(credential.Algorithm, ignoreCase: true, out JwtAlgorithm _))
                .Select(credential => new JwtCredential
                {
                    Id = credential.Id.ToString(),
                    Key = credential.Key,
                    Algorithm = Enum.Parse<JwtAlgorithm>(credential.Algorithm, ignoreCase: true),
                    Secret = credential.Disabled ? null : credential.Secret?.Reveal(),
                    PublicKeyPem = credential.Algorithm.StartsWith("HS", StringComparison.OrdinalIgnoreCase) ? null : credential.PublicKeyPem,
                    Consumer = consumers.GetValueOrDefault(credential.Consumer.Id),
                }));
        Keys = new KeyTable(
            from consumer in model.Consumers
            where consumers.ContainsKey(consumer.Id)
            from credential in consumer.KeyCredentials
            where credential.DisabledReason is null
            select new KeyCredential
            {
                Id = credential.Id.ToString(),
                Key = credential.Key?.Reveal(),
                ExpiresAt = credential.Ttl is { } ttl ? nowUnixSeconds + (long)ttl.TotalSeconds : null,
                Consumer = consumers[consumer.Id],
            });
        Passwords = new PasswordTable(
        [
            .. from consumer in model.Consumers
               where consumers.ContainsKey(consumer.Id)
               from credential in consumer.BasicCredentials
               select new PasswordCredential
               {
                   Id = credential.Id.ToString(),
                   Username = credential.Username,
                   Digest = credential.DisabledReason is null ? credential.Password?.Reveal() : null,
                   Consumer = consumers[consumer.Id],
               },
        ]);
    }

    public CredentialTable Jwt { get; }

    public KeyTable Keys { get; }

    public PasswordTable Passwords { get; }
}
