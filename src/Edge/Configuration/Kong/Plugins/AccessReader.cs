using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong.Plugins;

/// <summary>Reads <c>jwt</c> and <c>acl</c> (<c>kong/plugins/*/schema.lua</c>).</summary>
internal static class AccessReader
{
    private const string ExactlyOne = "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'";
    private const string AtLeastOne = "at least one of these fields must be non-empty: 'config.allow', 'config.deny'";

    public static JwtConfig ReadJwt(RecordReader config)
    {
        IReadOnlyList<string> claims = config.Choices("claims_to_verify", "set", "exp", "nbf") ?? [];
        long maximum = config.Integer("maximum_expiration", 0, 31536000) ?? 0;
        if (maximum > 0 && !claims.Contains("exp"))
        {
            config.Report(FindingCodes.EntityCheck, "maximum_expiration", "claims_to_verify: expected to contain: exp",
                kong: [config.Conditional("config.maximum_expiration"), config.ErrorAt("claims_to_verify", "expected to contain: exp")]);
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
        List<string> allow = Texts(config, "allow", "array") ?? [];
        List<string> deny = Texts(config, "deny", "array") ?? [];
        // Kong does not see the retired lists: without the others there is none.
        KongError[] kong = (allow.Count > 0, deny.Count > 0) switch
        {
            (false, false) => [config.EntityError(ExactlyOne), config.EntityError(AtLeastOne)],
            (true, true) => [config.EntityError(ExactlyOne)],
            _ => [],
        };
        List<string> whitelist = Texts(config, "whitelist", "array") ?? [];
        List<string> blacklist = Texts(config, "blacklist", "array") ?? [];
        Retired(config, "whitelist", "allow", whitelist.Count > 0 && blacklist.Count == 0 ? kong : []);
        Retired(config, "blacklist", "deny", blacklist.Count > 0 && whitelist.Count == 0 ? kong : []);
        allow.AddRange(whitelist);
        deny.AddRange(blacklist);
        bool any = config.Has("allow") | config.Has("deny") | config.Has("whitelist") | config.Has("blacklist");
        if (allow.Count == 0 && deny.Count == 0)
        {
            // Also when a list was given and is empty: nobody can say whom it was to let pass.
            config.ReportRecord(FindingCodes.EntityCheck, ExactlyOne, hint: any ? "the list is empty" : null, kong: kong);
        }
        else if (allow.Count > 0 && deny.Count > 0)
        {
            config.ReportRecord(FindingCodes.AclBothLists, ExactlyOne, "deny is checked first, then allow must match", kong: kong);
        }

        return new AclConfig
        {
            Allow = [.. allow.Distinct(StringComparer.Ordinal)],
            Deny = [.. deny.Distinct(StringComparer.Ordinal)],
            HideGroupsHeader = config.Boolean("hide_groups_header") ?? false,
            AlwaysUseAuthenticatedGroups = config.Boolean("always_use_authenticated_groups") ?? false,
        };
    }

    private static void Retired(RecordReader config, string field, string successor, KongError[] kong)
    {
        if (config.Has(field))
        {
            config.Report(FindingCodes.AclRetiredField, field, "unknown field (removed in Kong 3.0)", $"read as {successor}", $"write {successor}",
                [config.ErrorAt(field, "unknown field"), .. kong]);
        }
    }

    private static List<string>? Texts(RecordReader config, string field, string kind) =>
        config.Texts(field, kind)?.Select(text => text.Text).ToList();
}
