using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Reads consumers, jwt_secrets and acls (<c>kong/db/schema/entities/consumers.lua</c>, <c>kong/plugins/jwt/daos.lua</c>, <c>acl/daos.lua</c>).</summary>
internal static class ConsumerReader
{
    private static readonly string[] Algorithms =
        ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"];

    /// <summary>Reads one consumer, without its credentials.</summary>
    public static KongConsumer Read(KongLoad load, RawEntity raw, Action<string, RecordReader, EntityRef> nested)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: true);
        string? username = EntityFields.Name(record, "consumers", "username", checkCharacters: false);
        string? customId = EntityFields.Name(record, "consumers", "custom_id", checkCharacters: false);
        if (username is null && customId is null)
        {
            record.ReportRecord(FindingCodes.EntityCheck, "at least one of these fields must be non-empty: 'custom_id', 'username'");
        }

        KongConsumer consumer = new()
        {
            Id = EntityFields.Id(record, "consumers", username ?? $"custom_id:{customId}"),
            Username = username,
            CustomId = customId,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        EntityRef self = new(consumer.Id, consumer.Label, consumer.Span);
        foreach (string collection in (ReadOnlySpan<string>)[
            "plugins", "jwt_secrets", "acls", "keyauth_credentials", "basicauth_credentials", "hmacauth_credentials", "oauth2_credentials"])
        {
            nested(collection, record, self);
        }

        record.Done();
        load.Index.Register("consumers", consumer, username);
        return consumer;
    }

    /// <summary>Reads one jwt credential; null when its consumer is unknown.</summary>
    public static KongJwtCredential? ReadJwt(KongLoad load, RawEntity raw)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: true);
        EntityRef? consumer = EntityFields.Parent(record, raw, "consumers", "consumer", required: true, out _);
        string? key = record.Text("key");
        if (key is not null)
        {
            load.Index.Unique("jwt_secrets", "key", key, record.SpanOf("key"), record.PathOf("key"));
        }

        string algorithm = record.Choice("algorithm", "HS256", Algorithms);
        SecretField written = record.SecretText("secret");
        string? publicKey = record.Text("rsa_public_key");
        string? disabled = Disabled(record, key, algorithm, written);
        CheckPublicKey(record, algorithm, publicKey);
        KongJwtCredential credential = new()
        {
            Id = EntityFields.Id(record, "jwt_secrets", key ?? $"{consumer?.Id}:{raw.Path}"),
            Consumer = consumer ?? new EntityRef(Guid.Empty, "", record.Span),
            Key = key ?? "",
            KeyWasGenerated = key is null,
            Secret = disabled is null ? written.Value : null,
            Algorithm = algorithm,
            PublicKeyPem = algorithm.StartsWith("HS", StringComparison.Ordinal) ? null : publicKey,
            DisabledReason = disabled,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        record.Done();
        return consumer is null ? null : credential;
    }

    /// <summary>Reads one group; null when its consumer is unknown.</summary>
    public static KongAclGroup? ReadAcl(KongLoad load, RawEntity raw)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: true);
        EntityRef? consumer = EntityFields.Parent(record, raw, "consumers", "consumer", required: true, out _);
        string group = record.Text("group", required: true) ?? "";
        if (consumer is not null && group.Length > 0)
        {
            load.Index.Unique("acls", "consumer,group", $"{consumer.Id}:{group}", record.SpanOf("group"), record.PathOf("group"), $"{consumer.Label},{group}");
        }

        KongAclGroup acl = new()
        {
            // The same cache key as Kong's, where the nested parent stands by its id.
            Id = EntityFields.Id(record, "acls", $"acls:{consumer?.Id}:{group}"),
            Consumer = consumer ?? new EntityRef(Guid.Empty, "", record.Span),
            Group = group,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        record.Done();
        return consumer is null || group.Length == 0 ? null : acl;
    }

    private static string? Disabled(RecordReader record, string? key, string algorithm, SecretField secret)
    {
        string? reason = null;
        if (algorithm == "EdDSA")
        {
            reason = "EdDSA signatures cannot be verified here";
            record.Report(FindingCodes.CredentialDisabled, "algorithm", "the platform has no EdDSA, so that this credential can never match",
                "the credential is disabled: tokens for it get 401", "use ES256 or a PS algorithm");
        }

        bool symmetric = algorithm.StartsWith("HS", StringComparison.Ordinal);
        if (secret.Missing is not null && symmetric)
        {
            reason = $"secret: {secret.Missing}";
            if (!secret.Reported)
            {
                record.Report(FindingCodes.CredentialDisabled, "secret", $"{secret.Missing}, so that this credential can never match",
                    "the credential is disabled: tokens for it get 401", "set the variable (or NAME_FILE), or remove the credential");
            }
        }
        else if (secret.Value is not null && symmetric)
        {
            int needed = algorithm switch { "HS384" => 48, "HS512" => 64, _ => 32 };
            if (Encoding.UTF8.GetByteCount(secret.Value.Reveal()) < needed)
            {
                record.Report(FindingCodes.ShortSecret, "secret", $"shorter than the {needed} bytes that {algorithm} needs (RFC 7518 3.2)",
                    hint: "for example: openssl rand -base64 48");
            }
        }
        else if (symmetric)
        {
            reason = "no secret was written; Kong makes up a random one";
        }

        if (key is null)
        {
            record.ReportRecord(FindingCodes.CredentialWithoutKey, "the credential has no key, so that no token can match it",
                "kept, and never matches", "give it a key, or remove it");
            reason ??= "it has no key";
        }

        return reason;
    }

    private static void CheckPublicKey(RecordReader record, string algorithm, string? publicKey)
    {
        if (algorithm.StartsWith("HS", StringComparison.Ordinal))
        {
            if (record.Has("rsa_public_key"))
            {
                record.Report(FindingCodes.PublicKeyIgnored, "rsa_public_key", $"ignored for {algorithm}", hint: "remove it");
            }

            return;
        }

        if (publicKey is null)
        {
            record.Report(FindingCodes.RequiredMissing, "rsa_public_key", $"required field missing (algorithm is {algorithm})");
            return;
        }

        bool elliptic = algorithm.StartsWith("ES", StringComparison.Ordinal);
        if (algorithm != "EdDSA" && !IsKey(publicKey, elliptic))
        {
            record.Report(FindingCodes.BadValue, "rsa_public_key", $"invalid key: no PEM public key for {algorithm}");
        }
    }

    private static bool IsKey(string pem, bool elliptic)
    {
        try
        {
            using AsymmetricAlgorithm algorithm = elliptic ? ECDsa.Create() : RSA.Create();
            algorithm.ImportFromPem(pem);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
