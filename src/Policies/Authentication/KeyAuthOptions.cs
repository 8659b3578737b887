using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>Configuration of one key-auth plugin instance, validated. Defaults are Kong's (P/key-auth/schema.lua).</summary>
public sealed record KeyAuthOptions
{
    /// <summary>Names under which the key is looked for, in this order: as a field, a query argument, a member of the body.</summary>
    public ImmutableArray<string> KeyNames { get; init; } = ["apikey"];

    public bool KeyInHeader { get; init; } = true;

    public bool KeyInQuery { get; init; } = true;

    public bool KeyInBody { get; init; }

    /// <summary>Take the key out of the request before it goes up.</summary>
    public bool HideCredentials { get; init; }

    public bool RunOnPreflight { get; init; } = true;

    /// <summary>Realm of the challenge; null is Kong's own name.</summary>
    public string? Realm { get; init; }

    /// <summary>True when the anonymous setting is present.</summary>
    public bool HasAnonymous { get; init; }

    /// <summary>The anonymous consumer, resolved; null with <see cref="HasAnonymous"/> set answers 500.</summary>
    public Consumer? Anonymous { get; init; }
}
