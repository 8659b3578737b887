using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>Configuration of one basic-auth plugin instance, validated. Defaults are Kong's (P/basic-auth/schema.lua).</summary>
public sealed record BasicAuthOptions
{
    /// <summary>Take the field out of the request before it goes up.</summary>
    public bool HideCredentials { get; init; }

    /// <summary>Realm of the challenge; null is Kong's own name.</summary>
    public string? Realm { get; init; }

    /// <summary>True when the anonymous setting is present.</summary>
    public bool HasAnonymous { get; init; }

    /// <summary>The anonymous consumer, resolved; null with <see cref="HasAnonymous"/> set answers 500.</summary>
    public Consumer? Anonymous { get; init; }
}
