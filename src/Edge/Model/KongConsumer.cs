namespace VoltageSoda.Edge.Model;

/// <summary>A configured caller with what proves it and the groups it is in. Immutable.</summary>
public sealed record KongConsumer : KongEntity
{
    /// <summary>Unique; one of username and custom_id is always there.</summary>
    public string? Username { get; init; }

    /// <summary>Unique id of another system.</summary>
    public string? CustomId { get; init; }

    /// <summary>Keys and secrets for the jwt plugin.</summary>
    public IReadOnlyList<KongJwtCredential> JwtCredentials { get; init; } = [];

    /// <summary>Keys for the key-auth plugin.</summary>
    public IReadOnlyList<KongKeyCredential> KeyCredentials { get; init; } = [];

    /// <summary>User names and passwords for the basic-auth plugin.</summary>
    public IReadOnlyList<KongBasicCredential> BasicCredentials { get; init; } = [];

    /// <summary>Groups for the acl plugin.</summary>
    public IReadOnlyList<KongAclGroup> Groups { get; init; } = [];

    /// <inheritdoc/>
    public override string Label => Username ?? CustomId ?? Id.ToString();
}

/// <summary>A <c>jwt_secrets</c> entry. Immutable.</summary>
public sealed record KongJwtCredential : KongEntity
{
    /// <summary>The consumer it belongs to.</summary>
    public required EntityRef Consumer { get; init; }

    /// <summary>What the token's key claim must say.</summary>
    public required string Key { get; init; }

    /// <summary>True when the key was not written: Kong makes a random one, so no token can match.</summary>
    public bool KeyWasGenerated { get; init; }

    /// <summary>HMAC secret; null when the credential is disabled or was written without one.</summary>
    public Secret? Secret { get; init; }

    /// <summary>HS256 … EdDSA.</summary>
    public string Algorithm { get; init; } = "HS256";

    /// <summary>PEM public key for the asymmetric algorithms.</summary>
    public string? PublicKeyPem { get; init; }

    /// <summary>Why this credential can never match (a variable without value, no key); null when it can.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>True when no token may ever match it.</summary>
    public bool Disabled => DisabledReason is not null;

    /// <inheritdoc/>
    public override string Label => KeyWasGenerated ? Id.ToString() : Key;
}

/// <summary>A <c>keyauth_credentials</c> entry. Immutable.</summary>
public sealed record KongKeyCredential : KongEntity
{
    /// <summary>The consumer it belongs to.</summary>
    public required EntityRef Consumer { get; init; }

    /// <summary>The key; null when the credential can never match.</summary>
    public Secret? Key { get; init; }

    /// <summary>How long after loading the key is accepted; null without end.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Why this credential can never match (a variable without value, no key); null when it can.</summary>
    public string? DisabledReason { get; init; }

    /// <inheritdoc/>
    public override string Label => Id.ToString();
}

/// <summary>A <c>basicauth_credentials</c> entry. Immutable.</summary>
public sealed record KongBasicCredential : KongEntity
{
    /// <summary>The consumer it belongs to.</summary>
    public required EntityRef Consumer { get; init; }

    /// <summary>Unique.</summary>
    public required string Username { get; init; }

    /// <summary>Kong's digest of the password (SHA-1 of it and the consumer's id, in hex); null when the credential can never match.</summary>
    public Secret? Password { get; init; }

    /// <summary>Why this credential can never match; null when it can.</summary>
    public string? DisabledReason { get; init; }

    /// <inheritdoc/>
    public override string Label => Username;
}

/// <summary>An <c>acls</c> entry.</summary>
public sealed record KongAclGroup : KongEntity
{
    /// <summary>The consumer in the group.</summary>
    public required EntityRef Consumer { get; init; }

    /// <summary>The group's name.</summary>
    public required string Group { get; init; }

    /// <inheritdoc/>
    public override string Label => Group;
}
