using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>Configuration of one jwt plugin instance, validated. Defaults are Kong's.</summary>
public sealed record JwtOptions
{
    public ImmutableArray<string> UriParamNames { get; init; } = ["jwt"];

    public ImmutableArray<string> CookieNames { get; init; } = [];

    public ImmutableArray<string> HeaderNames { get; init; } = ["authorization"];

    public string KeyClaimName { get; init; } = "iss";

    public bool SecretIsBase64 { get; init; }

    public bool VerifyExp { get; init; }

    public bool VerifyNbf { get; init; }

    public bool RunOnPreflight { get; init; } = true;

    /// <summary>Seconds, 0..31536000; 0 is off. Above 0 requires <see cref="VerifyExp"/>.</summary>
    public long MaximumExpiration { get; init; }

    public string? Realm { get; init; }

    /// <summary>True when the anonymous setting is present.</summary>
    public bool HasAnonymous { get; init; }

    /// <summary>The anonymous consumer, resolved; null with <see cref="HasAnonymous"/> set answers 500.</summary>
    public Consumer? Anonymous { get; init; }
}
