using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Authentication;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>
/// Reads keyauth_credentials and basicauth_credentials (<c>kong/plugins/key-auth/daos.lua</c>, <c>kong/plugins/basic-auth/daos.lua</c>).
/// </summary>
internal static class CredentialReader
{
    /// <summary>Reads one key; null when its consumer is unknown.</summary>
    public static KongKeyCredential? ReadKey(KongLoad load, RawEntity raw)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: true);
        EntityRef? consumer = EntityFields.Parent(record, raw, "consumers", "consumer", required: true, out _);
        SecretField key = record.SecretText("key");
        if (key.Value is { } secret)
        {
            load.Index.Unique("keyauth_credentials", "key", secret.Reveal(), record.SpanOf("key"), record.PathOf("key"), Secret.Mask);
        }

        string? disabled = null;
        if (key.Missing is not null)
        {
            disabled = Missing(record, "key", key);
        }
        else if (key.Value is null)
        {
            disabled = "it has no key";
            record.ReportRecord(FindingCodes.CredentialWithoutKey, "the credential has no key, so that no request can match it",
                "kept, and never matches", "give it a key, or remove it");
        }

        KongKeyCredential credential = new()
        {
            Id = EntityFields.Id(record, "keyauth_credentials", key.Value?.Reveal() ?? $"{consumer?.Id}:{raw.Path}"),
            Consumer = consumer ?? new EntityRef(Guid.Empty, "", record.Span),
            Key = key.Value,
            Ttl = record.Integer("ttl", 0, int.MaxValue) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            DisabledReason = disabled,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        record.Done();
        return consumer is null ? null : credential;
    }

    /// <summary>Reads one user name and password; null when its consumer is unknown. <paramref name="transforms"/> is the document's <c>_transform</c>.</summary>
    public static KongBasicCredential? ReadBasic(KongLoad load, RawEntity raw, bool transforms)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: true);
        EntityRef? consumer = EntityFields.Parent(record, raw, "consumers", "consumer", required: true, out _);
        string username = record.Text("username", required: true) ?? "";
        if (username.Length > 0)
        {
            load.Index.Unique("basicauth_credentials", "username", username, record.SpanOf("username"), record.PathOf("username"));
        }

        SecretField password = record.SecretText("password");
        string? disabled = password.Missing is null ? null : Missing(record, "password", password);
        if (password.Value is null && password.Missing is null)
        {
            record.Report(FindingCodes.RequiredMissing, "password", "required field missing");
        }
        else if (!transforms && password.Value is { } written && !PasswordTable.IsDigest(written.Reveal()))
        {
            disabled = "its password is no digest";
            record.Report(FindingCodes.CredentialDisabled, "password",
                "with _transform: false it is the SHA-1 of password and consumer id, 40 lower-case hex digits; this can never match",
                "the credential is disabled: requests with it get 401", "write the digest, or the password and leave _transform out");
        }

        KongBasicCredential credential = new()
        {
            Id = EntityFields.Id(record, "basicauth_credentials", username.Length > 0 ? username : $"{consumer?.Id}:{raw.Path}"),
            Consumer = consumer ?? new EntityRef(Guid.Empty, "", record.Span),
            Username = username,
            Password = disabled is not null || consumer is null || password.Value is not { } plain ? null
                : transforms ? new Secret(PasswordTable.Digest(plain.Reveal(), consumer.Id.ToString()))
                : plain,
            DisabledReason = disabled,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        record.Done();
        return consumer is null || username.Length == 0 ? null : credential;
    }

    private static string Missing(RecordReader record, string field, SecretField secret)
    {
        if (!secret.Reported)
        {
            record.Report(FindingCodes.CredentialDisabled, field, $"{secret.Missing}, so that this credential can never match",
                "the credential is disabled: requests with it get 401", "set the variable (or NAME_FILE), or remove the credential");
        }

        return $"{field}: {secret.Missing}";
    }
}
