namespace VoltageSoda.Edge.Model;

/// <summary>Configuration of <c>key-auth</c> (<c>kong/plugins/key-auth/schema.lua</c>). Immutable.</summary>
public sealed record KeyAuthConfig : KongPluginConfig
{
    /// <summary>Names under which the key is looked for: fields, query arguments, members of the body.</summary>
    public IReadOnlyList<string> KeyNames { get; init; } = ["apikey"];

    /// <summary>Look among the fields.</summary>
    public bool KeyInHeader { get; init; } = true;

    /// <summary>Look in the query.</summary>
    public bool KeyInQuery { get; init; } = true;

    /// <summary>Look in a form, multipart or JSON body.</summary>
    public bool KeyInBody { get; init; }

    /// <summary>Take the key out before the request goes up.</summary>
    public bool HideCredentials { get; init; }

    /// <summary>Authenticate OPTIONS requests too.</summary>
    public bool RunOnPreflight { get; init; } = true;

    /// <summary>Consumer (resolved) used when authentication fails; null refuses.</summary>
    public EntityRef? Anonymous { get; init; }

    /// <summary>As written, when it names no consumer: requests then fail with 500 as in Kong.</summary>
    public string? UnknownAnonymous { get; init; }

    /// <summary>Realm of the challenge; null when none.</summary>
    public string? Realm { get; init; }
}

/// <summary>Configuration of <c>basic-auth</c> (<c>kong/plugins/basic-auth/schema.lua</c>). Immutable.</summary>
public sealed record BasicAuthConfig : KongPluginConfig
{
    /// <summary>Take the field out before the request goes up.</summary>
    public bool HideCredentials { get; init; }

    /// <summary>Consumer (resolved) used when authentication fails; null refuses.</summary>
    public EntityRef? Anonymous { get; init; }

    /// <summary>As written, when it names no consumer: requests then fail with 500 as in Kong.</summary>
    public string? UnknownAnonymous { get; init; }

    /// <summary>Realm of the challenge; null when none.</summary>
    public string? Realm { get; init; }
}
