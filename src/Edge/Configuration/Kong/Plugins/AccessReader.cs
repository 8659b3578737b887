using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>jwt</c> and <c>acl</c> (<c>kong/plugins/*/schema.lua</c>).</summary>
internal static class AccessReader
{
    public static JwtConfig ReadJwt(RecordReader config)
    {
        IReadOnlyList<string> claims = config.Choices("claims_to_verify", "set", "exp", "nbf") ?? [];
        long maximum = config.Integer("maximum_expiration", 0, 31536000) ?? 0;
        if (maximum > 0 && !claims.Contains("exp"))
        {
            config.Report(FindingCodes.EntityCheck, "maximum_expiration", "claims_to_verify: expected to contain: exp");
        }

        (EntityRef? anonymous, string? unknownAnonymous) = AuthenticationReader.Anonymous(config);
        return new JwtConfig
        {
            UriParamNames = Texts(config, "uri_param_names", "set") ?? ["jwt"],
            CookieNames = Texts(config, "cookie_names", "set") ?? [],
            HeaderNames = Texts(config, "header_names", "set")?.ConvertAll(header => header.ToLowerInvariant()) ?? ["authorization"],
            KeyClaimName = config.Text("key_claim_name") ?? "iss",
            SecretIsBase64 = config.Boolean("secret_is_base64") ?? false,
            VerifyExp = claims.Contains("exp"),
            VerifyNbf = claims.Contains("nbf"),
            Anonymous = anonymous,
            UnknownAnonymous = unknownAnonymous,
            RunOnPreflight = config.Boolean("run_on_preflight") ?? true,
            MaximumExpiration = maximum,
            Realm = AuthenticationReader.Realm(config),
        };
    }

    public static AclConfig ReadAcl(RecordReader config)
    {
        List<string> allow = [.. Texts(config, "allow", "array") ?? [], .. Retired(config, "whitelist", "allow")];
        List<string> deny = [.. Texts(config, "deny", "array") ?? [], .. Retired(config, "blacklist", "deny")];
        bool any = config.Has("allow") | config.Has("deny") | config.Has("whitelist") | config.Has("blacklist");
        if (allow.Count == 0 && deny.Count == 0)
        {
            // Also when a list was given and is empty: nobody can say whom it was to let pass.
            config.ReportRecord(FindingCodes.EntityCheck, "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'",
                hint: any ? "the list is empty" : null);
        }
        else if (allow.Count > 0 && deny.Count > 0)
        {
            config.ReportRecord(FindingCodes.AclBothLists, "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'",
                "deny is checked first, then allow must match");
        }

        return new AclConfig
        {
            Allow = [.. allow.Distinct(StringComparer.Ordinal)],
            Deny = [.. deny.Distinct(StringComparer.Ordinal)],
            HideGroupsHeader = config.Boolean("hide_groups_header") ?? false,
            AlwaysUseAuthenticatedGroups = config.Boolean("always_use_authenticated_groups") ?? false,
        };
    }

    private static List<string> Retired(RecordReader config, string field, string successor)
    {
        if (!config.Has(field))
        {
            return [];
        }

        config.Report(FindingCodes.AclRetiredField, field, "unknown field (removed in Kong 3.0)", $"read as {successor}", $"write {successor}");
        return Texts(config, field, "array") ?? [];
    }

    private static List<string>? Texts(RecordReader config, string field, string kind) =>
        config.Texts(field, kind)?.Select(text => text.Text).ToList();
}
