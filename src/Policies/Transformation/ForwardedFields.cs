using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>Configuration: KONG_TRUSTED_IPS, KONG_REAL_IP_HEADER, KONG_REAL_IP_RECURSIVE.</summary>
public sealed record ForwardedOptions
{
    public CidrMatch Trusted { get; init; } = CidrMatch.None;

    public string RealIpHeader { get; init; } = "X-Real-IP";

    public bool Recursive { get; init; }
}

/// <summary>The client as the gateway sees it.</summary>
/// <param name="Address">Address after real-ip: what ip limits and X-Real-IP use.</param>
/// <param name="PeerIsTrusted">True when the connecting address is trusted: its X-Forwarded-* are kept.</param>
public readonly record struct ResolvedClient(ClientAddress Address, bool PeerIsTrusted);

/// <summary>What the fields tell the upstream about the request. Borrowed for the call.</summary>
public readonly ref struct ForwardedFacts
{
    public required ConnectionFacts Connection { get; init; }

    public required ResolvedClient Client { get; init; }

    /// <summary>The client's Host as received (port is dropped here).</summary>
    public required ReadOnlySpan<byte> Host { get; init; }

    /// <summary>The request path as received, without query.</summary>
    public required ReadOnlySpan<byte> OriginalPath { get; init; }

    /// <summary>Prefix stripped by the route; empty when none (<see cref="Routing.PathRewrite.ForwardedPrefix"/>).</summary>
    public ReadOnlySpan<byte> Prefix { get; init; }
}

/// <summary>Kong's X-Forwarded-* and X-Real-IP (kong.md 5.1) and nginx's real-ip walk. Immutable, thread-safe, no allocation.</summary>
public sealed class ForwardedFields
{
    /// <summary>Entries of X-Forwarded-For looked at, from the right; the walk ends there.</summary>
    public const int MaxWalk = 64;

    public ForwardedFields(ForwardedOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
    }

    /// <summary>Finds the client address. Run once, when the head was read.</summary>
    public ResolvedClient Resolve<THeaders>(in ConnectionFacts connection, ref THeaders request)
        where THeaders : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();

    /// <summary>The scheme the client used: X-Forwarded-Proto of a trusted peer, else that of the connection. True is https.</summary>
    public bool IsForwardedHttps<THeaders>(in ConnectionFacts connection, in ResolvedClient client, ref THeaders request)
        where THeaders : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();

    /// <summary>Sets the fields on the upstream request.</summary>
    public void Apply<THeaders>(scoped in ForwardedFacts facts, ref THeaders upstream)
        where THeaders : struct, IHeaderEdits, allows ref struct => throw new NotImplementedException();
}
