namespace VoltageSoda.Edge.Model;

/// <summary>Configuration of <c>jwt</c> (<c>kong/plugins/jwt/schema.lua</c>). Immutable.</summary>
public sealed record JwtConfig : KongPluginConfig
{
    /// <summary>Query arguments that may carry the token.</summary>
    public IReadOnlyList<string> UriParamNames { get; init; } = ["jwt"];

    /// <summary>Cookies that may carry it.</summary>
    public IReadOnlyList<string> CookieNames { get; init; } = [];

    /// <summary>Fields that may carry it, lower case.</summary>
    public IReadOnlyList<string> HeaderNames { get; init; } = ["authorization"];

    /// <summary>Claim that names the credential.</summary>
    public string KeyClaimName { get; init; } = "iss";

    /// <summary>HMAC secrets are base64.</summary>
    public bool SecretIsBase64 { get; init; }

    /// <summary>Require and check <c>exp</c>.</summary>
    public bool VerifyExp { get; init; }

    /// <summary>Require and check <c>nbf</c>.</summary>
    public bool VerifyNbf { get; init; }

    /// <summary>Consumer (resolved) used when authentication fails; null refuses.</summary>
    public EntityRef? Anonymous { get; init; }

    /// <summary>As written, when it names no consumer: requests then fail with 500 as in Kong.</summary>
    public string? UnknownAnonymous { get; init; }

    /// <summary>Authenticate OPTIONS requests too.</summary>
    public bool RunOnPreflight { get; init; } = true;

    /// <summary>Longest lifetime of a token in seconds, 0 (any) to 31536000.</summary>
    public long MaximumExpiration { get; init; }

    /// <summary>Realm of the challenge; null when none.</summary>
    public string? Realm { get; init; }
}

/// <summary>Configuration of <c>acl</c> (<c>kong/plugins/acl/schema.lua</c>): deny is checked first, then allow must match. Immutable.</summary>
public sealed record AclConfig : KongPluginConfig
{
    /// <summary>Groups that may pass; empty means this list is not used.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>Groups that may not pass.</summary>
    public IReadOnlyList<string> Deny { get; init; } = [];

    /// <summary>Send no <c>X-Consumer-Groups</c>.</summary>
    public bool HideGroupsHeader { get; init; }

    /// <summary>Prefer groups that another authentication gave.</summary>
    public bool AlwaysUseAuthenticatedGroups { get; init; }
}
